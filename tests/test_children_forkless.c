#include "haild/children.h"

#include <criterion/criterion.h>
#include <fcntl.h>

#include "deadline.h"
#include "duration.h"
#include "haild/sweep.h"
#include "household.h"
#include "machine.h"
#include "peer.h"

/* While fork(2) fails, and when it works again. */

static struct parent *parent;

static void
open_without_fork(void)
{
	machine_be_fresh_user_or_skip();
	parent = household_open(NULL);
	machine_limit(RLIMIT_NPROC, 0);
}

static void
permit_fork(void)
{
	machine_limit(RLIMIT_NPROC, RLIM_INFINITY);
}

TestSuite(children_forkless, .init = open_without_fork, .fini = permit_fork);

/* More than fits any buffer: the parent cannot send it without blocking. */
static void
greet_at_length(void)
{
	static const unsigned char bytes[GREETING_MAX];

	parent->greeting = (struct greeting){bytes, sizeof(bytes)};
}

Test(children_forkless, the_parent_greets)
{
	const int64_t before = monotonic_now();
	struct pair pair;

	household_serve(parent, &pair);
	cr_expect_not(parent->holding);
	cr_expect_eq(parent->roster.alive, 0, "its slot was given back");
	cr_expect_eq(parent->standin.count, 1);
	cr_expect_eq(parent->ledger->forks_failed, 1);
	cr_expect_gt(parent->fork_again_at, before);
	peer_expect(
	    pair.client, HOUSEHOLD_GREETING, sizeof(HOUSEHOLD_GREETING) - 1);
}

Test(children_forkless, it_is_not_tried_again_at_once)
{
	const int64_t until = deadline_from_now();
	struct pair pairs[2];

	household_serve(parent, &pairs[0]);
	peer_expect(pairs[0].client, HOUSEHOLD_GREETING,
	    sizeof(HOUSEHOLD_GREETING) - 1);
	parent->fork_again_at = monotonic_now() + HOUSEHOLD_LONG;
	while (!standin_has_room(&parent->standin)) {
		cr_assert_lt(monotonic_now(), until);
		standin_tend(&parent->standin);
	}
	household_serve(parent, &pairs[1]);
	cr_expect_eq(parent->ledger->forks_failed, 1);
	cr_expect_eq(parent->standin.count, 1);
}

/* Whoever came before has not said that it has the greeting. */
Test(children_forkless, with_no_place_there_is_no_room_until_it_is_time)
{
	struct pair pair;

	household_serve(parent, &pair);
	parent->standin.standing[0].delivered = false;
	parent->fork_again_at = monotonic_now() + HOUSEHOLD_LONG;
	cr_expect_not(children_room(parent));
	parent->fork_again_at = monotonic_now();
	cr_expect(children_room(parent));
}

Test(children_forkless, whom_nobody_can_greet_is_held_and_not_lost)
{
	struct pair pair;

	greet_at_length();
	household_serve(parent, &pair);
	cr_assert(parent->holding);
	cr_expect_eq(parent->held.descriptor, pair.conn);
	cr_expect_not(children_room(parent));
	cr_expect_eq(household_booked(parent), 0);
	/* It is not time. */
	parent->fork_again_at = monotonic_now() + HOUSEHOLD_LONG;
	permit_fork();
	children_retry(parent);
	cr_expect(parent->holding);
	parent->fork_again_at = monotonic_now();
	children_retry(parent);
	cr_expect_not(parent->holding);
	cr_expect_eq(parent->roster.alive, 1);
	cr_expect_eq(fcntl(pair.conn, F_GETFD), -1, "the child has it");
	peer_await_input(pair.client, 1);
	cr_expect_eq(parent->fork_again_at, 0);
	parent->cut = true;
	sweep_out(parent);
}

Test(children_forkless, who_is_held_beyond_the_stop_is_lost)
{
	struct pair pair;

	greet_at_length();
	household_serve(parent, &pair);
	cr_assert(parent->holding);
	parent->cut = true;
	children_retry(parent);
	cr_expect_not(parent->holding);
	cr_expect_eq(fcntl(pair.conn, F_GETFD), -1);
	cr_expect_eq(parent->ledger->booked[ACCOUNT_LOST], 1);
	peer_expect(pair.client, "", 0);
}
