#ifndef HAIL_LATENCY_H
#define HAIL_LATENCY_H

#include <stdint.h>

/*
 * A histogram of durations in nanoseconds, from 0 to LATENCY_MAX, with at
 * most 1 % of relative error: 128 buckets of equal width in every octave
 * (below 256 ns each bucket is one nanosecond). Count, sum, min and max are
 * exact. It knows nothing of what it counts, has no pointers and needs no
 * initialisation beyond zeroes, so that it can live in shared memory and be
 * added to another.
 */
#define LATENCY_SUB_BITS 7
#define LATENCY_OCTAVES	 36 /* 256 ns << 36: five hours */
#define LATENCY_BUCKETS	 ((LATENCY_OCTAVES + 2) << LATENCY_SUB_BITS)
#define LATENCY_MAX	 ((256LL << LATENCY_OCTAVES) - 1)

struct latency {
	uint64_t count;
	uint64_t sum; /* ns */
	int64_t min;  /* meaningful when count > 0 */
	int64_t max;
	uint64_t buckets[LATENCY_BUCKETS];
};

/*
 * Count one duration; what is negative counts as 0, what is too long as
 * LATENCY_MAX. The sum stays at INT64_MAX when it would grow beyond.
 */
void latency_record(struct latency *, int64_t ns);

/* Add all of from to into. Percentiles of a sum are computed afterwards. */
void latency_add(struct latency *into, const struct latency *from);

/*
 * The smallest duration that at least percent (0 to 100) of all are not
 * longer than: the upper bound of its bucket, never beyond the exact max;
 * 0 gives the exact min. 0 when nothing was counted.
 */
int64_t latency_percentile(const struct latency *, double percent);

/* The durations that fall into bucket: low <= ns <= high. */
void latency_bucket_bounds(unsigned bucket, int64_t *low, int64_t *high);
unsigned latency_bucket(int64_t ns);

#endif
