#ifndef HAIL_COMPARE_H
#define HAIL_COMPARE_H

#include <stdio.h>

#include "hail/report.h"
#include "reason.h"

/*
 * Print two results side by side with the ratios new / old: first what was
 * asked, where they differ, then the verdicts, ends, rates and latencies of
 * the connections that were ok.
 * Returns 0, or -1 with the reason of json_load, having printed nothing.
 */
int compare_files(const char *old_path, const char *new_path,
    const struct report_style *, FILE *stream, struct reason *);

#endif
