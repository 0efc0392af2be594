#ifndef HAIL_GROWTH_H
#define HAIL_GROWTH_H

#include <stddef.h>
#include <stdint.h>

#include "hail/result.h"

/* How the kernel's counters grew on one host in one run. */
struct growth {
	char host[RESULT_WORDS];
	int64_t start, end;
	int64_t counters[COUNTERS];
};

/* Note the growth of a run; its counters must be known. */
void growth_of(const struct result *, struct growth *);

/*
 * Add up count growths, which are sorted in place. Runs of one host that
 * overlap saw the same counters: their largest growth counts, once.
 */
void growth_sum(struct growth *, size_t count, int64_t sum[COUNTERS]);

#endif
