#include "haild/spawn.h"

#include <sys/syscall.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "haild/descriptors.h"
#include "haild/privilege.h"

/*
 * fork(2) that shows a pass, which glibc has no function for. What its own
 * does besides is for threads and pthread_atfork(3) handlers. The pass goes
 * from its memory to a register, which the next call overwrites.
 */
static pid_t
fork_with(const pass_t *pass)
{
	return (pid_t)syscall(
	    SYS_clone, SIGCHLD, NULL, pass != NULL ? *pass : 0, NULL, 0);
}

pid_t
spawn_session(const struct session *session, const pass_t *pass)
{
	const pid_t parent = getpid();
	pid_t pid;

	pid = fork_with(pass);
	if (pid != 0)
		return pid;
	if (!privilege_die_with(parent))
		_exit(PEER_GONE);
	/*
	 * Another connection that this child kept open would not end for its
	 * client before this child does.
	 */
	if (pass != NULL)
		descriptors_keep(session->conn);
	else
		descriptors_close_but(session->conn, session->conn);
	_exit((int)session_run(session));
}
