#include "hail/hgrm.h"

#include <inttypes.h>
#include <math.h>

#include "duration.h"
#include "hail/output.h"

/* Steps for each halving of the distance to 100 %, as HdrHistogram's. */
#define STEPS 5

static double
milliseconds(double ns)
{
	return ns / (double)NS_PER_MS;
}

/* The next percentile to print after percent. */
static double
next_percent(double percent)
{
	double halvings = floor(log2(100 / (100 - percent))) + 1;

	return percent + 100 / (STEPS * exp2(halvings));
}

/* How many are not longer than ns, which latency_percentile returned. */
static uint64_t
count_to(const struct latency *latency, int64_t ns)
{
	unsigned i, last = latency_bucket(ns);
	uint64_t count = 0;

	for (i = 0; i <= last; i++)
		count += latency->buckets[i];
	return count;
}

static double
mean(const struct latency *latency)
{
	if (latency->count == 0)
		return 0;
	return (double)latency->sum / (double)latency->count;
}

/* The standard deviation, as if all lay in the middle of their buckets. */
static double
deviation(const struct latency *latency)
{
	double middle, distance, sum = 0;
	int64_t low, high;
	unsigned i;

	if (latency->count == 0)
		return 0;
	for (i = 0; i < LATENCY_BUCKETS; i++) {
		if (latency->buckets[i] == 0)
			continue;
		latency_bucket_bounds(i, &low, &high);
		middle = (double)low + (double)(high - low) / 2;
		distance = middle - mean(latency);
		sum += distance * distance * (double)latency->buckets[i];
	}
	return sqrt(sum / (double)latency->count);
}

static void
write_percentiles(const struct latency *latency, FILE *stream)
{
	double percent;
	uint64_t seen;
	int64_t value;

	for (percent = 0;; percent = next_percent(percent)) {
		value = latency_percentile(latency, percent);
		seen = count_to(latency, value);
		if (seen == latency->count)
			break;
		fprintf(stream, "%12.6f %2.12f %10" PRIu64 " %14.2f\n",
		    milliseconds((double)value), percent / 100, seen,
		    1 / (1 - percent / 100));
	}
	/* At 100 % the last column is infinite, and left out. */
	fprintf(stream, "%12.6f %2.12f %10" PRIu64 "\n",
	    milliseconds((double)latency->max), 1.0, latency->count);
}

void
hgrm_write(const struct latency *latency, FILE *stream)
{
	fprintf(stream, "%12s %14s %10s %14s\n\n", "Value", "Percentile",
	    "TotalCount", "1/(1-Percentile)");
	if (latency->count > 0)
		write_percentiles(latency, stream);
	fprintf(stream, "#[Mean    = %12.6f, StdDeviation   = %12.6f]\n",
	    milliseconds(mean(latency)), milliseconds(deviation(latency)));
	fprintf(stream, "#[Max     = %12.6f, Total count    = %12" PRIu64 "]\n",
	    milliseconds((double)latency->max), latency->count);
	fprintf(stream, "#[Buckets = %12d, SubBuckets     = %12d]\n",
	    LATENCY_OCTAVES + 1, 2 << LATENCY_SUB_BITS);
}

int
hgrm_save(const struct latency *latency, const char *path, struct reason *why)
{
	struct output output;

	if (output_begin(&output, path, why) == -1)
		return -1;
	hgrm_write(latency, output.stream);
	return output_finish(&output, why);
}
