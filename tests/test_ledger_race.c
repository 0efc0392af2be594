#include "haild/ledger.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <signal.h>
#include <unistd.h>

/*
 * What one process does with the books while another writes to them: not
 * left to chance, but with a write between each two of its instructions.
 */

/* A process that waits to be led through what it has to do. */
static pid_t
start(struct ledger *ledger, void (*act)(struct ledger *))
{
	int status;
	pid_t pid;

	pid = fork();
	cr_assert_neq(pid, -1, "fork: %m");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
			_exit(1);
		raise(SIGSTOP);
		act(ledger);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	if (!WIFSTOPPED(status))
		cr_skip_test("nobody may trace here");
	return pid;
}

/* Let it make one step; false: it has ended. */
static bool
step(pid_t pid)
{
	int status;

	cr_assert_eq(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0, "%m");
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSTOPPED(status) || status == 0, "%#x", status);
	return WIFSTOPPED(status);
}

static struct ledger *
opened(void)
{
	struct ledger *ledger = ledger_open();

	cr_assert_not_null(ledger, "%m");
	return ledger;
}

/* Where it leaves what it saw: the parent's numbers are of no use here. */
static void
look(struct ledger *ledger)
{
	ledger->most_children = ledger_queued(ledger);
}

/* Below 0 would be beyond all bounds, and an acceptor without room for ever. */
Test(ledger_race, nobody_sees_more_received_than_accepted)
{
	struct ledger *ledger = opened();
	unsigned steps = 0;
	pid_t pid;

	ledger->most_children = UINT64_MAX;
	pid = start(ledger, look);
	while (step(pid)) {
		ledger->accepted++;
		ledger->received++;
		steps++;
	}
	cr_assert_gt(steps, 0);
	cr_expect_leq(ledger->most_children, steps);
}

/*
 * Another thread had more in its queue: it says so so many instructions
 * after this one was counted. Returns false if this one has ended by then.
 */
static bool
interrupt(struct ledger *ledger, unsigned after)
{
	bool goes_on = true;
	pid_t pid;

	ledger->accepted = 5;
	ledger->most_queued = 0;
	pid = start(ledger, ledger_accept);
	while (ledger->accepted == 5)
		cr_assert(step(pid));
	for (; after > 0 && goes_on; after--)
		goes_on = step(pid);
	ledger->most_queued = 1000;
	while (goes_on && step(pid))
		continue;
	return goes_on;
}

Test(ledger_race, the_most_is_not_forgotten_for_less)
{
	struct ledger *ledger = opened();
	unsigned after;

	/* More than it has left to do. */
	for (after = 0; after < 100 && interrupt(ledger, after); after++)
		cr_assert_eq(ledger->most_queued, 1000, "%u", after);
	cr_expect_gt(after, 0);
}
