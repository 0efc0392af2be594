#include "haild/waiting.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static bool
add(struct waiting *waiting, int descriptor)
{
	const struct connection connection = {
	    .descriptor = descriptor,
	    .peer.length = (socklen_t)descriptor,
	};

	return waiting_add(waiting, &connection, 1000 + descriptor);
}

static void
assert_is(const struct waiting *waiting, unsigned i, int descriptor)
{
	cr_assert_eq(waiting->at[i].connection.descriptor, descriptor);
	cr_assert_eq((int)waiting->at[i].connection.peer.length, descriptor);
	cr_assert_eq(waiting->at[i].until, 1000 + descriptor);
}

Test(waiting, without_places_nobody_waits)
{
	struct waiting waiting = {.places = 0};

	cr_expect_not(add(&waiting, 1));
	cr_expect_eq(waiting.count, 0);
	waiting_close_ranks(&waiting);
	cr_expect_eq(waiting.count, 0);
}

Test(waiting, there_is_room_for_as_many_as_there_are_places)
{
	struct waiting waiting = {.places = WAITING_MAX};
	int i;

	for (i = 0; i < WAITING_MAX; i++)
		cr_assert(add(&waiting, i));
	cr_expect_not(add(&waiting, i), "one too many");
	cr_expect_eq(waiting.count, WAITING_MAX);
	for (i = 0; i < WAITING_MAX; i++)
		assert_is(&waiting, (unsigned)i, i);
}

/* A list with holes, at its ends and in between, and the same without. */
Test(waiting, whoever_goes_the_others_keep_their_order)
{
	struct waiting waiting = {.places = 20};
	int model[20], next = 0, count = 0, kept, round, i;

	srandom(1);
	for (round = 0; round < 10000; round++) {
		while (random() % 4 != 0 && add(&waiting, next))
			model[count++] = next++;
		kept = 0;
		for (i = 0; i < count; i++)
			if (random() % 3 == 0)
				waiting.at[i].connection.descriptor = -1;
			else
				model[kept++] = model[i];
		count = kept;
		waiting_close_ranks(&waiting);
		cr_assert_eq((int)waiting.count, count);
		for (i = 0; i < count; i++)
			assert_is(&waiting, (unsigned)i, model[i]);
	}
}
