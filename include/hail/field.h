#ifndef HAIL_FIELD_H
#define HAIL_FIELD_H

#include <jansson.h>

#include "hail/place.h"
#include "hail/result.h"

/*
 * The plain fields of a result in JSON: texts, counts, times (ns), rates and
 * flags, by group. Each stands once in a table that both directions follow.
 */
enum field_group {
	FIELDS_RUN,	/* at the top */
	FIELDS_OPTIONS, /* what was asked */
	FIELDS_TCP,	/* TCP_INFO of the connections, added */
	FIELDS_CLIENT,	/* what hail itself used */
	FIELDS_QUEUE,	/* the accept queue of the server */
	FIELD_GROUPS
};

/* Set the fields of the group in object. */
void fields_to_json(enum field_group, const struct result *, json_t *object);

/*
 * Take the fields of the group out of object (place_take_*).
 * Returns 0, or -1 with a reason.
 */
int fields_from_json(
    struct place *, enum field_group, json_t *object, struct result *);

/* The same for options, tcp and client, objects in root of these names. */
void groups_to_json(const struct result *, json_t *root);
int groups_from_json(struct place *, json_t *root, struct result *);

#endif
