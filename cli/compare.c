#include "hail/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "duration.h"
#include "hail/json.h"
#include "hail/judge.h"
#include "hail/latency_table.h"

#define COLUMN 16

/* Two results and where their comparison goes. */
struct comparison {
	const struct result *old, *new;
	FILE *stream;
};

static void
row(const struct comparison *comparison, const char *label, const char *old,
    const char *new, const char *ratio)
{
	fprintf(comparison->stream, "%-22s %*s %*s", label, COLUMN, old, COLUMN,
	    new);
	if (ratio[0] != '\0')
		fprintf(comparison->stream, " %9s", ratio);
	fputc('\n', comparison->stream);
}

/* How many times old new is: "1.25", nothing where old is 0. */
static char *
ratio_of(double old, double new, char buf[24])
{
	if (old > 0)
		snprintf(buf, 24, "%.2f", new / old);
	else
		strlcpy(buf, new > 0 ? "-" : "1.00", 24);
	return buf;
}

static void
number_row(const struct comparison *comparison, const char *label, double old,
    double new)
{
	char a[24], b[24], ratio[24];

	snprintf(a, sizeof(a), "%.*f", old != floor(old), old);
	snprintf(b, sizeof(b), "%.*f", new != floor(new), new);
	row(comparison, label, a, b, ratio_of(old, new, ratio));
}

static void
time_row(const struct comparison *comparison, const char *label, int64_t old,
    int64_t new)
{
	char a[DURATION_STRLEN], b[DURATION_STRLEN], ratio[24];

	row(comparison, label, duration_format(old, a), duration_format(new, b),
	    ratio_of((double)old, (double)new, ratio));
}

static void
differing_words(const struct comparison *comparison, const char *label,
    const char *old, const char *new)
{
	if (strcmp(old, new) != 0)
		row(comparison, label, old, new, "");
}

static void
differing_number(const struct comparison *comparison, const char *label,
    double old, double new)
{
	if (old != new)
		number_row(comparison, label, old, new);
}

static void
differing_time(const struct comparison *comparison, const char *label,
    int64_t old, int64_t new)
{
	if (old != new)
		time_row(comparison, label, old, new);
}

/* What was asked, where it differs: numbers of unlike runs mislead. */
static void
compare_asked(const struct comparison *comparison)
{
	const struct result *old = comparison->old, *new = comparison->new;

	differing_words(comparison, "target", old->target, new->target);
	differing_words(comparison, "host", old->host, new->host);
	differing_words(
	    comparison, "greeting", old->greeting_digest, new->greeting_digest);
	differing_words(comparison, "half-close",
	    old->half_close ? "on" : "off", new->half_close ? "on" : "off");
	differing_number(comparison, "concurrency", (double)old->concurrency,
	    (double)new->concurrency);
	differing_number(
	    comparison, "jobs", (double)old->jobs, (double)new->jobs);
	differing_number(
	    comparison, "rate asked", old->rate_asked, new->rate_asked);
	differing_time(comparison, "duration asked", old->duration_asked,
	    new->duration_asked);
	differing_time(comparison, "connect timeout", old->connect_timeout,
	    new->connect_timeout);
	differing_time(comparison, "first byte timeout",
	    old->first_byte_timeout, new->first_byte_timeout);
	differing_time(comparison, "timeout", old->timeout, new->timeout);
}

static void
compare_ends(const struct comparison *comparison)
{
	const struct tally *old = &comparison->old->tally;
	const struct tally *new = &comparison->new->tally;
	unsigned end;

	for (end = 0; end < OUTCOMES; end++)
		if (old->ended[end] > 0 || new->ended[end] > 0)
			number_row(comparison, outcome_words(end),
			    (double)old->ended[end], (double)new->ended[end]);
}

/* A phase of the connections that were ok, if both have any. */
static void
compare_latency(
    const struct comparison *comparison, enum phase phase, const char *words)
{
	const struct latency *old, *new;
	char label[40];
	unsigned i;

	old = &comparison->old->tally.latency[OUTCOME_OK][phase];
	new = &comparison->new->tally.latency[OUTCOME_OK][phase];
	if (old->count == 0 || new->count == 0)
		return;
	for (i = 0; i < QUANTILES; i++) {
		snprintf(
		    label, sizeof(label), "%s %s", words, quantiles[i].name);
		time_row(comparison, label,
		    latency_percentile(old, quantiles[i].percent),
		    latency_percentile(new, quantiles[i].percent));
	}
}

static void
compare(const struct comparison *comparison)
{
	const struct result *old = comparison->old, *new = comparison->new;

	row(comparison, "", "old", "new", "new / old");
	compare_asked(comparison);
	row(comparison, "verdict", verdict_word(old->verdict),
	    verdict_word(new->verdict), "");
	number_row(comparison, "connections", (double)old->planned,
	    (double)new->planned);
	compare_ends(comparison);
	number_row(comparison, "rate (/s)", result_rate(old), result_rate(new));
	compare_latency(comparison, PHASE_CONNECT, "connect");
	compare_latency(comparison, PHASE_FIRST_BYTE, "first byte");
	compare_latency(comparison, PHASE_WHOLE, "whole");
}

int
compare_files(const char *old_path, const char *new_path, FILE *stream,
    struct reason *why)
{
	struct result *results = calloc(2, sizeof(*results));
	int done = -1;

	if (results == NULL)
		return reason_set(why, EX_OSERR, "no memory to compare");
	if (json_load(&results[0], old_path, why) == 0 &&
	    json_load(&results[1], new_path, why) == 0) {
		compare(&(struct comparison){&results[0], &results[1], stream});
		done = 0;
	}
	free(results);
	return done;
}
