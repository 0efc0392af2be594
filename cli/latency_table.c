#include "hail/latency_table.h"

#include "duration.h"

const struct quantile quantiles[QUANTILES] = {
    {"min", 0},
    {"p50", 50},
    {"p90", 90},
    {"p99", 99},
    {"p99.9", 99.9},
    {"max", 100},
};

void
latency_table_head(FILE *stream)
{
	unsigned i;

	fprintf(stream, "%-11s", "");
	for (i = 0; i < QUANTILES; i++)
		fprintf(stream, " %8s", quantiles[i].name);
	fputc('\n', stream);
}

void
latency_table_row(
    const char *label, const struct latency *latency, FILE *stream)
{
	char text[DURATION_STRLEN];
	unsigned i;

	fprintf(stream, "%-11s", label);
	for (i = 0; i < QUANTILES; i++)
		fprintf(stream, " %8s",
		    duration_format(
			latency_percentile(latency, quantiles[i].percent),
			text));
	fputc('\n', stream);
}
