#ifndef HAIL_COMPARE_H
#define HAIL_COMPARE_H

#include <stdio.h>

#include "reason.h"

/*
 * Print two results side by side with the ratios new / old: first what was
 * asked, where they differ, then the verdicts, the ends that happened, rates
 * and latencies of the connections that were ok.
 * Returns 0, or -1 with the reason of json_load, having printed nothing.
 */
int compare_files(
    const char *old_path, const char *new_path, FILE *stream, struct reason *);

#endif
