#include "hail/tally_json.h"

#include "hail/histogram.h"

static json_t *
ends_to_json(const struct tally *tally)
{
	json_t *object = json_object();
	unsigned end;

	for (end = 0; end < OUTCOMES; end++)
		json_object_set_new(object, outcome_key(end),
		    json_integer((json_int_t)tally->ended[end]));
	return object;
}

/* Only what was timed: latency.ok.whole and so on. */
static json_t *
latency_to_json(const struct tally *tally)
{
	const struct latency *latency;
	json_t *object = json_object(), *of_end;
	unsigned end, phase;

	for (end = 0; end < OUTCOMES; end++) {
		of_end = json_object();
		for (phase = 0; phase < PHASES; phase++) {
			latency = &tally->latency[end][phase];
			if (latency->count > 0)
				json_object_set_new(of_end, phase_key(phase),
				    histogram_to_json(latency));
		}
		if (json_object_size(of_end) > 0)
			json_object_set(object, outcome_key(end), of_end);
		json_decref(of_end);
	}
	return object;
}

void
tally_to_json(const struct tally *tally, json_t *root)
{
	json_object_set_new(root, "ends", ends_to_json(tally));
	json_object_set_new(root, "lag",
	    tally->lag.count > 0 ? histogram_to_json(&tally->lag)
				 : json_null());
	json_object_set_new(root, "latency", latency_to_json(tally));
}

static int
read_ends(struct place *place, json_t *value, struct tally *tally)
{
	int64_t count;
	unsigned i;

	if (place_expect(place, value, JSON_OBJECT) == NULL)
		return -1;
	for (i = 0; i < OUTCOMES; i++) {
		if (place_take_integer(place, value, outcome_key(i), 0,
			RESULT_COUNT_MAX, &count) == -1)
			return -1;
		tally->ended[i] = (uint64_t)count;
	}
	return place_nothing_else(place, value);
}

/* The histograms of one end, those of its phases that were timed. */
static int
read_latency_of(
    struct place *place, json_t *object, struct latency latency[PHASES])
{
	json_t *value;
	unsigned phase;
	size_t here;

	if (place_expect(place, object, JSON_OBJECT) == NULL)
		return -1;
	for (phase = 0; phase < PHASES; phase++) {
		value = json_object_get(object, phase_key(phase));
		if (value == NULL)
			continue;
		here = place_enter(place, "%s", phase_key(phase));
		if (histogram_from_json(place, value, &latency[phase]) == -1)
			return -1;
		place_leave(place, here);
		json_object_del(object, phase_key(phase));
	}
	return place_nothing_else(place, object);
}

static int
read_latency(struct place *place, json_t *value, struct tally *tally)
{
	json_t *of_end;
	unsigned end;
	size_t here;

	if (place_expect(place, value, JSON_OBJECT) == NULL)
		return -1;
	for (end = 0; end < OUTCOMES; end++) {
		of_end = json_object_get(value, outcome_key(end));
		if (of_end == NULL)
			continue;
		here = place_enter(place, "%s", outcome_key(end));
		if (read_latency_of(place, of_end, tally->latency[end]) == -1)
			return -1;
		place_leave(place, here);
		json_object_del(value, outcome_key(end));
	}
	return place_nothing_else(place, value);
}

static int
read_lag(struct place *place, json_t *value, struct tally *tally)
{
	if (json_is_null(value))
		return 0;
	return histogram_from_json(place, value, &tally->lag);
}

/* Take a field out of root and let read read it. */
static int
take(struct place *place, json_t *root, const char *key,
    int (*read)(struct place *, json_t *, struct tally *), struct tally *tally)
{
	size_t here = place_enter(place, "%s", key);
	json_t *value = json_object_get(root, key);

	if (value == NULL)
		return place_fail(place, "missing");
	if (read(place, value, tally) == -1)
		return -1;
	place_leave(place, here);
	json_object_del(root, key);
	return 0;
}

int
tally_from_json(struct place *place, json_t *root, struct tally *tally)
{
	if (take(place, root, "ends", read_ends, tally) == -1 ||
	    take(place, root, "lag", read_lag, tally) == -1)
		return -1;
	return take(place, root, "latency", read_latency, tally);
}
