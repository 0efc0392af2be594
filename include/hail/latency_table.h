#ifndef HAIL_LATENCY_TABLE_H
#define HAIL_LATENCY_TABLE_H

#include <stdio.h>

#include "hail/latency.h"

/* The percentiles that people are shown: min, p50, ..., max. */
struct quantile {
	const char *name;
	double percent;
};

#define QUANTILES 6
extern const struct quantile quantiles[QUANTILES];

/* A line of their names, and a line of one latency's. */
void latency_table_head(FILE *stream);
void latency_table_row(const char *label, const struct latency *, FILE *stream);

#endif
