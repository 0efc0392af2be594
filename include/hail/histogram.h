#ifndef HAIL_HISTOGRAM_H
#define HAIL_HISTOGRAM_H

#include <jansson.h>

#include "hail/latency.h"
#include "hail/place.h"

/*
 * A struct latency in JSON: count, sum_ns, min_ns, max_ns, percentiles_ns
 * and buckets, [low, high, count] with bounds in ns, inclusive, of those that
 * hold something. latency->count must not be 0.
 */
json_t *histogram_to_json(const struct latency *);

/*
 * Read it back. What is read is checked against itself: the buckets are ours,
 * rise, and hold count; min and max lie in the first and the last; the sum
 * can be; the percentiles are theirs. Empties object as it reads.
 * Returns 0, or -1 with a reason.
 */
int histogram_from_json(struct place *, json_t *object, struct latency *);

#endif
