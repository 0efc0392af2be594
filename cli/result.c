#include "hail/result.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "duration.h"

static const char *const phases[PHASES] = {
    [PHASE_CONNECT] = "connect",
    [PHASE_FIRST_BYTE] = "first_byte",
    [PHASE_WHOLE] = "whole",
};

static const char *const counters[COUNTERS] = {
    [COUNTER_LISTEN_OVERFLOWS] = "ListenOverflows",
    [COUNTER_LISTEN_DROPS] = "ListenDrops",
    [COUNTER_SYNCOOKIES_SENT] = "SyncookiesSent",
    [COUNTER_REQQ_FULL_DO_COOKIES] = "TCPReqQFullDoCookies",
    [COUNTER_REQQ_FULL_DROP] = "TCPReqQFullDrop",
    [COUNTER_SYN_RETRANS] = "TCPSynRetrans",
    [COUNTER_TIMEOUTS] = "TCPTimeouts",
    [COUNTER_ABORT_ON_CLOSE] = "TCPAbortOnClose",
    [COUNTER_ABORT_ON_DATA] = "TCPAbortOnData",
};

const char *
phase_key(enum phase phase)
{
	return phases[phase];
}

const char *
counter_key(enum counter counter)
{
	return counters[counter];
}

void
tally_add(struct tally *into, const struct tally *from)
{
	unsigned end, phase;

	into->started += from->started;
	for (end = 0; end < OUTCOMES; end++) {
		into->ended[end] += from->ended[end];
		for (phase = 0; phase < PHASES; phase++)
			latency_add(&into->latency[end][phase],
			    &from->latency[end][phase]);
	}
	latency_add(&into->lag, &from->lag);
	into->bytes += from->bytes;
	into->retried_syns += from->retried_syns;
	into->connections_retried += from->connections_retried;
	into->cpu_ns += from->cpu_ns;
	if (from->peak_memory > into->peak_memory)
		into->peak_memory = from->peak_memory;
}

uint64_t
tally_ended(const struct tally *tally)
{
	uint64_t sum = 0;
	unsigned end;

	for (end = 0; end < OUTCOMES; end++)
		sum += tally->ended[end];
	return sum;
}

static int
worse(const void *a, const void *b, void *tally)
{
	enum outcome x = *(const enum outcome *)a;
	enum outcome y = *(const enum outcome *)b;
	const uint64_t *ended = ((const struct tally *)tally)->ended;

	if ((x == OUTCOME_OK) != (y == OUTCOME_OK))
		return x == OUTCOME_OK ? 1 : -1;
	if (ended[x] != ended[y])
		return ended[x] < ended[y] ? 1 : -1;
	return (int)x - (int)y;
}

void
tally_worst_first(const struct tally *tally, enum outcome order[OUTCOMES])
{
	unsigned end;

	for (end = 0; end < OUTCOMES; end++)
		order[end] = end;
	qsort_r(
	    order, OUTCOMES, sizeof(order[0]), worse, (void *)(uintptr_t)tally);
}

/* Whether no more latencies than connections were counted for each end. */
static int
balance_latencies(const struct tally *tally, struct reason *why)
{
	uint64_t timed;
	unsigned end, phase;

	for (end = 0; end < OUTCOMES; end++) {
		for (phase = 0; phase < PHASES; phase++) {
			timed = tally->latency[end][phase].count;
			if (timed > tally->ended[end])
				return reason_set(why, EX_SOFTWARE,
				    "the books do not balance: %" PRIu64
				    " connections ended %s, but %" PRIu64
				    " latencies (%s) were counted",
				    tally->ended[end], outcome_words(end),
				    timed, phase_key(phase));
		}
	}
	return 0;
}

int
result_balance(const struct result *result, struct reason *why)
{
	const struct tally *tally = &result->tally;
	uint64_t ended = tally_ended(tally);

	if (tally->started > result->planned)
		return reason_set(why, EX_SOFTWARE,
		    "the books do not balance: %" PRIu64 " connections were "
		    "planned and %" PRIu64 " started",
		    result->planned, tally->started);
	if (tally->started != ended)
		return reason_set(why, EX_SOFTWARE,
		    "the books do not balance: %" PRIu64
		    " planned is not %" PRIu64 " ended + %" PRIu64
		    " not started",
		    result->planned, ended, result->planned - tally->started);
	return balance_latencies(tally, why);
}

double
result_rate(const struct result *result)
{
	if (result->end <= result->start)
		return 0;
	return (double)tally_ended(&result->tally) * (double)NS_PER_S /
	    (double)(result->end - result->start);
}

void
result_identify(struct result *result)
{
	unsigned char random[16];
	size_t i;

	arc4random_buf(random, sizeof(random));
	for (i = 0; i < sizeof(random); i++)
		snprintf(result->id + 2 * i, 3, "%02x", random[i]);
	if (gethostname(result->host, sizeof(result->host) - 1) == -1)
		strlcpy(result->host, "unknown", sizeof(result->host));
	result->merged = 1;
}

void
result_explain(struct result *result, const char *fmt, ...)
{
	unsigned place = result->reason_count;
	va_list args;

	if (place == RESULT_REASONS) {
		/* The last reason gives its place to the number. */
		result->reasons_left_out += result->reasons_left_out ? 1 : 2;
		snprintf(result->reasons[place - 1], sizeof(result->reasons[0]),
		    "and %" PRIu64 " more reasons", result->reasons_left_out);
		return;
	}
	va_start(args, fmt);
	vsnprintf(
	    result->reasons[place], sizeof(result->reasons[0]), fmt, args);
	va_end(args);
	result->reason_count++;
}
