#include "haild/children.h"

#include <sys/syscall.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <unistd.h>

#include "duration.h"
#include "haild/sweep.h"
#include "haild/spawn.h"
#include "household.h"
#include "peer.h"
#include "procfs.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct parent *parent;

static void
open_parent(void)
{
	parent = household_open(NULL);
}

TestSuite(children, .init = open_parent);

static uint64_t
booked(enum account account)
{
	return parent->ledger->booked[account];
}

/* A child of ours that ends in any way, as if it had served somebody. */
static pid_t
enter_child(int status, int signal)
{
	struct slot *slot = roster_assign(&parent->roster);
	pid_t pid;

	cr_assert_not_null(slot);
	pid = (pid_t)syscall(SYS_clone, SPAWN_ENDED, NULL, NULL, NULL, 0);
	cr_assert_neq(pid, -1, "%m");
	if (pid == 0) {
		if (signal != 0)
			raise(signal);
		_exit(status);
	}
	slot->peer.storage.ss_family = AF_INET;
	roster_enter(&parent->roster, slot, pid);
	return pid;
}

struct end_row {
	int status, signal;
	bool cut; /* the stop took too long */
	enum account account;
};

ParameterizedTestParameters(children, each_end_is_booked_under_its_name)
{
	static struct end_row rows[] = {
	    {GREETED, 0, false, ACCOUNT_GREETED},
	    {PEER_GONE, 0, false, ACCOUNT_PEER_GONE},
	    {TIMED_OUT, 0, false, ACCOUNT_TIMED_OUT},
	    {FAILED, 0, false, ACCOUNT_FAILED},
	    /* What no session ends with. */
	    {1, 0, false, ACCOUNT_FAILED},
	    {2, 0, false, ACCOUNT_FAILED},
	    {6, 0, false, ACCOUNT_FAILED},
	    {255, 0, false, ACCOUNT_FAILED},
	    {0, SIGKILL, false, ACCOUNT_KILLED},
	    {0, SIGTERM, false, ACCOUNT_KILLED},
	    /* Then haild itself kills; who came to an end before did so. */
	    {0, SIGKILL, true, ACCOUNT_LOST},
	    {99, 0, true, ACCOUNT_LOST},
	    {GREETED, 0, true, ACCOUNT_GREETED},
	    {FAILED, 0, true, ACCOUNT_FAILED},
	};

	return cr_make_param_array(struct end_row, rows, COUNT(rows));
}

ParameterizedTest(struct end_row *row, children,
    each_end_is_booked_under_its_name, .init = open_parent)
{
	pid_t pid = enter_child(row->status, row->signal);

	parent->cut = row->cut;
	procfs_await_end(pid);
	children_reap(parent, pid);
	cr_expect_eq(booked(row->account), 1);
	cr_expect_eq(household_booked(parent), 1);
	cr_expect_eq(parent->roster.alive, 0);
	/* A signal that comes twice, or late. */
	children_reap(parent, pid);
	cr_expect_eq(household_booked(parent), 1);
}

Test(children, who_has_not_ended_is_not_booked)
{
	struct pair pair;
	pid_t pid;

	household_serve(parent, &pair);
	peer_await_input(pair.client, 6);
	pid = parent->roster.slots[0].pid;
	cr_assert_gt(pid, 0);
	children_reap(parent, pid);
	children_reap(parent, getpid());
	cr_expect_eq(household_booked(parent), 0);
	cr_expect_eq(parent->roster.alive, 1);
	parent->cut = true;
	sweep_out(parent);
	procfs_await_end(pid);
	children_reap(parent, pid);
	cr_expect_eq(booked(ACCOUNT_LOST), 1);
}

Test(children, there_is_room_for_as_many_as_may_live)
{
	struct pair pairs[HOUSEHOLD_CHILDREN];
	int i;

	cr_expect_eq(sweep_alarm(parent), NEVER);
	for (i = 0; i < HOUSEHOLD_CHILDREN; i++)
		household_serve(parent, &pairs[i]);
	cr_expect_not(children_room(parent));
	cr_expect_eq(parent->ledger->most_children, HOUSEHOLD_CHILDREN);
	for (i = 0; i < HOUSEHOLD_CHILDREN; i++)
		peer_expect(pairs[i].client, "hello\n", 6);
	/* After the stop's deadline nobody has to have room. */
	parent->cut = true;
	cr_expect(children_room(parent));
	sweep_out(parent);
}

/* Whose signals were lost: RLIMIT_SIGPENDING. */
Test(children, a_sweep_finds_all_that_ended)
{
	const int64_t before = monotonic_now();
	pid_t first = enter_child(GREETED, 0), last;

	enter_child(FAILED, 0);
	last = enter_child(PEER_GONE, 0);
	procfs_await_end(first);
	procfs_await_end(last);
	procfs_await_end(parent->roster.slots[1].pid);
	sweep_some(parent);
	cr_expect_eq(booked(ACCOUNT_GREETED), 1);
	cr_expect_eq(booked(ACCOUNT_FAILED), 1);
	cr_expect_eq(booked(ACCOUNT_PEER_GONE), 1);
	cr_expect_eq(parent->roster.alive, 0);
	/* The next one is not at once. */
	cr_expect_geq(parent->sweep.at, before + NS_PER_S);
	enter_child(GREETED, 0);
	cr_expect_eq(sweep_alarm(parent), parent->sweep.at);
}
