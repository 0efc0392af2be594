#ifndef HAIL_CRITERIA_H
#define HAIL_CRITERIA_H

#include <stdint.h>

#include "hail/outcome.h"
#include "reason.h"

#define CRITERIA_MAX 64

/* What a criterion bounds. */
enum measure {
	MEASURE_PERCENTILE, /* whole latency of the connections that were ok */
	MEASURE_RATE,	    /* connections a second: at least so many */
	MEASURE_END	    /* connections that ended so: at most so many */
};

struct criterion {
	enum measure measure;
	double percent;	      /* MEASURE_PERCENTILE; 100 is the maximum */
	enum outcome outcome; /* MEASURE_END */
	int64_t most;	      /* ns, or connections */
	double least;	      /* MEASURE_RATE */
	char name[32];	      /* "p99", "max", "rate", "stranded" */
};

/* All that a run must fulfil. Zeroes: every connection must end ok. */
struct criteria {
	struct criterion at[CRITERIA_MAX];
	unsigned count;
};

/*
 * Add the criterion in words, an argument of --fail-above:
 *
 *	p99=50ms	any percentile, p0 to p100: fail if it is longer
 *	max=1s		the same as p100
 *	stranded=5	any end but ok, by its key: so many are tolerated
 *	rate=5k		the one that is a floor, since too fast is no fault:
 *			fail if fewer connections end in a second
 *
 * Where several bound the same, the strictest decides.
 * Returns 0, or -1 with a reason that repeats words (EX_USAGE).
 */
int criteria_add(struct criteria *, const char *words, struct reason *);

#endif
