#include "duration.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct parse_row {
	char text[32];
	int64_t ns;
};

ParameterizedTestParameters(duration, words_are_read)
{
	static struct parse_row rows[] = {
	    {"0", 0},
	    {"1", NS_PER_S},
	    {"10s", 10 * NS_PER_S},
	    {"250us", 250 * NS_PER_US},
	    {"10ms", 10 * NS_PER_MS},
	    {"1.5s", 1500 * NS_PER_MS},
	    {"0.25", 250 * NS_PER_MS},
	    {"1.", NS_PER_S},
	    {"2m", 120 * NS_PER_S},
	    {"1h", 3600 * NS_PER_S},
	    {"7ns", 7},
	    {"0.0000000015s", 2},
	    {"007s", 7 * NS_PER_S},
	};

	return cr_make_param_array(struct parse_row, rows, COUNT(rows));
}

ParameterizedTest(struct parse_row *row, duration, words_are_read)
{
	struct reason why;
	int64_t ns;

	cr_assert_eq(
	    duration_parse(row->text, 0, NEVER, &ns, &why), 0, "%s", why.text);
	cr_assert_eq(ns, row->ns, "%s is %lld", row->text, (long long)ns);
}

ParameterizedTestParameters(duration, what_is_none_is_refused)
{
	static struct parse_row rows[] = {
	    {"", 0},
	    {"s", 0},
	    {".", 0},
	    {".5s", 0},
	    {"-1s", 0},
	    {"+1s", 0},
	    {" 1s", 0},
	    {"1s ", 0},
	    {"1 s", 0},
	    {"1e3", 0},
	    {"0x10", 0},
	    {"1.2.3", 0},
	    {"1..2s", 0},
	    {"1d", 0},
	    {"10S", 0},
	    {"1m30s", 0},
	    {"nan", 0},
	    {"inf", 0},
	    {"1,5s", 0},
	};

	return cr_make_param_array(struct parse_row, rows, COUNT(rows));
}

ParameterizedTest(struct parse_row *row, duration, what_is_none_is_refused)
{
	struct reason why;
	char text[128];
	int64_t ns;

	cr_assert_eq(duration_parse(row->text, 0, NEVER, &ns, &why), -1);
	cr_assert_eq(why.status, EX_USAGE);
	snprintf(text, sizeof(text),
	    "%s: not a duration (say 250ms, 10s or 2m)", row->text);
	cr_assert_str_eq(why.text, text);
}

Test(duration, the_limits_belong_to_the_range_and_are_named_beyond_it)
{
	const int64_t min = NS_PER_MS, max = 3600 * NS_PER_S;
	struct reason why;
	int64_t ns;

	cr_assert_eq(duration_parse("1ms", min, max, &ns, &why), 0);
	cr_assert_eq(ns, min);
	cr_assert_eq(duration_parse("1h", min, max, &ns, &why), 0);
	cr_assert_eq(ns, max);
	cr_assert_eq(duration_parse("0", min, max, &ns, &why), -1);
	cr_assert_str_eq(why.text, "0: must be 1ms to 1h");
	cr_assert_eq(duration_parse("999us", min, max, &ns, &why), -1);
	cr_assert_eq(duration_parse("61m", min, max, &ns, &why), -1);
	cr_assert_str_eq(why.text, "61m: must be 1ms to 1h");
	cr_assert_eq(why.status, EX_USAGE);
}

Test(duration, what_no_clock_can_hold_is_refused)
{
	struct reason why;
	int64_t ns;

	cr_assert_eq(
	    duration_parse("9223372036854775808ns", 0, NEVER, &ns, &why), -1);
	cr_assert_eq(duration_parse("99999999999h", 0, NEVER, &ns, &why), -1);
	cr_assert_eq(duration_parse("1000000000s", 0, NEVER, &ns, &why), 0);
	cr_assert_eq(ns, 1000000000 * NS_PER_S);
}

ParameterizedTestParameters(duration, is_printed_in_the_unit_that_suits)
{
	static struct parse_row rows[] = {
	    {"0ns", 0},
	    {"999ns", 999},
	    {"1us", 1000},
	    {"58.1us", 58123},
	    {"999us", 999400},
	    {"1ms", 999500},
	    {"250ms", 250 * NS_PER_MS},
	    {"1.5s", 1500 * NS_PER_MS},
	    {"10s", 10 * NS_PER_S},
	    {"60s", 60 * NS_PER_S - 1},
	    {"1m", 60 * NS_PER_S},
	    {"90s", 90 * NS_PER_S},
	    {"90m", 5400 * NS_PER_S},
	    {"1h", 3600 * NS_PER_S},
	    {"1000s", 1000 * NS_PER_S},
	    {"9223372037s", INT64_MAX},
	};

	return cr_make_param_array(struct parse_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct parse_row *row, duration, is_printed_in_the_unit_that_suits)
{
	char text[DURATION_STRLEN];

	cr_assert_str_eq(duration_format(row->ns, text), row->text);
}

Test(duration, what_is_printed_is_read_back_to_three_digits)
{
	char text[DURATION_STRLEN];
	int64_t ns, again;
	struct reason why;
	int i;

	srand(1);
	for (i = 0; i < 100000; i++) {
		/* As many of each size, from 1 ns to some weeks. */
		ns = (int64_t)exp(36.0 * rand() / RAND_MAX);
		duration_format(ns, text);
		cr_assert_eq(duration_parse(text, 0, NEVER, &again, &why), 0,
		    "%s", why.text);
		cr_assert_leq(llabs(again - ns), ns / 199, "%lld: %s",
		    (long long)ns, text);
	}
}

Test(duration, the_clock_goes_forward)
{
	int64_t before = monotonic_now();

	cr_assert_geq(monotonic_now(), before);
	cr_assert_gt(before, 0);
}

Test(duration, poll_waits_until_the_deadline_and_no_shorter)
{
	int64_t now = monotonic_now();

	cr_assert_eq(poll_timeout(NEVER), -1);
	cr_assert_eq(poll_timeout(now), 0);
	cr_assert_eq(poll_timeout(0), 0);
	/* Rounded up: what is left is less than an hour by now. */
	cr_assert_eq(poll_timeout(monotonic_now() + 3600 * NS_PER_S), 3600000);
	cr_assert_eq(poll_timeout(NEVER - 1), INT_MAX);
}
