#ifndef HAIL_PLACE_H
#define HAIL_PLACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reason.h"

/* Where a reader of JSON is, so that a reason can name the field. */
struct place {
	const char *file;   /* the caller's */
	char field[160];    /* "latency.ok.whole.buckets[3]" */
	struct reason *why; /* the caller's */
};

/* Go to a field below; place_leave with what this returned goes back. */
size_t place_enter(struct place *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void place_leave(struct place *, size_t);

/* Fill the reason: "FILE: FIELD: text" (EX_DATAERR). Always returns -1. */
int place_fail(const struct place *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * The value at this place if it is of the type, else a reason and NULL;
 * value may be NULL, which is a field that is missing.
 */
json_t *place_expect(const struct place *, json_t *value, json_type);

/* The value at this place as a whole number from min to max, or -1. */
int place_integer(
    const struct place *, json_t *value, int64_t min, int64_t max, int64_t *);

/* The value at this place as printable text of less than size, or -1. */
int place_text(const struct place *, json_t *value, char *, size_t size);

/*
 * Take a field out of an object: read it, and delete it, so that in the end
 * only what nobody knows remains. Each returns 0, or -1 with a reason.
 */
int place_take_integer(struct place *, json_t *object, const char *key,
    int64_t min, int64_t max, int64_t *);
int place_take_real(struct place *, json_t *object, const char *key, double min,
    double max, double *);
int place_take_flag(struct place *, json_t *object, const char *key, bool *);
int place_take_text(
    struct place *, json_t *object, const char *key, char *, size_t size);

/* 0 if nothing remains in object, else -1 with a reason. */
int place_nothing_else(const struct place *, json_t *object);

#endif
