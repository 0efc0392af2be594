#include "hail/progress.h"

#include <criterion/criterion.h>
#include <string.h>

#include "duration.h"

static char line[PROGRESS_SIZE];

Test(progress, the_line_says_how_far_and_how_long)
{
	const struct progress_state state = {
	    .planned = 1000,
	    .started = 314,
	    .ended = 250,
	    .failed = 3,
	};

	cr_expect_str_eq(progress_line(&state, 1234.4, 10 * NS_PER_S, line),
	    " 25%  1234/s  64 in flight  3 failed  30s left");
}

Test(progress, time_counts_where_connections_are_not_counted)
{
	const struct progress_state state = {
	    .planned = UINT64_MAX,
	    .started = 64,
	    .duration = 20 * NS_PER_S,
	};

	cr_expect_str_eq(progress_line(&state, 0, 5 * NS_PER_S, line),
	    " 25%  0/s  64 in flight  0 failed  15s left");
}

Test(progress, nothing_done_yet_is_no_reason_to_guess)
{
	const struct progress_state state = {.planned = 10, .started = 10};

	cr_expect_str_eq(progress_line(&state, 0, NS_PER_S, line),
	    "  0%  0/s  10 in flight  0 failed  ? left");
}

Test(progress, past_the_end_of_the_time_it_is_done)
{
	const struct progress_state state = {
	    .planned = 100,
	    .started = 60,
	    .ended = 50,
	    .duration = NS_PER_S,
	};

	cr_expect_str_eq(progress_line(&state, 9, 3 * NS_PER_S, line),
	    "100%  9/s  10 in flight  0 failed  0ns left");
}

Test(progress, the_longest_line_fits)
{
	const struct progress_state state = {
	    .planned = 1000000000000,
	    .started = 1000000000000,
	    .ended = 999999000000,
	    .failed = 999999000000,
	};

	progress_line(&state, 9999999, 24 * 3600 * NS_PER_S, line);
	cr_expect_lt(strlen(line), 80, "%s", line);
}
