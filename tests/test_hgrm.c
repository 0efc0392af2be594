#include "hail/hgrm.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "scratch.h"

#define LINES 400

static struct latency latency;
static char path[SCRATCH_PATH];
static struct reason why;

/* What a reader of the format gets from a file. */
static struct line {
	double ms, quantile;
	uint64_t count;
	double inverse; /* of the distance to 1; 0 in the last line */
} lines[LINES];
static unsigned line_count;
static double mean, deviation, longest;
static uint64_t total;

static void
read_line(const char *text)
{
	struct line *line = &lines[line_count];
	int fields;

	fields = sscanf(text, "%lf %lf %" SCNu64 " %lf", &line->ms,
	    &line->quantile, &line->count, &line->inverse);
	cr_assert(fields == 3 || fields == 4, "%s", text);
	cr_assert_lt(++line_count, LINES);
}

static void
save_and_read(void)
{
	char text[256];
	FILE *file;

	scratch_path("hgrm", path);
	cr_assert_eq(hgrm_save(&latency, path, &why), 0, "%s", why.text);
	cr_assert_not_null(file = fopen(path, "re"));
	cr_assert_not_null(fgets(text, sizeof(text), file));
	cr_expect_str_eq(text,
	    "       Value     Percentile TotalCount "
	    "1/(1-Percentile)\n");
	cr_assert_not_null(fgets(text, sizeof(text), file));
	cr_expect_str_eq(text, "\n");
	while (fgets(text, sizeof(text), file) != NULL) {
		if (text[0] != '#')
			read_line(text);
		sscanf(text, "#[Mean = %lf, StdDeviation = %lf]", &mean,
		    &deviation);
		sscanf(text, "#[Max = %lf, Total count = %" SCNu64 "]",
		    &longest, &total);
	}
	fclose(file);
}

static void
record_random(int count)
{
	unsigned short seed[3] = {4, 5, 6};

	while (count-- > 0)
		latency_record(
		    &latency, (int64_t)(-log(1 - erand48(seed)) * 1e6));
}

Test(hgrm, every_line_is_a_percentile_of_the_histogram)
{
	struct line *line;
	int64_t ns;

	record_random(100000);
	save_and_read();
	for (line = lines; line < lines + line_count; line++) {
		ns = latency_percentile(&latency, line->quantile * 100);
		cr_expect_float_eq(line->ms, (double)ns / NS_PER_MS, 1e-6);
		if (line->quantile < 1)
			cr_expect_float_eq(line->inverse,
			    1 / (1 - line->quantile), line->inverse * 1e-2);
	}
}

Test(hgrm, counts_and_quantiles_rise_to_all)
{
	struct line *last;
	unsigned i;

	record_random(100000);
	save_and_read();
	for (i = 1; i < line_count; i++) {
		cr_expect_gt(lines[i].quantile, lines[i - 1].quantile);
		cr_expect_geq(lines[i].ms, lines[i - 1].ms);
		cr_expect_geq(lines[i].count, lines[i - 1].count);
		cr_expect_geq((double)lines[i].count,
		    lines[i].quantile * 100000 * (1 - 1e-9));
	}
	last = &lines[line_count - 1];
	cr_expect_eq(last->quantile, 1);
	cr_expect_eq(last->count, 100000);
	cr_expect_eq(last->inverse, 0);
}

Test(hgrm, steps_are_five_to_each_halving)
{
	static const double percents[] = {
	    0, 10, 20, 30, 40, 50, 55, 60, 65, 70, 75, 77.5, 80};
	unsigned i;

	record_random(1000);
	save_and_read();
	for (i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
		cr_expect_float_eq(lines[i].quantile * 100, percents[i], 1e-9);
}

Test(hgrm, the_summary_is_that_of_the_samples)
{
	/* 2, 4, 4, 4, 5, 5, 7, 9: mean 5, deviation 2. */
	static const int samples[] = {2, 4, 4, 4, 5, 5, 7, 9};
	unsigned i;

	for (i = 0; i < 8; i++)
		latency_record(&latency, samples[i] * NS_PER_MS);
	save_and_read();
	cr_expect_float_eq(mean, 5, 1e-9);
	cr_expect_float_eq(deviation, 2, 0.02);
	cr_expect_float_eq(longest, 9, 1e-9);
	cr_expect_eq(total, 8);
}

Test(hgrm, nothing_counted_is_an_empty_table)
{
	save_and_read();
	cr_expect_eq(line_count, 0);
	cr_expect_eq(total, 0);
}
