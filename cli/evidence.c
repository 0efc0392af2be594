#include "hail/evidence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "hail/terminal.h"

/* From this share of its time on, hail itself was the limit. */
#define BUSY 0.95

/* A run that is shorter says nothing about how busy it was. */
#define BUSY_TIME_MIN (NS_PER_S / 2)

/* Enough for a part of a sentence. */
#define PHRASE_SIZE 256

#define MANY(n) (n), (n) == 1 ? "" : "s"

static const char *
were(uint64_t count)
{
	return count == 1 ? " was" : "s were";
}

/* How much a counter grew, of a server that shares it with us. */
static int64_t
grown(const struct evidence *evidence, const struct result *result,
    enum counter counter)
{
	if (!evidence->local || !result->counters_known)
		return 0;
	return result->counters[counter];
}

/*
 * "the accept queue of 127.0.0.1:9999 (backlog 5) overflowed 156 times and
 * the kernel fell back to SYN cookies", if it did; else returns false.
 */
static bool
describe_overflow(const struct evidence *evidence, const struct result *result,
    char phrase[PHRASE_SIZE])
{
	int64_t overflows = grown(evidence, result, COUNTER_LISTEN_OVERFLOWS);
	int64_t cookies = grown(evidence, result, COUNTER_REQQ_FULL_DO_COOKIES);
	char backlog[64] = "";

	/* Others may overflow in the same namespace: it dropped no more. */
	if ((uint64_t)overflows > evidence->drops)
		overflows = (int64_t)evidence->drops;
	if (overflows == 0)
		return false;
	if (result->queue_known)
		snprintf(backlog, sizeof(backlog), " (backlog %" PRIu64 ")",
		    result->queue_backlog);
	snprintf(phrase, PHRASE_SIZE,
	    "the accept queue of %s%s overflowed %" PRId64 " time%s%s",
	    evidence->target, backlog, MANY(overflows),
	    cookies > 0 ? " and the kernel fell back to SYN cookies" : "");
	return true;
}

static void
explain_stranded(const struct evidence *evidence, struct result *result)
{
	uint64_t count = result->tally.ended[OUTCOME_STRANDED];
	char phrase[PHRASE_SIZE];

	if (count == 0)
		return;
	if (describe_overflow(evidence, result, phrase))
		result_explain(result,
		    "%" PRIu64 " connection%s stranded: "
		    "%s; raise the backlog, accept faster, or spread the burst",
		    count, were(count), phrase);
	else if (evidence->local)
		result_explain(result,
		    "%" PRIu64 " connection%s stranded: "
		    "the accept queue of %s did not overflow, so the server "
		    "has them or could take them, and says nothing",
		    count, were(count), evidence->target);
	else
		result_explain(result,
		    "%" PRIu64 " connection%s stranded: "
		    "%s sent nothing in time; whether its accept queue "
		    "overflowed is known on its side only (nstat -az "
		    "TcpExtListenOverflows)",
		    count, were(count), evidence->target);
}

static void
explain_delayed(const struct evidence *evidence, struct result *result)
{
	char phrase[PHRASE_SIZE], cause[PHRASE_SIZE + 16] = "";
	bool overflow = describe_overflow(evidence, result, phrase);

	/* Said before, of those that were stranded. */
	if (result->tally.ended[OUTCOME_STRANDED] > 0)
		overflow = false;
	if (evidence->delayed == 0) {
		/* That nobody felt it is worth knowing all the same. */
		if (overflow)
			result_explain(result, "%s", phrase);
		return;
	}
	if (overflow)
		snprintf(cause, sizeof(cause), ", for %s", phrase);
	result_explain(result,
	    "%" PRIu64 " connection%s took 1.0 s%s longer: %s first SYN was "
	    "dropped%s",
	    MANY(evidence->delayed),
	    evidence->delayed_syns == evidence->delayed ? "" : " or more",
	    evidence->delayed == 1 ? "its" : "their", cause);
}

static void
explain_connect_timeouts(const struct evidence *evidence, struct result *result)
{
	uint64_t count = result->tally.ended[OUTCOME_CONNECT_TIMEOUT];
	char phrase[PHRASE_SIZE];

	if (count == 0)
		return;
	if (describe_overflow(evidence, result, phrase))
		result_explain(result,
		    "%" PRIu64 " connection%s not answered: "
		    "%s",
		    count, were(count), phrase);
	else
		result_explain(result,
		    "%" PRIu64 " connection%s not answered: "
		    "%s is down%s, or a firewall drops the SYNs",
		    count, were(count), evidence->target,
		    evidence->local ? " or stopped" : ", its queues are full");
}

