#ifndef HAIL_JSON_H
#define HAIL_JSON_H

#include <stdio.h>

#include "hail/result.h"
#include "reason.h"

/* The version of the format, raised whenever a reader must know. */
#define JSON_VERSION 1

/*
 * Write the result as one JSON object, each of its fields on a line of its
 * own. Field by field it is described in hail(1).
 * Returns 0, or -1 with errno if stream failed.
 */
int json_write(const struct result *, FILE *stream);

/* The same into a file, all or nothing: output.h. "-" is stdout. */
int json_save(const struct result *, const char *path, struct reason *);

/*
 * Read what json_save wrote; the result is then equal to what was written.
 * Everything is checked: types, ranges, that no field is missing, unknown or
 * given twice, that the buckets are ours, that all counts add up, that no
 * text holds a control character. Returns 0, or -1 with a reason that names
 * the file and the field (EX_DATAERR; EX_NOINPUT, EX_NOPERM or EX_OSERR if
 * it cannot be read); the result is then unspecified.
 */
int json_load(struct result *, const char *path, struct reason *);

#endif
