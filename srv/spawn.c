#include "haild/spawn.h"

#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "haild/descriptors.h"
#include "haild/privilege.h"

/*
 * What is written between two forks is a page to copy, in parent and child.
 *
 * 1. The C library registers memory into which the kernel writes at each
 *    preemption on which processor we are, rseq(2). Nothing here reads it.
 *    Without rseq(2) there is nothing to do: errors do not matter.
 * 2. In a process with threads each call that could be cancelled notes so
 *    before and after, unless it is noted for good. Nobody is cancelled.
 */
void
spawn_prepare(void)
{
	char *thread = __builtin_thread_pointer();

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	syscall(SYS_rseq, thread + __rseq_offset, sizeof(struct rseq),
	    RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
}

static void
do_nothing(long first, long second, long third)
{
	(void)first;
	(void)second;
	(void)third;
}

/*
 * The kernel leaves the arguments of a call in their registers: the third is
 * the pass, and the next function with variable arguments, as prctl(2) is,
 * would save it to the stack, for children to find. The third argument of a
 * function is in the same register, and of one that the compiler cannot see
 * through it cannot be left out.
 */
static void (*volatile forget)(long, long, long) = do_nothing;

/*
 * fork(2) with another signal at the end, which glibc has no function for.
 * Nor does the kernel write the child's thread id into its memory, which
 * would be a page to copy: the library uses it for locks between threads,
 * and a child has none. clone3(2) would be clearer, but the filters of
 * containers forbid it.
 */
static pid_t
fork_with(int signal, const pass_t *pass)
{
	pid_t pid;

	pid = (pid_t)syscall(
	    SYS_clone, signal, NULL, pass != NULL ? *pass : 0, NULL, NULL);
	forget(0, 0, 0);
	return pid;
}

pid_t
spawn_session(const struct session *session, const pass_t *pass)
{
	const pid_t parent = getpid();
	pid_t pid;

	pid = fork_with(SPAWN_ENDED, pass);
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

bool
spawn_reap(pid_t pid, int *status)
{
	return waitpid(pid, status, WNOHANG | (int)__WCLONE) == pid;
}
