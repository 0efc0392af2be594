#include "hail/latency.h"

#include <math.h>

/* Below this a bucket is one nanosecond wide; above, octaves begin. */
#define LINEAR (2 << LATENCY_SUB_BITS)

unsigned
latency_bucket(int64_t ns)
{
	unsigned highest, octave;

	if (ns < 0)
		ns = 0;
	if (ns > LATENCY_MAX)
		ns = LATENCY_MAX;
	if (ns < LINEAR)
		return (unsigned)ns;
	highest = 63 - (unsigned)__builtin_clzll((unsigned long long)ns);
	octave = highest - (LATENCY_SUB_BITS + 1);
	/* The shift leaves the highest bit and LATENCY_SUB_BITS below it. */
	return ((octave + 1) << LATENCY_SUB_BITS) +
	    (unsigned)(ns >> (octave + 1));
}

void
latency_bucket_bounds(unsigned bucket, int64_t *low, int64_t *high)
{
	unsigned octave;
	int64_t place;

	if (bucket < LINEAR) {
		*low = *high = bucket;
		return;
	}
	octave = (bucket >> LATENCY_SUB_BITS) - 2;
	place =
	    (bucket & ((1 << LATENCY_SUB_BITS) - 1)) | 1 << LATENCY_SUB_BITS;
	*low = place << (octave + 1);
	*high = *low + (2LL << octave) - 1;
}

/* More than a sum can hold stays the most that JSON can hold. */
static uint64_t
sum_of(uint64_t a, uint64_t b)
{
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

void
latency_record(struct latency *latency, int64_t ns)
{
	if (ns < 0)
		ns = 0;
	if (ns > LATENCY_MAX)
		ns = LATENCY_MAX;
	if (latency->count == 0 || ns < latency->min)
		latency->min = ns;
	if (latency->count == 0 || ns > latency->max)
		latency->max = ns;
	latency->count++;
	latency->sum = sum_of(latency->sum, (uint64_t)ns);
	latency->buckets[latency_bucket(ns)]++;
}

void
latency_add(struct latency *into, const struct latency *from)
{
	unsigned i, last;

	if (from->count == 0)
		return;
	if (into->count == 0 || from->min < into->min)
		into->min = from->min;
	if (into->count == 0 || from->max > into->max)
		into->max = from->max;
	into->count += from->count;
	into->sum = sum_of(into->sum, from->sum);
	/* Only where something is: most of the pages were never touched. */
	last = latency_bucket(from->max);
	for (i = latency_bucket(from->min); i <= last; i++)
		into->buckets[i] += from->buckets[i];
}

/* How many of count are percent of it, rounded up. */
static uint64_t
rank_of(uint64_t count, double percent)
{
	double rank;

	/* 99.9 is a little more than 99.9 in binary: do not round that up. */
	rank = ceil(percent / 100 * (double)count * (1 - 1e-14));
	if (rank < 1)
		return 1;
	return rank >= (double)count ? count : (uint64_t)rank;
}

int64_t
latency_percentile(const struct latency *latency, double percent)
{
	uint64_t rank, seen = 0;
	int64_t low, high;
	unsigned i;

	if (latency->count == 0)
		return 0;
	if (percent <= 0)
		return latency->min;
	rank = rank_of(latency->count, percent);
	for (i = latency_bucket(latency->min); i < LATENCY_BUCKETS; i++) {
		seen += latency->buckets[i];
		if (seen >= rank)
			break;
	}
	if (i == LATENCY_BUCKETS)
		return latency->max;
	latency_bucket_bounds(i, &low, &high);
	return high < latency->max ? high : latency->max;
}
