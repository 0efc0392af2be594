#include "hail/growth.h"

#include <stdlib.h>
#include <string.h>

void
growth_of(const struct result *result, struct growth *growth)
{
	strlcpy(growth->host, result->host, sizeof(growth->host));
	growth->start = result->start;
	growth->end = result->end;
	memcpy(growth->counters, result->counters, sizeof(growth->counters));
}

static int
by_host_and_start(const void *a, const void *b)
{
	const struct growth *x = a, *y = b;
	int order = strcmp(x->host, y->host);

	if (order != 0)
		return order;
	return (x->start > y->start) - (x->start < y->start);
}

/* Whether next, which starts no sooner, runs on the host of one meanwhile. */
static bool
overlaps(const struct growth *one, const struct growth *next)
{
	return strcmp(one->host, next->host) == 0 && next->start < one->end;
}

void
growth_sum(struct growth *growths, size_t count, int64_t sum[COUNTERS])
{
	struct growth *seen = NULL, *next;
	unsigned i;

	qsort(growths, count, sizeof(growths[0]), by_host_and_start);
	memset(sum, 0, COUNTERS * sizeof(sum[0]));
	for (next = growths; next < growths + count; next++) {
		if (seen == NULL || !overlaps(seen, next)) {
			for (i = 0; i < COUNTERS; i++)
				sum[i] += next->counters[i];
			seen = next;
			continue;
		}
		for (i = 0; i < COUNTERS; i++) {
			if (next->counters[i] <= seen->counters[i])
				continue;
			sum[i] += next->counters[i] - seen->counters[i];
			seen->counters[i] = next->counters[i];
		}
		if (next->end > seen->end)
			seen->end = next->end;
	}
}
