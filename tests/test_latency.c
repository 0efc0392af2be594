#include "hail/latency.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct latency one, other, both;

Test(latency, buckets_follow_each_other_without_gap)
{
	int64_t low, high, next = 0;
	unsigned i;

	for (i = 0; i < LATENCY_BUCKETS; i++) {
		latency_bucket_bounds(i, &low, &high);
		cr_assert_eq(low, next, "bucket %u begins at %ld, not %ld", i,
		    (long)low, (long)next);
		cr_assert_geq(high, low);
		next = high + 1;
	}
	cr_expect_eq(high, LATENCY_MAX);
}

Test(latency, every_bound_falls_into_its_own_bucket)
{
	int64_t low, high;
	unsigned i;

	for (i = 0; i < LATENCY_BUCKETS; i++) {
		latency_bucket_bounds(i, &low, &high);
		cr_assert_eq(latency_bucket(low), i);
		cr_assert_eq(latency_bucket(high), i);
	}
}

Test(latency, no_bucket_is_wider_than_one_percent)
{
	int64_t low, high;
	unsigned i;

	for (i = 0; i < LATENCY_BUCKETS; i++) {
		latency_bucket_bounds(i, &low, &high);
		cr_assert_leq((high - low) * 100, low, "bucket %u", i);
	}
}

Test(latency, what_is_out_of_range_counts_as_the_nearest)
{
	latency_record(&one, -5);
	latency_record(&one, INT64_MAX);
	cr_expect_eq(one.min, 0);
	cr_expect_eq(one.max, LATENCY_MAX);
	cr_expect_eq(one.sum, LATENCY_MAX);
	cr_expect_eq(one.buckets[0], 1);
	cr_expect_eq(one.buckets[LATENCY_BUCKETS - 1], 1);
}

Test(latency, the_sum_does_not_wrap)
{
	uint64_t i;

	for (i = 0; i < (uint64_t)INT64_MAX / LATENCY_MAX + 2; i++)
		latency_record(&one, INT64_MAX);
	cr_expect_eq(one.sum, INT64_MAX);
	latency_add(&one, &one);
	cr_expect_eq(one.sum, INT64_MAX);
}

Test(latency, nothing_counted_has_no_latency)
{
	cr_expect_eq(latency_percentile(&one, 0), 0);
	cr_expect_eq(latency_percentile(&one, 50), 0);
	cr_expect_eq(latency_percentile(&one, 100), 0);
}

Test(latency, one_duration_is_every_percentile)
{
	latency_record(&one, 123456789);
	cr_expect_eq(latency_percentile(&one, 0), 123456789);
	cr_expect_eq(latency_percentile(&one, 50), 123456789);
	cr_expect_eq(latency_percentile(&one, 100), 123456789);
}

struct rank {
	double percent;
	int64_t expect;
};

ParameterizedTestParameters(latency, percentiles_of_1_to_100_are_exact)
{
	/* The last rows fail where 28 % of 100 is more than 28. */
	static struct rank rows[] = {
	    {0, 1},
	    {0.5, 1},
	    {1, 1},
	    {1.001, 2},
	    {50, 50},
	    {50.1, 51},
	    {99, 99},
	    {99.5, 100},
	    {100, 100},
	    {7, 7},
	    {14, 14},
	    {28, 28},
	    {55, 55},
	    {56, 56},
	    {57, 57},
	};

	return cr_make_param_array(
	    struct rank, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(struct rank *row, latency, percentiles_of_1_to_100_are_exact)
{
	int64_t ns;

	for (ns = 1; ns <= 100; ns++)
		latency_record(&one, ns);
	cr_expect_eq(latency_percentile(&one, row->percent), row->expect, "p%g",
	    row->percent);
}

/* From 1 ns to a minute, as many in each order of magnitude. */
static int64_t
random_duration(unsigned short seed[3])
{
	return (int64_t)exp(erand48(seed) * log(60e9));
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

Test(latency, percentiles_match_sorted_samples)
{
	enum { SAMPLES = 20011 };
	static const double percents[] = {
	    0.01, 1, 10, 50, 90, 99, 99.9, 99.99, 100};
	static int64_t samples[SAMPLES];
	unsigned short seed[3] = {1, 2, 3};
	int64_t exact, ours;
	size_t i;

	for (i = 0; i < SAMPLES; i++) {
		samples[i] = random_duration(seed);
		latency_record(&one, samples[i]);
	}
	qsort(samples, SAMPLES, sizeof(samples[0]), compare);
	cr_expect_eq(one.min, samples[0]);
	cr_expect_eq(one.max, samples[SAMPLES - 1]);
	for (i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		exact = samples[(size_t)ceil(percents[i] / 100 * SAMPLES) - 1];
		ours = latency_percentile(&one, percents[i]);
		cr_expect_geq(ours, exact, "p%g", percents[i]);
		cr_expect_leq((ours - exact) * 100, exact, "p%g", percents[i]);
	}
}

Test(latency, adding_equals_recording_everything_into_one)
{
	unsigned short seed[3] = {7, 8, 9};
	int64_t ns;
	int i;

	for (i = 0; i < 5000; i++) {
		ns = random_duration(seed);
		latency_record(i % 3 ? &one : &other, ns);
		latency_record(&both, ns);
	}
	latency_add(&one, &other);
	cr_expect_eq(memcmp(&one, &both, sizeof(one)), 0);
}

Test(latency, adding_nothing_changes_nothing)
{
	latency_record(&one, 42);
	both = one;
	latency_add(&one, &other);
	cr_expect_eq(memcmp(&one, &both, sizeof(one)), 0);
	latency_add(&other, &one);
	cr_expect_eq(memcmp(&other, &both, sizeof(one)), 0);
}
