#include "hail/histogram.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "hail/result.h"

static const double percents[] = {50, 75, 90, 95, 99, 99.9, 99.99};
#define PERCENTS (sizeof(percents) / sizeof(percents[0]))

static const char *
percent_key(double percent, char buf[16])
{
	snprintf(buf, 16, "%g", percent);
	return buf;
}

static json_t *
percentiles_to_json(const struct latency *latency)
{
	json_t *object = json_object();
	char key[16];
	size_t i;

	for (i = 0; i < PERCENTS; i++)
		json_object_set_new(object, percent_key(percents[i], key),
		    json_integer(latency_percentile(latency, percents[i])));
	return object;
}

static json_t *
buckets_to_json(const struct latency *latency)
{
	json_t *array = json_array();
	int64_t low, high;
	unsigned i;

	for (i = 0; i < LATENCY_BUCKETS; i++) {
		if (latency->buckets[i] == 0)
			continue;
		latency_bucket_bounds(i, &low, &high);
		json_array_append_new(array,
		    json_pack("[I, I, I]", (json_int_t)low, (json_int_t)high,
			(json_int_t)latency->buckets[i]));
	}
	return array;
}

json_t *
histogram_to_json(const struct latency *latency)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:o, s:o}", "count",
	    (json_int_t)latency->count, "sum_ns", (json_int_t)latency->sum,
	    "min_ns", (json_int_t)latency->min, "max_ns",
	    (json_int_t)latency->max, "percentiles_ns",
	    percentiles_to_json(latency), "buckets", buckets_to_json(latency));
}

/* One [low, high, count] into the histogram; it must lie behind after. */
static int
bucket_from_json(const struct place *place, json_t *triple, int *after,
    struct latency *latency)
{
	int64_t at[3], low, high;
	size_t i;
	int bucket;

	if (place_expect(place, triple, JSON_ARRAY) == NULL)
		return -1;
	if (json_array_size(triple) != 3)
		return place_fail(place, "must be [low, high, count]");
	for (i = 0; i < 3; i++)
		if (place_integer(place, json_array_get(triple, i), i == 2,
			i == 2 ? RESULT_COUNT_MAX : LATENCY_MAX, &at[i]) == -1)
			return -1;
	bucket = (int)latency_bucket(at[0]);
	latency_bucket_bounds((unsigned)bucket, &low, &high);
	if (low != at[0] || high != at[1])
		return place_fail(place, "%lld to %lld is no bucket of ours",
		    (long long)at[0], (long long)at[1]);
	if (bucket <= *after)
		return place_fail(place, "is not behind the one before it");
	latency->buckets[bucket] = (uint64_t)at[2];
	*after = bucket;
	return 0;
}

/* What the buckets say, to hold against what the object says. */
struct bounds {
	uint64_t count;
	long double least, most; /* of the sum; exact to 64 bits */
	int first, last;
};

static int
buckets_from_json(struct place *place, json_t *object, struct latency *latency,
    struct bounds *bounds)
{
	size_t here = place_enter(place, "buckets"), i;
	json_t *array = json_object_get(object, "buckets");
	int64_t low, high;
	int bucket = -1;

	if (place_expect(place, array, JSON_ARRAY) == NULL)
		return -1;
	for (i = 0; i < json_array_size(array); i++) {
		size_t there = place_enter(place, "[%zu]", i);

		if (bucket_from_json(place, json_array_get(array, i), &bucket,
			latency) == -1)
			return -1;
		place_leave(place, there);
		if (i == 0)
			bounds->first = bucket;
		bounds->last = bucket;
		latency_bucket_bounds((unsigned)bucket, &low, &high);
		bounds->count += latency->buckets[bucket];
		bounds->least +=
		    (long double)low * (long double)latency->buckets[bucket];
		bounds->most +=
		    (long double)high * (long double)latency->buckets[bucket];
	}
	place_leave(place, here);
	json_object_del(object, "buckets");
	return 0;
}

static int
check(struct place *place, const char *key, bool fits, const char *text)
{
	if (fits)
		return 0;
	place_enter(place, "%s", key);
	return place_fail(place, "%s", text);
}

static int
check_bounds(struct place *place, const struct latency *latency,
    const struct bounds *bounds)
{
	long double sum = (long double)latency->sum;
	bool full = latency->sum == INT64_MAX;

	if (check(place, "count", latency->count == bounds->count,
		"is not what the buckets add up to") == -1 ||
	    check(place, "min_ns",
		(int)latency_bucket(latency->min) == bounds->first,
		"is not in the first bucket") == -1 ||
	    check(place, "max_ns",
		latency->min <= latency->max &&
		    (int)latency_bucket(latency->max) == bounds->last,
		"is not in the last bucket") == -1)
		return -1;
	return check(place, "sum_ns",
	    sum <= bounds->most && (sum >= bounds->least || full),
	    "cannot be the sum of what is in the buckets");
}

static int
check_percentiles(
    struct place *place, json_t *object, const struct latency *latency)
{
	size_t here = place_enter(place, "percentiles_ns"), i;
	json_t *percentiles = json_object_get(object, "percentiles_ns");
	int64_t said, is;
	char key[16];

	if (place_expect(place, percentiles, JSON_OBJECT) == NULL)
		return -1;
	for (i = 0; i < PERCENTS; i++) {
		percent_key(percents[i], key);
		is = latency_percentile(latency, percents[i]);
		if (place_take_integer(
			place, percentiles, key, 0, LATENCY_MAX, &said) == -1)
			return -1;
		if (check(place, key, said == is,
			"is not what the buckets say") == -1)
			return -1;
	}
	if (place_nothing_else(place, percentiles) == -1)
		return -1;
	place_leave(place, here);
	json_object_del(object, "percentiles_ns");
	return 0;
}

int
histogram_from_json(
    struct place *place, json_t *object, struct latency *latency)
{
	struct bounds bounds = {.first = -1, .last = -1};
	int64_t count, sum;

	if (place_expect(place, object, JSON_OBJECT) == NULL)
		return -1;
	memset(latency, 0, sizeof(*latency));
	if (place_take_integer(
		place, object, "count", 1, RESULT_COUNT_MAX, &count) == -1 ||
	    place_take_integer(place, object, "sum_ns", 0, INT64_MAX, &sum) ==
		-1 ||
	    place_take_integer(
		place, object, "min_ns", 0, LATENCY_MAX, &latency->min) == -1 ||
	    place_take_integer(
		place, object, "max_ns", 0, LATENCY_MAX, &latency->max) == -1)
		return -1;
	latency->count = (uint64_t)count;
	latency->sum = (uint64_t)sum;
	if (buckets_from_json(place, object, latency, &bounds) == -1 ||
	    check_bounds(place, latency, &bounds) == -1 ||
	    check_percentiles(place, object, latency) == -1)
		return -1;
	return place_nothing_else(place, object);
}
