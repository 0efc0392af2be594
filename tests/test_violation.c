#include "haild/violation.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "haild/sandbox.h"

/* How a process that does this ends; its pid. */
static pid_t
fork_and(void (*act)(void), int *status)
{
	pid_t pid = fork();

	if (pid == 0) {
		act();
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, status, 0), pid);
	return pid;
}

static void
violate(void)
{
	struct reason why;

	if (sandbox_enter(SANDBOX_SERVING, &why) == -1)
		_exit(1);
	syscall(SYS_socket, 1, 1, 0);
}

static void
call_what_does_not_exist(void)
{
	struct reason why;

	if (sandbox_enter(SANDBOX_SERVING, &why) == -1)
		_exit(1);
	syscall(9999);
}

static void
send_oneself_a_signal(void)
{
	kill(getpid(), SIGSYS);
}

static void
assert_explained(void (*act)(void), const char *wanted)
{
	char how[VIOLATION_STRLEN];
	int status;
	pid_t pid;

	pid = fork_and(act, &status);
	cr_assert(WIFSIGNALED(status), "%x", status);
	cr_assert_eq(WTERMSIG(status), SIGSYS);
	cr_expect_str_eq(violation_explain(pid, SIGSYS, how), wanted);
	/* Another of the same id would be another story. */
	cr_expect_str_eq(
	    violation_explain(pid, SIGSYS, how), "killed by signal 31");
}

Test(violation, the_call_is_named)
{
	char wanted[VIOLATION_STRLEN];

	cr_assert_eq(violation_watch(), 0);
	snprintf(wanted, sizeof(wanted),
	    "killed for calling socket (%d), which its sandbox forbids",
	    (int)SYS_socket);
	assert_explained(violate, wanted);
}

/* Whoever started us may have blocked it, and masks are inherited. */
Test(violation, so_it_is_where_the_signal_was_blocked)
{
	char wanted[VIOLATION_STRLEN];
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGSYS);
	cr_assert_eq(sigprocmask(SIG_BLOCK, &blocked, NULL), 0);
	cr_assert_eq(violation_watch(), 0);
	snprintf(wanted, sizeof(wanted),
	    "killed for calling socket (%d), which its sandbox forbids",
	    (int)SYS_socket);
	assert_explained(violate, wanted);
}

Test(violation, a_call_that_does_not_exist_has_its_number)
{
	cr_assert_eq(violation_watch(), 0);
	assert_explained(call_what_does_not_exist,
	    "killed for calling what has no name (9999), which its sandbox "
	    "forbids");
}

Test(violation, of_two_that_end_before_they_are_reaped_both_are_named)
{
	char how[VIOLATION_STRLEN];
	pid_t pids[2];
	int status, i;

	cr_assert_eq(violation_watch(), 0);
	for (i = 0; i < 2; i++)
		pids[i] = fork_and(violate, &status);
	for (i = 0; i < 2; i++)
		cr_expect_not_null(
		    strstr(violation_explain(pids[i], SIGSYS, how), "socket"));
}

Test(violation, another_signal_is_another_signal)
{
	char how[VIOLATION_STRLEN];

	cr_assert_eq(violation_watch(), 0);
	cr_expect_str_eq(
	    violation_explain(getpid(), SIGSEGV, how), "killed by signal 11");
}

/* Whoever sends SIGSYS ends the process, but violates nothing. */
Test(violation, a_signal_that_somebody_sent_is_none)
{
	char how[VIOLATION_STRLEN];
	int status;
	pid_t pid;

	cr_assert_eq(violation_watch(), 0);
	pid = fork_and(send_oneself_a_signal, &status);
	cr_assert_neq(status, 0);
	cr_expect_str_eq(
	    violation_explain(pid, SIGSYS, how), "killed by signal 31");
}
