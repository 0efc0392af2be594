#include "clocks.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <elf.h>
#include <errno.h>
#include <linux/futex.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

static struct clocks *clocks;

struct clocks *
clocks_open(void)
{
	clocks = mmap(NULL, sizeof(*clocks), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(clocks, MAP_FAILED, "mmap: %m");
	return clocks;
}

static struct ptrace_syscall_info
look_at(pid_t pid)
{
	struct ptrace_syscall_info info = {.op = PTRACE_SYSCALL_INFO_NONE};

	ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);
	return info;
}

static long
word_at(pid_t pid, uint64_t address)
{
	return ptrace(PTRACE_PEEKDATA, pid, address, 0);
}

/*
 * On its stack a new program finds the number of its arguments, these, its
 * environment, each ended by a 0, and what the kernel tells it in pairs,
 * getauxval(3).
 */
static void
hide_shortcut(pid_t pid)
{
	const uint64_t size = sizeof(long);
	uint64_t at = look_at(pid).stack_pointer;

	at += ((uint64_t)word_at(pid, at) + 2) * size;
	while (word_at(pid, at) != 0)
		at += size;
	for (at += size; word_at(pid, at) != AT_NULL; at += 2 * size)
		if (word_at(pid, at) == AT_SYSINFO_EHDR)
			ptrace(PTRACE_POKEDATA, pid, at, AT_IGNORE);
}

/* Does a call depend on a clock that may be set? */
static bool
is_of_the_wall(__u64 call, const __u64 arguments[6])
{
	switch (call) {
	case SYS_clock_gettime:
		return arguments[0] != CLOCK_MONOTONIC &&
		    arguments[0] != CLOCK_THREAD_CPUTIME_ID;
	case SYS_futex:
		/* Until an instant, or for ever. */
		return (arguments[1] & FUTEX_CLOCK_REALTIME) != 0 &&
		    arguments[3] != 0;
	case SYS_gettimeofday:
#ifdef SYS_time
	case SYS_time:
#endif
		return true;
	default:
		return false;
	}
}

static void
count(pid_t pid)
{
	const struct ptrace_syscall_info info = look_at(pid);

	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	if (is_of_the_wall(info.entry.nr, info.entry.args))
		clocks->others++;
	else if (info.entry.nr == SYS_clock_gettime)
		clocks->monotonic++;
}

/* One stop of a process; it goes on. */
static void
attend(pid_t pid, int status)
{
	const int signal = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_EXEC)
		hide_shortcut(pid);
	if (signal == (SIGTRAP | 0x80))
		count(pid);
	if (event != 0 || signal == (SIGTRAP | 0x80))
		ptrace(PTRACE_SYSCALL, pid, 0, 0);
	else
		ptrace(PTRACE_SYSCALL, pid, 0, signal);
}

static void
trace(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) != -1 || errno == EINTR)
		if (pid != -1 && WIFSTOPPED(status))
			attend(pid, status);
}

void
clocks_watch(void)
{
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD |
	    PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE;
	const pid_t program = getpid();
	int ready[2];
	char byte;

	if (pipe(ready) == -1 || prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY) == 1)
		_exit(127);
	switch (fork()) {
	case -1:
		_exit(127);
	case 0:
		/* What is left of its group is looked for in the end. */
		setpgid(0, 0);
		if (ptrace(PTRACE_SEIZE, program, 0, options) == -1)
			_exit(127);
		close(ready[0]);
		close(ready[1]);
		trace();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 0)
		_exit(127);
	close(ready[0]);
}
