#ifndef HAIL_MERGE_H
#define HAIL_MERGE_H

#include <stddef.h>

#include "hail/result.h"
#include "reason.h"

/*
 * Read the results of runs of the same shape, added or not, and add them:
 * counts, histograms, what was asked and achieved. Percentiles of the sum are
 * those of all connections together.
 *
 * The rate is that of the whole time from the first start to the last end.
 * Runs of one host at the same time saw the same kernel counters grow: the
 * largest growth is taken for such, and the sum of those of other hosts and
 * times.
 *
 * Verdict and reasons of the sum are empty: the caller judges it anew.
 *
 * Returns 0, or -1 with a reason that names the file: what json_load says; a
 * run that is in the sum already; another target, greeting, timeout,
 * duration or way to start connections than the first file has (EX_DATAERR).
 */
int merge_files(
    char *const paths[], size_t count, struct result *sum, struct reason *);

#endif
