#ifndef HAILD_RATE_H
#define HAILD_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "reason.h"

/* What rate_format writes at most, with its NUL. */
#define RATE_STRLEN 16

/* So many in a period; a count of 0 is no limit. */
struct rate {
	unsigned count;
	int64_t period; /* ns */
};

/*
 * A bucket of count tokens, which are refilled evenly, one each period /
 * count: at most count at once, and count in each period from then on. Kept
 * as the instant at which it will be full again (the generic cell rate
 * algorithm, ITU-T I.371); all zero it is full.
 */
struct bucket {
	int64_t full_at; /* monotonic ns */
};

/*
 * Read "50", "50/s", "30/m" or "6/h": 1 to 1,000,000 in a second, minute or
 * hour. Returns 0, or -1 with a reason that repeats text (EX_USAGE).
 */
int rate_parse(const char *text, struct rate *, struct reason *);

/* Write it as rate_parse reads it: "50/s". Returns buf. */
char *rate_format(const struct rate *, char buf[RATE_STRLEN]);

/* The instant from which it has a token. */
int64_t bucket_ready_at(const struct bucket *, const struct rate *);

/* Take a token; only from bucket_ready_at on. */
void bucket_take(struct bucket *, const struct rate *, int64_t now);

#endif
