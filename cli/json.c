#include "hail/json.h"

#include <err.h>
#include <jansson.h>
#include <stdlib.h>
#include <sysexits.h>

#include "hail/field.h"
#include "hail/judge.h"
#include "hail/output.h"
#include "hail/tally_json.h"
#include "hail/text.h"

/* An array of count texts that lie size bytes apart. */
static json_t *
texts_to_json(const char *texts, size_t count, size_t size)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < count; i++)
		json_array_append_new(
		    array, text_to_json(texts + i * size, size));
	return array;
}

static json_t *
counters_to_json(const struct result *result)
{
	json_t *object = json_object();
	unsigned i;

	for (i = 0; i < COUNTERS; i++)
		json_object_set_new(
		    object, counter_key(i), json_integer(result->counters[i]));
	return object;
}

static json_t *
queue_to_json(const struct result *result)
{
	json_t *object = json_object();

	fields_to_json(FIELDS_QUEUE, result, object);
	return object;
}

/* A file that lacks what found no memory would be worse than none. */
static void *
allocate(size_t size)
{
	void *memory = malloc(size);

	if (memory == NULL)
		err(EX_OSERR, "cannot write JSON");
	return memory;
}

static json_t *
result_to_json(const struct result *result)
{
	const struct tally *tally = &result->tally;
	unsigned merged = result->merged > 1 ? result->merged : 0;
	json_t *root;

	json_set_alloc_funcs(allocate, free);
	root = json_object();
	json_object_set_new(root, "version", json_integer(JSON_VERSION));
	json_object_set_new(
	    root, "verdict", json_string(verdict_word(result->verdict)));
	json_object_set_new(root, "reasons",
	    texts_to_json(result->reasons[0], result->reason_count,
		sizeof(result->reasons[0])));
	fields_to_json(FIELDS_RUN, result, root);
	json_object_set_new(root, "not_started",
	    json_integer((json_int_t)(result->planned - tally->started)));
	json_object_set_new(root, "rate", json_real(result_rate(result)));
	json_object_set_new(root, "addresses",
	    texts_to_json(
		result->addresses[0], result->address_count, RESULT_WORDS));
	json_object_set_new(root, "merged",
	    texts_to_json(result->merged_ids[0], merged, RESULT_ID));
	groups_to_json(result, root);
	json_object_set_new(root, "kernel_counters",
	    result->counters_known ? counters_to_json(result) : json_null());
	json_object_set_new(root, "accept_queue",
	    result->queue_known ? queue_to_json(result) : json_null());
	tally_to_json(tally, root);
	return root;
}

int
json_write(const struct result *result, FILE *stream)
{
	json_t *root = result_to_json(result), *value;
	const char *key, *before = "{\n";

	/* A line for each field: fit for diff(1), grep(1) and people. */
	json_object_foreach(root, key, value)
	{
		fprintf(stream, "%s\"%s\": ", before, key);
		json_dumpf(value, stream, JSON_COMPACT | JSON_ENCODE_ANY);
		before = ",\n";
	}
	fputs("\n}\n", stream);
	json_decref(root);
	return ferror(stream) ? -1 : 0;
}

int
json_save(const struct result *result, const char *path, struct reason *why)
{
	struct output output;

	if (output_begin(&output, path, why) == -1)
		return -1;
	json_write(result, output.stream);
	return output_finish(&output, why);
}
