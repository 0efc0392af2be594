#ifndef HAIL_JUDGE_H
#define HAIL_JUDGE_H

#include <stdint.h>

#include "hail/outcome.h"
#include "hail/result.h"
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

/*
 * Decide the verdict, and replace the reasons of the result by what decided
 * it, the most important first; whoever explains further does so afterwards.
 *
 * INVALID if this machine was the limit: ends that are local beyond what is
 * tolerated, connections that were aborted or never started, a start that
 * lagged behind the rate asked by more than 1 %, an interrupt, or no
 * connection at all. Otherwise FAIL if an end but ok happened beyond what is
 * tolerated or a criterion is not met. Otherwise PASS.
 */
void judge(struct result *, const struct criteria *);

/* PASS, FAIL, INVALID. */
const char *verdict_word(enum verdict);

/* The exit status: 0 PASS, 1 FAIL, 75 INVALID, 130 interrupted. */
int judge_status(const struct result *);

#endif
