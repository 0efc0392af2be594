#include "haild/violation.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* si_code of a SIGSYS from a filter; glibc's headers leave it out. */
#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1
#endif

/*
 * Found by process id, so that a fork need not say who has which. Two that
 * share a place would have to end before either is reaped.
 */
#define PLACES 512

/* A process id above, the number of the call below; 0: nothing. */
typedef _Atomic uint64_t place_t;

static place_t *places; /* shared */
static pid_t chief;	/* who has no parent that would say it */

static place_t *
place_of(pid_t pid)
{
	return &places[(unsigned)pid % PLACES];
}

/* What log lines are made with is not for signal handlers. */
static void
say(unsigned call)
{
	char line[] = "haild: ended by its own sandbox: system call     0\n";
	char *digit = line + sizeof(line) - 2;

	while (call > 0 && *--digit != 'l') {
		*digit = (char)('0' + call % 10);
		call /= 10;
	}
	if (write(STDERR_FILENO, line, sizeof(line) - 1) == -1)
		return;
}

static void
end(int signal, siginfo_t *info, void *context)
{
	const pid_t pid = getpid();
	const unsigned call = (unsigned)info->si_syscall;

	(void)signal;
	(void)context;
	/* Anybody may send a SIGSYS; that does not make it a violation. */
	if (info->si_code == SYS_SECCOMP) {
		*place_of(pid) = (uint64_t)(unsigned)pid << 32 | call;
		if (pid == chief)
			say(call);
	}
	/*
	 * Nobody may do this, and the second SIGSYS, while the first is being
	 * handled and blocked, is one that nobody survives.
	 */
	syscall(SYS_execve, NULL, NULL, NULL);
	_exit(EX_SOFTWARE);
}

int
violation_watch(void)
{
	const struct sigaction action = {
	    .sa_sigaction = end,
	    .sa_flags = SA_SIGINFO,
	};
	sigset_t heard;

	/* Blocked, as whoever started us may have it, it kills unheard. */
	sigemptyset(&heard);
	sigaddset(&heard, SIGSYS);
	places = mmap(NULL, PLACES * sizeof(*places), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (places == MAP_FAILED)
		return -1;
	chief = getpid();
	return sigaction(SIGSYS, &action, NULL) == -1
	    ? -1
	    : sigprocmask(SIG_UNBLOCK, &heard, NULL);
}

char *
violation_explain(pid_t pid, int signal, char buf[VIOLATION_STRLEN])
{
	uint64_t found = 0;
	char *name;
	int call;

	if (signal == SIGSYS && places != NULL)
		found = atomic_exchange(place_of(pid), 0);
	if (found >> 32 != (unsigned)pid) {
		snprintf(buf, VIOLATION_STRLEN, "killed by signal %d", signal);
		return buf;
	}
	call = (int)(uint32_t)found;
	name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call);
	snprintf(buf, VIOLATION_STRLEN,
	    "killed for calling %s (%d), which its sandbox forbids",
	    name != NULL ? name : "what has no name", call);
	free(name);
	return buf;
}
