#include "haild/signals.h"

#include <sys/signalfd.h>

#include "haild/spawn.h"

static sigset_t
ours(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SPAWN_ENDED);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	return set;
}

void
signals_block(void)
{
	const sigset_t set = ours();
	sigset_t limit;

	/*
	 * They stay blocked in acceptor and children: a Ctrl-C goes to the
	 * whole process group, and it is the parent that stops in order.
	 */
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* Of a log that has reached RLIMIT_FSIZE. */
	signal(SIGXFSZ, SIG_IGN);
	/* Whoever started us may ignore it: then nobody could be reaped. */
	signal(SIGCHLD, SIG_DFL);
	/* Or this one, which ends an acceptor that spins. */
	sigemptyset(&limit);
	sigaddset(&limit, SIGXCPU);
	sigprocmask(SIG_UNBLOCK, &limit, NULL);
	signal(SIGXCPU, SIG_DFL);
}

int
signals_open(void)
{
	const sigset_t set = ours();

	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/*
 * Not by reading the signalfd: what it copies of a real-time signal is not
 * what the end of a child comes with.
 */
bool
signals_take(siginfo_t *taken)
{
	static const struct timespec at_once = {0, 0};
	const sigset_t set = ours();

	return sigtimedwait(&set, taken, &at_once) != -1;
}
