#ifndef HAIL_HGRM_H
#define HAIL_HGRM_H

#include <stdio.h>

#include "hail/latency.h"
#include "reason.h"

/*
 * Write the percentile distribution of latency as HdrHistogram does, values
 * in milliseconds, five steps for each halving of the distance to 100 %:
 * https://hdrhistogram.github.io/HdrHistogram/plotFiles.html plots it.
 */
void hgrm_write(const struct latency *, FILE *stream);

/* The same into a file, all or nothing: output.h. "-" is stdout. */
int hgrm_save(const struct latency *, const char *path, struct reason *);

#endif
