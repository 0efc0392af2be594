#ifndef HAIL_TALLY_JSON_H
#define HAIL_TALLY_JSON_H

#include <jansson.h>

#include "hail/place.h"
#include "hail/result.h"

/*
 * What a tally counted of each end and how long it took: the fields ends,
 * latency (of what was timed) and lag (null without -r) of root.
 */
void tally_to_json(const struct tally *, json_t *root);

/* Take them out of root. Returns 0, or -1 with a reason. */
int tally_from_json(struct place *, json_t *root, struct tally *);

#endif
