#ifndef HAIL_SHAPE_H
#define HAIL_SHAPE_H

#include "hail/result.h"
#include "reason.h"

/*
 * Whether two runs may be added: same target (a loopback address is another
 * server on every host), greeting, half-close, duration, timeouts, and both
 * or neither by rate. How many connections there were, at once or a second,
 * may differ.
 * Returns 0, or -1 with a reason that names both files and answers.
 */
int shape_compare(const struct result *first, const char *first_path,
    const struct result *from, const char *path, struct reason *);

#endif
