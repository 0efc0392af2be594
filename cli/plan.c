#include "hail/plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "duration.h"

/* Descriptors of a worker that are not connections, generously. */
#define DESCRIPTORS_SPARE 16

/* Connections that an open loop starts before its time is up. */
static uint64_t
count_due(double rate, int64_t duration)
{
	double due = rate * (double)duration / (double)NS_PER_S;

	/* 5000/s for 20s are 100000, whatever the last bit says. */
	due = ceil(due - 1e-6);
	return due < 1 ? 1 : (uint64_t)due;
}

static unsigned
count_jobs(const struct hail_options *options, uint64_t connections)
{
	uint64_t jobs = options->jobs;

	if (jobs > connections)
		jobs = connections;
	if (options->concurrency != 0 && jobs > options->concurrency)
		jobs = options->concurrency;
	return (unsigned)jobs;
}

unsigned
plan_draw(struct worker_plan *plan, const struct hail_options *options,
    const struct address_list *targets, uint64_t descriptors)
{
	unsigned jobs;
	uint64_t due;

	*plan = (struct worker_plan){
	    .targets = targets,
	    .sources = &options->sources,
	    .expectation = &options->expectation,
	    .connect_timeout = options->connect_timeout,
	    .first_byte_timeout = options->first_byte_timeout,
	    .timeout = options->timeout,
	    .half_close = options->half_close,
	    .connections = options->connections,
	    .concurrency = options->concurrency,
	    .duration = options->duration,
	    .rate = options->rate,
	};
	if (plan->connect_timeout == 0)
		plan->connect_timeout = plan->timeout;
	if (plan->first_byte_timeout == 0)
		plan->first_byte_timeout = plan->timeout;
	if (plan->connections == 0)
		plan->connections = UINT64_MAX;
	if (plan->rate > 0 && plan->duration != 0) {
		due = count_due(plan->rate, plan->duration);
		if (due < plan->connections)
			plan->connections = due;
	}
	jobs = count_jobs(options, plan->connections);
	/* An open loop without -c has as many places as descriptors. */
	if (plan->concurrency == 0)
		plan->concurrency = jobs *
		    (descriptors > 2 * DESCRIPTORS_SPARE
			    ? descriptors - DESCRIPTORS_SPARE
			    : DESCRIPTORS_SPARE);
	if (plan->concurrency > plan->connections)
		plan->concurrency = plan->connections;
	return jobs;
}

void
plan_describe(const struct worker_plan *plan, unsigned jobs,
    const struct hail_options *options, struct result *result)
{
	char digest[EXPECTATION_DIGEST_SIZE], name[ADDRESS_STRLEN];
	size_t i;

	result_identify(result);
	snprintf(result->target, sizeof(result->target),
	    strchr(options->host, ':') != NULL ? "[%s]:%s" : "%s:%s",
	    options->host, options->port);
	for (i = 0; i < plan->targets->count && i < RESULT_TARGETS; i++)
		snprintf(result->addresses[i], RESULT_WORDS, "%s",
		    address_format(&plan->targets->at[i], name));
	result->address_count = (unsigned)i;
	result->concurrency = plan->concurrency;
	result->jobs = jobs;
	result->rate_asked = plan->rate;
	result->duration_asked = plan->duration;
	result->connect_timeout = plan->connect_timeout;
	result->first_byte_timeout = plan->first_byte_timeout;
	result->timeout = plan->timeout;
	result->greeting_length = expectation_length(plan->expectation);
	if (!plan->expectation->any)
		snprintf(result->greeting_digest,
		    sizeof(result->greeting_digest), "%s",
		    expectation_digest(plan->expectation, digest));
	result->half_close = plan->half_close;
}
