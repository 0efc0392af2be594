#include "haild/spawn.h"

#include <sys/prctl.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "haild/descriptors.h"
#include "haild/privilege.h"

pid_t
spawn_session(const struct session *session)
{
	const pid_t parent = getpid();
	pid_t pid;

	/* No handler of pthread_atfork(3) has anything to do here. */
	pid = _Fork();
	if (pid != 0)
		return pid;
	if (!privilege_die_with(parent))
		_exit(PEER_GONE);
	/*
	 * Another connection that this child kept open would not end for its
	 * client before this child does.
	 */
	descriptors_close_but(session->conn, session->conn);
	_exit((int)session_run(session));
}
