#include "hail/chart.h"

#include <inttypes.h>

#include "duration.h"

#define ROWS  10
#define WIDTH 40

/* The blocks of one to seven eighths: U+258F down to U+2589. */
static const char *const eighths[] = {
    "", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589"};

/* A bar of count out of most; whatever is not nothing can be seen. */
static void
print_bar(uint64_t count, uint64_t most, bool unicode, FILE *stream)
{
	double share = (double)count / (double)most;
	unsigned steps = unicode ? 8 : 1, length, i;

	length = (unsigned)(share * WIDTH * steps + 0.5);
	if (length == 0 && count > 0)
		length = 1;
	for (i = 0; i < length / steps; i++)
		fputs(unicode ? "\u2588" : "#", stream);
	if (unicode)
		fputs(eighths[length % steps], stream);
	if (length > 0)
		fputc(' ', stream);
}

/* Buckets grow by octaves, and so equally many of them make equal ratios. */
static unsigned
row_begin(unsigned row, unsigned rows, unsigned first, unsigned buckets)
{
	return first + buckets * row / rows;
}

void
chart_print(const struct latency *latency, bool unicode, FILE *stream)
{
	unsigned first = latency_bucket(latency->min), row, i;
	unsigned buckets = latency_bucket(latency->max) - first + 1;
	unsigned rows = buckets < ROWS ? buckets : ROWS;
	uint64_t counts[ROWS] = {0}, most = 0;
	char label[DURATION_STRLEN];
	int64_t low, high;

	if (latency->count == 0)
		return;
	for (row = 0; row < rows; row++) {
		for (i = row_begin(row, rows, first, buckets);
		     i < row_begin(row + 1, rows, first, buckets); i++)
			counts[row] += latency->buckets[i];
		if (counts[row] > most)
			most = counts[row];
	}
	for (row = 0; row < rows; row++) {
		i = row_begin(row + 1, rows, first, buckets) - 1;
		latency_bucket_bounds(i, &low, &high);
		if (high > latency->max)
			high = latency->max;
		fprintf(stream, "%11s  ", duration_format(high, label));
		print_bar(counts[row], most, unicode, stream);
		fprintf(stream, "%" PRIu64 "\n", counts[row]);
	}
}
