#include "hail/merge.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "hail/growth.h"
#include "hail/json.h"
#include "hail/shape.h"

/* The addition under way. */
struct merge {
	struct result *sum;
	struct result *from; /* the file that is being added */
	const char *path;    /* its path, and that of the first file */
	const char *first_path;
	/* For each run in the sum, the file that it came from. */
	const char *origins[RESULT_MERGED];
	struct growth *growths;
	size_t growth_count;
	struct reason *why;
};

/* Each run may be added once, be it alone or in a sum. */
static int
add_id(struct merge *merge, const char *id)
{
	struct result *sum = merge->sum;
	unsigned i;

	for (i = 0; i < sum->merged; i++)
		if (strcmp(sum->merged_ids[i], id) == 0)
			return reason_set(merge->why, EX_DATAERR,
			    "%s: run %s is in %s already", merge->path, id,
			    merge->origins[i]);
	if (sum->merged == RESULT_MERGED)
		return reason_set(merge->why, EX_DATAERR,
		    "%s: more than %d runs", merge->path, RESULT_MERGED);
	strlcpy(sum->merged_ids[sum->merged], id, RESULT_ID);
	merge->origins[sum->merged++] = merge->path;
	return 0;
}

static int
add_ids(struct merge *merge)
{
	const struct result *from = merge->from;
	unsigned i;

	if (from->merged == 1)
		return add_id(merge, from->id);
	for (i = 0; i < from->merged; i++)
		if (add_id(merge, from->merged_ids[i]) == -1)
			return -1;
	return 0;
}

/* Add the words of a list, "a, b", that are not yet in another. */
static void
add_hosts(char hosts[RESULT_WORDS], const char *more)
{
	char copy[RESULT_WORDS], *rest = copy, *host;
	char with[RESULT_WORDS + 4], in[RESULT_WORDS + 4];

	strlcpy(copy, more, sizeof(copy));
	while ((host = strsep(&rest, ",")) != NULL) {
		host += strspn(host, " ");
		snprintf(with, sizeof(with), " %s,", host);
		snprintf(in, sizeof(in), " %s,", hosts);
		if (strstr(in, with) != NULL)
			continue;
		if (hosts[0] != '\0')
			strlcat(hosts, ", ", RESULT_WORDS);
		strlcat(hosts, host, RESULT_WORDS);
	}
}

static void
add_addresses(struct result *sum, const struct result *from)
{
	unsigned i, j;

	for (i = 0; i < from->address_count; i++) {
		for (j = 0; j < sum->address_count; j++)
			if (strcmp(sum->addresses[j], from->addresses[i]) == 0)
				break;
		if (j == sum->address_count && j < RESULT_TARGETS)
			strlcpy(sum->addresses[sum->address_count++],
			    from->addresses[i], RESULT_WORDS);
	}
}

static uint64_t
larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void
add_queue(struct result *sum, const struct result *from)
{
	if (!from->queue_known)
		return;
	sum->queue_known = true;
	sum->queue_backlog = larger(sum->queue_backlog, from->queue_backlog);
	sum->queue_peak = larger(sum->queue_peak, from->queue_peak);
	sum->queue_listeners =
	    larger(sum->queue_listeners, from->queue_listeners);
}

/* What is the same in all, from the first. */
static void
begin(struct merge *merge)
{
	struct result *sum = merge->sum;
	const struct result *from = merge->from;

	merge->first_path = merge->path;
	result_identify(sum);
	sum->merged = 0;
	strlcpy(sum->target, from->target, sizeof(sum->target));
	sum->host[0] = '\0';
	strlcpy(sum->greeting_digest, from->greeting_digest,
	    sizeof(sum->greeting_digest));
	sum->greeting_length = from->greeting_length;
	sum->half_close = from->half_close;
	sum->duration_asked = from->duration_asked;
	sum->connect_timeout = from->connect_timeout;
	sum->first_byte_timeout = from->first_byte_timeout;
	sum->timeout = from->timeout;
	sum->start = from->start;
	sum->end = from->end;
}

static void
add_counts(struct result *sum, const struct result *from)
{
	tally_add(&sum->tally, &from->tally);
	sum->planned += from->planned;
	sum->concurrency += from->concurrency;
	sum->jobs += from->jobs;
	sum->rate_asked += from->rate_asked;
	sum->interrupted |= from->interrupted;
	if (from->start < sum->start)
		sum->start = from->start;
	if (from->end > sum->end)
		sum->end = from->end;
}

static int
add_file(struct merge *merge)
{
	struct result *sum = merge->sum, *from = merge->from;

	if (json_load(from, merge->path, merge->why) == -1)
		return -1;
	if (merge->first_path == NULL)
		begin(merge);
	else if (shape_compare(sum, merge->first_path, from, merge->path,
		     merge->why) == -1)
		return -1;
	if (add_ids(merge) == -1)
		return -1;
	add_counts(sum, from);
	add_hosts(sum->host, from->host);
	add_addresses(sum, from);
	add_queue(sum, from);
	if (from->counters_known)
		growth_of(from, &merge->growths[merge->growth_count++]);
	return 0;
}

int
merge_files(
    char *const paths[], size_t count, struct result *sum, struct reason *why)
{
	struct merge merge = {.sum = sum, .why = why};
	size_t i;
	int done = 0;

	if (count == 0)
		return reason_set(why, EX_USAGE, "no file to merge");
	merge.from = malloc(sizeof(*merge.from));
	merge.growths = calloc(count, sizeof(merge.growths[0]));
	if (merge.from == NULL || merge.growths == NULL)
		done = reason_set(why, EX_OSERR, "no memory to merge");
	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < count && done == 0; i++) {
		merge.path = paths[i];
		done = add_file(&merge);
	}
	if (done == 0) {
		sum->counters_known = merge.growth_count > 0;
		growth_sum(merge.growths, merge.growth_count, sum->counters);
		/* A sum of one run is that run, and may be added as such. */
		if (sum->merged == 1)
			strlcpy(sum->id, sum->merged_ids[0], RESULT_ID);
	}
	free(merge.growths);
	free(merge.from);
	return done;
}
