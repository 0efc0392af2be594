#include "hail/field.h"

#include <stddef.h>
#include <string.h>

#include "hail/text.h"

enum kind { TEXT, COUNT, TIME, RATE, FLAG };

struct field {
	enum field_group group;
	const char *key;
	enum kind kind;
	size_t offset, size;
};

#define FIELD(group, key, kind, member)                            \
	{                                                          \
		group, key, kind, offsetof(struct result, member), \
		    sizeof(((struct result *)0)->member)           \
	}

static const struct field fields[] = {
    FIELD(FIELDS_RUN, "id", TEXT, id),
    FIELD(FIELDS_RUN, "host", TEXT, host),
    FIELD(FIELDS_RUN, "target", TEXT, target),
    FIELD(FIELDS_RUN, "start_ns", TIME, start),
    FIELD(FIELDS_RUN, "end_ns", TIME, end),
    FIELD(FIELDS_RUN, "interrupted", FLAG, interrupted),
    FIELD(FIELDS_RUN, "planned", COUNT, planned),
    FIELD(FIELDS_RUN, "started", COUNT, tally.started),
    FIELD(FIELDS_RUN, "bytes", COUNT, tally.bytes),
    FIELD(FIELDS_RUN, "reasons_left_out", COUNT, reasons_left_out),

    FIELD(FIELDS_OPTIONS, "concurrency", COUNT, concurrency),
    FIELD(FIELDS_OPTIONS, "jobs", COUNT, jobs),
    FIELD(FIELDS_OPTIONS, "rate", RATE, rate_asked),
    FIELD(FIELDS_OPTIONS, "duration_ns", TIME, duration_asked),
    FIELD(FIELDS_OPTIONS, "connect_timeout_ns", TIME, connect_timeout),
    FIELD(FIELDS_OPTIONS, "first_byte_timeout_ns", TIME, first_byte_timeout),
    FIELD(FIELDS_OPTIONS, "timeout_ns", TIME, timeout),
    FIELD(FIELDS_OPTIONS, "greeting_length", COUNT, greeting_length),
    FIELD(FIELDS_OPTIONS, "greeting_digest", TEXT, greeting_digest),
    FIELD(FIELDS_OPTIONS, "half_close", FLAG, half_close),

    FIELD(FIELDS_TCP, "retried_syns", COUNT, tally.retried_syns),
    FIELD(FIELDS_TCP, "connections_retried", COUNT, tally.connections_retried),

    FIELD(FIELDS_CLIENT, "cpu_ns", TIME, tally.cpu_ns),
    FIELD(FIELDS_CLIENT, "peak_memory", COUNT, tally.peak_memory),

    FIELD(FIELDS_QUEUE, "listeners", COUNT, queue_listeners),
    FIELD(FIELDS_QUEUE, "backlog", COUNT, queue_backlog),
    FIELD(FIELDS_QUEUE, "peak", COUNT, queue_peak),
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static json_t *
to_json(const struct field *field, const void *member)
{
	switch (field->kind) {
	case TEXT:
		return text_to_json(member, field->size);
	case COUNT:
	case TIME:
		return json_integer(*(const int64_t *)member);
	case RATE:
		return json_real(*(const double *)member);
	default:
		return json_boolean(*(const bool *)member);
	}
}

void
fields_to_json(
    enum field_group group, const struct result *result, json_t *object)
{
	size_t i;

	for (i = 0; i < FIELDS; i++)
		if (fields[i].group == group)
			json_object_set_new(object, fields[i].key,
			    to_json(&fields[i],
				(const char *)result + fields[i].offset));
}

static int
from_json(struct place *place, const struct field *field, json_t *object,
    void *member)
{
	switch (field->kind) {
	case TEXT:
		return place_take_text(
		    place, object, field->key, member, field->size);
	case COUNT:
		return place_take_integer(
		    place, object, field->key, 0, RESULT_COUNT_MAX, member);
	case TIME:
		return place_take_integer(
		    place, object, field->key, 0, INT64_MAX, member);
	case RATE:
		return place_take_real(place, object, field->key, 0,
		    (double)RESULT_COUNT_MAX, member);
	default:
		return place_take_flag(place, object, field->key, member);
	}
}

int
fields_from_json(struct place *place, enum field_group group, json_t *object,
    struct result *result)
{
	size_t i;

	for (i = 0; i < FIELDS; i++)
		if (fields[i].group == group &&
		    from_json(place, &fields[i], object,
			(char *)result + fields[i].offset) == -1)
			return -1;
	return 0;
}

static const struct {
	enum field_group group;
	const char *key;
} groups[] = {
    {FIELDS_OPTIONS, "options"},
    {FIELDS_TCP, "tcp"},
    {FIELDS_CLIENT, "client"},
};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

void
groups_to_json(const struct result *result, json_t *root)
{
	json_t *object;
	size_t i;

	for (i = 0; i < GROUPS; i++) {
		object = json_object();
		fields_to_json(groups[i].group, result, object);
		json_object_set_new(root, groups[i].key, object);
	}
}

int
groups_from_json(struct place *place, json_t *root, struct result *result)
{
	json_t *object;
	size_t i, here;

	for (i = 0; i < GROUPS; i++) {
		here = place_enter(place, "%s", groups[i].key);
		object = json_object_get(root, groups[i].key);
		if (place_expect(place, object, JSON_OBJECT) == NULL ||
		    fields_from_json(place, groups[i].group, object, result) ==
			-1 ||
		    place_nothing_else(place, object) == -1)
			return -1;
		place_leave(place, here);
		json_object_del(root, groups[i].key);
	}
	return 0;
}
