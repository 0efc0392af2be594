#include "sample.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "hail/json.h"

static void
fill_options(struct result *result)
{
	result->concurrency = 64;
	result->jobs = 2;
	result->rate_asked = 100.5;
	result->duration_asked = 3 * NS_PER_S;
	result->connect_timeout = 4 * NS_PER_S;
	result->first_byte_timeout = 5 * NS_PER_S;
	result->timeout = 6 * NS_PER_S;
	result->greeting_length = 26;
	strlcpy(result->greeting_digest, "0123456789abcdef",
	    sizeof(result->greeting_digest));
	result->half_close = true;
}

static void
fill_tally(struct tally *tally, unsigned short seed)
{
	unsigned short state[3] = {seed, 1, 2};
	struct latency *ok = tally->latency[OUTCOME_OK];
	int64_t ns;
	int i;

	tally->started = 100;
	tally->ended[OUTCOME_OK] = 97;
	tally->ended[OUTCOME_STRANDED] = 2;
	tally->ended[OUTCOME_REFUSED] = 1;
	for (i = 0; i < 97; i++) {
		ns = 50000 + nrand48(state) % 1000000;
		latency_record(&ok[PHASE_CONNECT], ns / 3);
		latency_record(&ok[PHASE_FIRST_BYTE], ns / 2);
		latency_record(&ok[PHASE_WHOLE], ns);
		latency_record(&tally->lag, ns / 100);
	}
	latency_record(&tally->latency[OUTCOME_STRANDED][PHASE_CONNECT], 7);
	latency_record(
	    &tally->latency[OUTCOME_REFUSED][PHASE_WHOLE], 5 * NS_PER_S);
	tally->bytes = 97 * 26;
	tally->retried_syns = 12;
	tally->connections_retried = 11;
	tally->cpu_ns = 13;
	tally->peak_memory = 14;
}

void
sample_fill(struct result *result, unsigned short seed)
{
	unsigned i;

	memset(result, 0, sizeof(*result));
	result_identify(result);
	strlcpy(result->target, "127.0.0.1:9999", RESULT_WORDS);
	strlcpy(result->addresses[0], "127.0.0.1:9999", RESULT_WORDS);
	result->address_count = 1;
	result->start = 1700000000 * NS_PER_S;
	result->end = result->start + 2 * NS_PER_S;
	result->planned = 100;
	fill_options(result);
	fill_tally(&result->tally, seed);
	result->counters_known = true;
	for (i = 0; i < COUNTERS; i++)
		result->counters[i] = 20 + (int64_t)i;
	result->queue_known = true;
	result->queue_backlog = 5;
	result->queue_peak = 6;
	result->queue_listeners = 171;
	result->verdict = VERDICT_FAIL;
	result_explain(result, "2 of 100 connections ended: stranded");
	result_explain(result, "Straße \"quoted\"");
}

char *
sample_save(
    const struct result *result, const char *name, char path[SCRATCH_PATH])
{
	struct reason why;

	scratch_path(name, path);
	cr_assert_eq(json_save(result, path, &why), 0, "%s", why.text);
	return path;
}