static void
explain_resets(const struct evidence *evidence, struct result *result)
{
	const struct tally *tally = &result->tally;
	int64_t unread = grown(evidence, result, COUNTER_ABORT_ON_CLOSE);
	int64_t thrown = grown(evidence, result, COUNTER_ABORT_ON_DATA);

	if (tally->ended[OUTCOME_RESET_BEFORE] == 0 &&
	    tally->ended[OUTCOME_RESET_WITHIN] == 0)
		return;
	if (unread > 0)
		result_explain(result,
		    "%" PRId64 " socket%s of this machine %s closed with "
		    "input unread, which resets the connection: a server "
		    "should read to the end first",
		    MANY(unread), unread == 1 ? "was" : "were");
	if (thrown > 0)
		result_explain(result,
		    "%" PRId64 " socket%s of this machine %s closed with "
		    "SO_LINGER 0 or while data came, which resets the "
		    "connection",
		    MANY(thrown), thrown == 1 ? "was" : "were");
}

static void
explain_refusals(const struct evidence *evidence, struct result *result)
{
	const struct tally *tally = &result->tally;

	if (tally->ended[OUTCOME_REFUSED] == 0)
		return;
	result_explain(result,
	    tally->ended[OUTCOME_REFUSED] == tally->started
		? "nobody listens on %s"
		: "nobody listened on %s for a part of the run",
	    evidence->target);
}

static void
explain_difference(const struct evidence *evidence, struct result *result)
{
	const struct difference *difference = &evidence->difference;
	char came[TERMINAL_BYTE_SIZE], expected[TERMINAL_BYTE_SIZE];

	if (!evidence->differs)
		return;
	terminal_show_byte(difference->came, came);
	if (difference->expected == -1) {
		result_explain(result,
		    "the first greeting that was wrong went "
		    "on after byte %" PRIu64 " with '%s'",
		    difference->at, came);
		return;
	}
	terminal_show_byte(difference->expected, expected);
	result_explain(result,
	    "the first greeting that was wrong differed at "
	    "byte %" PRIu64 ": '%s', not '%s'",
	    difference->at + 1, came, expected);
}

static void
explain_local(const struct evidence *evidence, struct result *result)
{
	const struct tally *tally = &result->tally;

	if (evidence->workers_dead > 0)
		result_explain(result,
		    "%u of %" PRIu64 " jobs died (%s): the "
		    "connections that they held are counted as aborted",
		    evidence->workers_dead, result->jobs, evidence->obituary);
	if (tally->ended[OUTCOME_NO_DESCRIPTOR] > 0)
		result_explain(result,
		    "a job has %" PRIu64 " descriptors at most",
		    evidence->descriptors);
	if (tally->ended[OUTCOME_LOCAL_ERROR] > 0)
		result_explain(result, "the last other local error was: %s",
		    strerror(evidence->local_error));
}

/* The share of its time that the processors gave to hail, 0 if unknown. */
static double
busy_share(const struct result *result)
{
	int64_t length = result->end - result->start;

	if (length < BUSY_TIME_MIN || result->jobs == 0)
		return 0;
	return (double)result->tally.cpu_ns / (double)length /
	    (double)result->jobs;
}

/* Whether each connection was ok, or late: nothing that a peer did wrong. */
static bool
only_late(const struct tally *tally)
{
	return tally->started ==
	    tally->ended[OUTCOME_OK] + tally->ended[OUTCOME_CONNECT_TIMEOUT] +
	    tally->ended[OUTCOME_STRANDED] +
	    tally->ended[OUTCOME_TOTAL_TIMEOUT];
}

static void
explain_busy(struct result *result)
{
	double share = busy_share(result);

	if (share < BUSY)
		return;
	if (result->verdict == VERDICT_FAIL && only_late(&result->tally))
		result->verdict = VERDICT_INVALID;
	result_explain(result,
	    "hail itself was busy %.0f %% of the time: the "
	    "rate and the latencies may be its own limit%s",
	    share > 1 ? 100 : 100 * share,
	    result->verdict == VERDICT_INVALID ? ", not the server's" : "");
}

void
evidence_explain(const struct evidence *evidence, struct result *result)
{
	explain_local(evidence, result);
	explain_difference(evidence, result);
	explain_stranded(evidence, result);
	explain_delayed(evidence, result);
	explain_connect_timeouts(evidence, result);
	explain_resets(evidence, result);
	explain_refusals(evidence, result);
	explain_busy(result);
}
