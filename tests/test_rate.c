#include "haild/rate.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <sysexits.h>

#include "duration.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct read_row {
	char text[16];
	unsigned count;
	int64_t period;
	char written[RATE_STRLEN];
};

ParameterizedTestParameters(rate, texts_are_read_and_written)
{
	static struct read_row rows[] = {
	    {"1", 1, NS_PER_S, "1/s"},
	    {"50/s", 50, NS_PER_S, "50/s"},
	    {"30/m", 30, 60 * NS_PER_S, "30/m"},
	    {"6/h", 6, 3600 * NS_PER_S, "6/h"},
	    {"1000000/s", 1000000, NS_PER_S, "1000000/s"},
	};

	return cr_make_param_array(struct read_row, rows, COUNT(rows));
}

ParameterizedTest(struct read_row *row, rate, texts_are_read_and_written)
{
	char written[RATE_STRLEN];
	struct reason why;
	struct rate rate;

	cr_assert_eq(rate_parse(row->text, &rate, &why), 0, "%s", why.text);
	cr_expect_eq(rate.count, row->count);
	cr_expect_eq(rate.period, row->period);
	cr_expect_str_eq(rate_format(&rate, written), row->written);
}

struct refused_row {
	char text[24];
};

ParameterizedTestParameters(rate, what_is_no_rate_is_refused)
{
	static struct refused_row rows[] = {{""}, {"0"}, {"0/s"}, {"-1"},
	    {"+1"}, {" 1"}, {"1 "}, {"1/"}, {"1/d"}, {"1/ss"}, {"1s"}, {"/s"},
	    {"1.5/s"}, {"1000001"}, {"99999999999999999999"}, {"ten"}};

	return cr_make_param_array(struct refused_row, rows, COUNT(rows));
}

ParameterizedTest(struct refused_row *row, rate, what_is_no_rate_is_refused)
{
	char expected[120];
	struct reason why;
	struct rate rate;

	cr_assert_eq(rate_parse(row->text, &rate, &why), -1, "%s", row->text);
	snprintf(expected, sizeof(expected),
	    "%s: not a rate of 1 to 1000000 (say 50/s, 30/m or 6/h)",
	    row->text);
	cr_expect_str_eq(why.text, expected);
	cr_expect_eq(why.status, EX_USAGE);
}

Test(rate, every_one_that_is_written_is_read_back_the_same)
{
	static const int64_t periods[] = {
	    NS_PER_S, 60 * NS_PER_S, 3600 * NS_PER_S};
	struct rate rate, again;
	char text[RATE_STRLEN];
	struct reason why;
	size_t i;

	for (i = 0; i < COUNT(periods); i++) {
		rate.period = periods[i];
		for (rate.count = 1; rate.count <= 1000000; rate.count++) {
			rate_format(&rate, text);
			cr_assert_eq(
			    rate_parse(text, &again, &why), 0, "%s", why.text);
			cr_assert_eq(again.count, rate.count);
			cr_assert_eq(again.period, rate.period);
		}
	}
}

/* How many tokens it gives between two instants, one look each step. */
static unsigned
drain(struct bucket *bucket, const struct rate *rate, int64_t from,
    int64_t until, int64_t step)
{
	unsigned taken = 0;

	for (; from < until; from += step)
		while (bucket_ready_at(bucket, rate) <= from) {
			bucket_take(bucket, rate, from);
			taken++;
		}
	return taken;
}

static const struct rate ten = {.count = 10, .period = NS_PER_S};

Test(bucket, a_new_one_is_full)
{
	struct bucket bucket = {0};

	cr_assert_eq(
	    drain(&bucket, &ten, 5 * NS_PER_S, 5 * NS_PER_S + 1, 1), 10);
}

Test(bucket, it_is_refilled_one_by_one)
{
	const int64_t start = 5 * NS_PER_S;
	struct bucket bucket = {0};

	drain(&bucket, &ten, start, start + 1, 1);
	cr_expect_eq(bucket_ready_at(&bucket, &ten), start + NS_PER_S / 10);
	cr_expect_eq(drain(&bucket, &ten, start + NS_PER_S / 10,
			 start + NS_PER_S / 10 + 1, 1),
	    1);
	cr_expect_eq(bucket_ready_at(&bucket, &ten), start + 2 * NS_PER_S / 10);
}

Test(bucket, in_the_long_run_it_gives_no_more_than_the_rate)
{
	const int64_t start = 7 * NS_PER_S;
	struct bucket bucket = {0};

	cr_assert_eq(
	    drain(&bucket, &ten, start, start + 100 * NS_PER_S, NS_PER_MS),
	    10 + 100 * 10 - 1);
}

Test(bucket, a_long_rest_fills_it_and_no_more)
{
	const int64_t start = 7 * NS_PER_S;
	const int64_t later = start + 1000 * NS_PER_S;
	struct bucket bucket = {0};

	drain(&bucket, &ten, start, start + 1, 1);
	cr_assert_eq(drain(&bucket, &ten, later, later + 1, 1), 10);
}

Test(bucket, of_one_an_hour_the_second_waits_an_hour)
{
	const struct rate rate = {.count = 1, .period = 3600 * NS_PER_S};
	struct bucket bucket = {0};

	bucket_take(&bucket, &rate, NS_PER_S);
	cr_assert_eq(bucket_ready_at(&bucket, &rate), 3601 * NS_PER_S);
}
