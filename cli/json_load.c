#include "hail/json.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>
#include <sysexits.h>
#include <vis.h>

#include "hail/field.h"
#include "hail/judge.h"
#include "hail/place.h"
#include "hail/tally_json.h"

/* Reads what is in one field of the top, and empties it if it is an object. */
typedef int reader(struct place *, json_t *, struct result *);

/* An array of texts into places size bytes apart, limit of them at most. */
static int
texts_from_json(struct place *place, json_t *array, char *texts, size_t limit,
    size_t size, unsigned *count)
{
	size_t i, here;

	if (place_expect(place, array, JSON_ARRAY) == NULL)
		return -1;
	if (json_array_size(array) > limit)
		return place_fail(place, "more than %zu", limit);
	for (i = 0; i < json_array_size(array); i++) {
		here = place_enter(place, "[%zu]", i);
		if (place_text(place, json_array_get(array, i),
			texts + i * size, size) == -1)
			return -1;
		place_leave(place, here);
	}
	*count = (unsigned)json_array_size(array);
	return 0;
}

static int
read_verdict(struct place *place, json_t *value, struct result *result)
{
	char word[16];
	unsigned i;

	if (place_text(place, value, word, sizeof(word)) == -1)
		return -1;
	for (i = VERDICT_PASS; i <= VERDICT_INVALID; i++) {
		if (strcmp(word, verdict_word(i)) == 0) {
			result->verdict = i;
			return 0;
		}
	}
	return place_fail(place, "%s: must be PASS, FAIL or INVALID", word);
}

static int
read_reasons(struct place *place, json_t *value, struct result *result)
{
	return texts_from_json(place, value, result->reasons[0], RESULT_REASONS,
	    sizeof(result->reasons[0]), &result->reason_count);
}

static int
read_addresses(struct place *place, json_t *value, struct result *result)
{
	return texts_from_json(place, value, result->addresses[0],
	    RESULT_TARGETS, RESULT_WORDS, &result->address_count);
}

static int
read_merged(struct place *place, json_t *value, struct result *result)
{
	if (texts_from_json(place, value, result->merged_ids[0], RESULT_MERGED,
		RESULT_ID, &result->merged) == -1)
		return -1;
	if (result->merged == 1)
		return place_fail(place, "one run alone is not a sum");
	if (result->merged == 0)
		result->merged = 1;
	return 0;
}

static int
read_queue(struct place *place, json_t *value, struct result *result)
{
	result->queue_known = !json_is_null(value);
	if (!result->queue_known)
		return 0;
	if (place_expect(place, value, JSON_OBJECT) == NULL ||
	    fields_from_json(place, FIELDS_QUEUE, value, result) == -1)
		return -1;
	return place_nothing_else(place, value);
}

static int
read_counters(struct place *place, json_t *value, struct result *result)
{
	unsigned i;

	result->counters_known = !json_is_null(value);
	if (!result->counters_known)
		return 0;
	if (place_expect(place, value, JSON_OBJECT) == NULL)
		return -1;
	for (i = 0; i < COUNTERS; i++)
		if (place_take_integer(place, value, counter_key(i), 0,
			RESULT_COUNT_MAX, &result->counters[i]) == -1)
			return -1;
	return place_nothing_else(place, value);
}

static const struct {
	const char *key;
	reader *read;
} readers[] = {
    {"verdict", read_verdict},
    {"reasons", read_reasons},
    {"addresses", read_addresses},
    {"merged", read_merged},
    {"accept_queue", read_queue},
    {"kernel_counters", read_counters},
};

/* What follows from other fields is held against them. */
static int
check_derived(struct place *place, json_t *root, const struct result *result)
{
	double said, is = result_rate(result);
	struct reason unbalanced;
	int64_t left;

	if (result->end < result->start) {
		place_enter(place, "end_ns");
		return place_fail(place, "is before the start");
	}
	if (result_balance(result, &unbalanced) == -1)
		return place_fail(place, "%s", unbalanced.text);
	if (place_take_integer(
		place, root, "not_started", 0, RESULT_COUNT_MAX, &left) == -1 ||
	    place_take_real(place, root, "rate", 0, HUGE_VAL, &said) == -1)
		return -1;
	if ((uint64_t)left != result->planned - result->tally.started) {
		place_enter(place, "not_started");
		return place_fail(place, "is not planned - started");
	}
	if (fabs(said - is) > 1e-9 * is) {
		place_enter(place, "rate");
		return place_fail(place, "is not %.9g, as it follows", is);
	}
	return 0;
}

static int
read_root(struct place *place, json_t *root, struct result *result)
{
	json_t *value;
	int64_t version;
	size_t i, here;

	/* First the version: another one may mean anything by the rest. */
	if (place_expect(place, root, JSON_OBJECT) == NULL ||
	    place_take_integer(place, root, "version", JSON_VERSION,
		JSON_VERSION, &version) == -1 ||
	    fields_from_json(place, FIELDS_RUN, root, result) == -1 ||
	    groups_from_json(place, root, result) == -1 ||
	    tally_from_json(place, root, &result->tally) == -1)
		return -1;
	for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		here = place_enter(place, "%s", readers[i].key);
		value = json_object_get(root, readers[i].key);
		if (value == NULL)
			return place_fail(place, "missing");
		if (readers[i].read(place, value, result) == -1)
			return -1;
		place_leave(place, here);
		json_object_del(root, readers[i].key);
	}
	if (check_derived(place, root, result) == -1)
		return -1;
	return place_nothing_else(place, root);
}

/* What jansson quotes of a file is the file's: make it printable. */
static int
not_json(const char *path, const json_error_t *error, struct reason *why)
{
	char shown[4 * JSON_ERROR_TEXT_LENGTH + 1];

	strvis(shown, error->text, VIS_OCTAL | VIS_TAB | VIS_NL);
	return reason_set(why, EX_DATAERR, "%s: not JSON: line %d: %s", path,
	    error->line, shown);
}

int
json_load(struct result *result, const char *path, struct reason *why)
{
	struct place place = {.file = path, .why = why};
	json_error_t error;
	json_t *root;
	FILE *stream;
	int done;

	if ((stream = fopen(path, "re")) == NULL)
		return reason_set(
		    why, reason_status(errno), "%s: %s", path, strerror(errno));
	errno = 0;
	root = json_loadf(stream, JSON_REJECT_DUPLICATES, &error);
	if (ferror(stream))
		done = reason_set(
		    why, reason_status(errno), "%s: %s", path, strerror(errno));
	else if (root == NULL)
		done = not_json(path, &error, why);
	else {
		memset(result, 0, sizeof(*result));
		done = read_root(&place, root, result);
	}
	json_decref(root);
	fclose(stream);
	return done;
}
