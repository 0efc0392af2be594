#ifndef HAIL_EXPECTATION_H
#define HAIL_EXPECTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "greeting.h"

/* What a client expects to be sent: certain bytes, or any at all. */
struct expectation {
	bool any;		  /* one byte or more, whatever they are */
	struct greeting greeting; /* what it must be, unless any */
};

/* What expectation_digest writes, with its NUL. */
#define EXPECTATION_DIGEST_SIZE 17

/*
 * Compare length bytes that came after at others with what is expected there.
 * Returns how many are as expected before the first that differs or is one
 * too many: length if all are.
 */
size_t expectation_compare(const struct expectation *, uint64_t at,
    const unsigned char *bytes, size_t length);

/* Whether received bytes, all as expected, are all that was expected. */
bool expectation_met(const struct expectation *, uint64_t received);

/* The bytes that are expected, 0 for any. */
uint64_t expectation_length(const struct expectation *);

/* FNV-1a (64 bits) of the expected bytes, in hex. Returns buf. */
char *expectation_digest(
    const struct expectation *, char buf[EXPECTATION_DIGEST_SIZE]);

#endif
