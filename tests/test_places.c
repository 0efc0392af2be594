#include "haild/places.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <sysexits.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Of what a process may have, so many are for other things: places.c. */
#define SPARE 32

static struct parent parent;
static struct reason why;

enum wish { PLAIN = 0, WAITING = 1, TOLD = 2, BOTH = 3 };

/* A parent that was told to let sources wait, or to say that it is busy. */
static int
share(enum wish wish, unsigned queued, unsigned descriptors, size_t sockets)
{
	parent = (struct parent){
	    .options.burst = 1024,
	    .options.max_queued = queued,
	    .options.limits.per_source = (wish & WAITING) != 0,
	    .options.limits.overload =
		(wish & WAITING) != 0 ? OVERLOAD_WAIT : OVERLOAD_MIXED,
	    .busy.length = (wish & TOLD) != 0,
	};
	return places_share(&parent, descriptors, sockets, &why);
}

struct row {
	enum wish wish;
	unsigned descriptors;
	unsigned waiting, refusals, standin;
};

ParameterizedTestParameters(places, each_has_a_share_and_no_more_than_it_needs)
{
	static struct row rows[] = {
	    {PLAIN, 1024, 0, 0, STANDIN_MAX},
	    {PLAIN, SPARE + 10, 0, 0, 10},
	    {WAITING, 1024, WAITING_MAX, 0, STANDIN_MAX},
	    {WAITING, SPARE + 100, 50, 0, 50},
	    {WAITING, SPARE + 101, 51, 0, 50},
	    {TOLD, 1024, 0, STANDIN_MAX, STANDIN_MAX},
	    {TOLD, SPARE + 100, 0, 50, 50},
	    {BOTH, 1024, WAITING_MAX, STANDIN_MAX, STANDIN_MAX},
	    {BOTH, SPARE + 100, 50, 25, 25},
	    {BOTH, SPARE + 8, 4, 2, 2},
	    {BOTH, 1000000, WAITING_MAX, STANDIN_MAX, STANDIN_MAX},
	};

	return cr_make_param_array(struct row, rows, COUNT(rows));
}

ParameterizedTest(
    struct row *row, places, each_has_a_share_and_no_more_than_it_needs)
{
	cr_assert_eq(
	    share(row->wish, 0, row->descriptors, 1), 0, "%s", why.text);
	cr_expect_eq(parent.waiting.places, row->waiting);
	cr_expect_eq(parent.refusals.places, row->refusals);
	cr_expect_eq(parent.standin.places, row->standin);
}

/* One that it had no descriptor left to receive would be lost. */
Test(places, all_shares_together_are_never_more_than_there_are)
{
	unsigned descriptors, shared;
	int wish;

	for (wish = PLAIN; wish <= BOTH; wish++)
		for (descriptors = SPARE + 2; descriptors < 1500;
		     descriptors++) {
			cr_assert_eq(share((enum wish)wish, 0, descriptors, 1),
			    0, "%s", why.text);
			shared = parent.waiting.places +
			    parent.refusals.places + parent.standin.places;
			cr_assert_leq(shared, descriptors - SPARE);
		}
}

/* Sources that are refused do not wait, nor do all when there is no limit. */
Test(places, nobody_gets_places_whom_nobody_needs)
{
	parent = (struct parent){.options.limits.per_source = 1};
	cr_assert_eq(places_share(&parent, 1024, 1, &why), 0);
	cr_expect_eq(parent.waiting.places, 0);
	parent = (struct parent){.options.limits.overload = OVERLOAD_WAIT};
	cr_assert_eq(places_share(&parent, 1024, 1, &why), 0);
	cr_expect_eq(parent.waiting.places, 0);
}

Test(places, the_queue_is_what_sockets_leave)
{
	cr_assert_eq(share(PLAIN, 0, 1024, 173), 0, "%s", why.text);
	cr_expect_eq(parent.intake.max_queued, 1024 - 173 - SPARE);
	cr_assert_eq(share(PLAIN, 0, 173 + SPARE + 1, 173), 0, "%s", why.text);
	cr_expect_eq(parent.intake.max_queued, 1);
}

Test(places, the_queue_is_as_long_as_was_asked_for_if_that_is_possible)
{
	cr_assert_eq(share(PLAIN, 5, 1024, 173), 0, "%s", why.text);
	cr_expect_eq(parent.intake.max_queued, 5);
	cr_assert_eq(share(PLAIN, 100, 173 + SPARE + 100, 173), 0);
	cr_expect_eq(parent.intake.max_queued, 100);
	cr_assert_eq(share(PLAIN, 101, 173 + SPARE + 100, 173), -1);
	cr_expect_str_eq(why.text, "-Q 101: RLIMIT_NOFILE of 305 permits 100");
	cr_expect_eq(why.status, EX_USAGE);
}

Test(places, too_few_for_any_queue_are_refused)
{
	cr_assert_eq(share(PLAIN, 0, 173 + SPARE, 173), -1);
	cr_expect_str_eq(why.text,
	    "173 sockets for a burst of 1024: RLIMIT_NOFILE of 205 leaves no "
	    "room to queue");
	cr_expect_eq(why.status, EX_OSERR);
	cr_expect_eq(share(PLAIN, 0, 0, 173), -1);
	cr_expect_eq(share(PLAIN, 1, 0, 0), -1);
}
