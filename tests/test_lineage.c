#include "haild/lineage.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Acceptors that die, one after the other, faster than they are read. */

static int
channel(void)
{
	const int one = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

	cr_assert_neq(one, -1, "%m");
	return one;
}

static bool
is_open(int descriptor)
{
	return fcntl(descriptor, F_GETFD) != -1;
}

Test(lineage, of_nobody_nothing_is_read)
{
	struct lineage lineage = {.channel = -1};

	cr_expect_eq(lineage_next(&lineage), -1);
	cr_expect(lineage_has_place(&lineage));
}

Test(lineage, the_living_is_read_when_there_are_no_dead)
{
	const int living = channel();
	struct lineage lineage = {.channel = living};

	cr_expect_eq(lineage_next(&lineage), living);
	/* Its end: it accepted all that have been accepted by now. */
	cr_expect_eq(lineage_close_next(&lineage, 77), 77);
	cr_expect_eq(lineage_next(&lineage), -1);
	cr_expect_not(is_open(living));
}

/* If the channel was read to its end before the death was noticed. */
Test(lineage, one_whose_channel_is_closed_leaves_nothing_behind)
{
	struct lineage lineage = {.channel = -1};

	lineage_put_aside(&lineage, 5);
	cr_expect_eq(lineage_next(&lineage), -1);
	cr_expect_eq(lineage.dead_count, 0);
}

/* The dead are read to their ends in the order in which they died. */
Test(lineage, the_dead_come_first_and_the_oldest_of_them)
{
	struct lineage lineage = {.channel = -1};
	int channels[LINEAGE_DEAD + 1];
	unsigned i;

	for (i = 0; i < LINEAGE_DEAD; i++) {
		cr_assert(lineage_has_place(&lineage), "%u", i);
		lineage.channel = channels[i] = channel();
		lineage_put_aside(&lineage, 100 + i);
		cr_expect_eq(lineage.channel, -1);
		cr_assert_eq(lineage_next(&lineage), channels[0]);
	}
	cr_expect_not(lineage_has_place(&lineage));
	lineage.channel = channels[LINEAGE_DEAD] = channel();
	for (i = 0; i <= LINEAGE_DEAD; i++) {
		cr_assert_eq(lineage_next(&lineage), channels[i]);
		cr_assert(is_open(channels[i]));
		cr_assert_eq(
		    lineage_close_next(&lineage, 100 + LINEAGE_DEAD), 100 + i);
		cr_assert_not(is_open(channels[i]));
		cr_expect(lineage_has_place(&lineage));
	}
	cr_expect_eq(lineage_next(&lineage), -1);
}

/* As in a crash loop: one is read to its end, the next dies. */
Test(lineage, places_are_used_again)
{
	struct lineage lineage = {.channel = -1};
	uint64_t born = 0, read = 0;

	while (born < 1000) {
		while (lineage_has_place(&lineage)) {
			lineage.channel = channel();
			lineage_put_aside(&lineage, ++born);
		}
		cr_assert_eq(lineage_close_next(&lineage, born), ++read);
		cr_assert_eq(lineage_close_next(&lineage, born), ++read);
	}
	while (read < born)
		cr_assert_eq(lineage_close_next(&lineage, born), ++read);
	cr_expect_eq(lineage_next(&lineage), -1);
}
