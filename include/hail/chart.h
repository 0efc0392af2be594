#ifndef HAIL_CHART_H
#define HAIL_CHART_H

#include <stdbool.h>
#include <stdio.h>

#include "hail/latency.h"

/*
 * Draw how latency is distributed: at most ten rows of equal ratio from the
 * shortest to the longest, each with the longest duration that it holds, a
 * bar, and its count. Nothing if nothing was counted.
 */
void chart_print(const struct latency *, bool unicode, FILE *stream);

#endif
