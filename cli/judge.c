#include "hail/judge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "duration.h"

/* A start may lag so little, whatever the rate: the scheduler's doing. */
#define LAG_MIN (10 * NS_PER_MS)

const char *
verdict_word(enum verdict verdict)
{
	static const char *const words[] = {"PASS", "FAIL", "INVALID"};

	return words[verdict];
}

int
verdict_status(enum verdict verdict)
{
	static const int statuses[] = {0, 1, EX_TEMPFAIL};

	return statuses[verdict];
}

/* How many connections may end so. */
static uint64_t
tolerated(const struct criteria *criteria, enum outcome outcome)
{
	const struct criterion *criterion;
	uint64_t least = UINT64_MAX;
	unsigned i;

	for (i = 0; i < criteria->count; i++) {
		criterion = &criteria->at[i];
		if (criterion->measure == MEASURE_END &&
		    criterion->outcome == outcome &&
		    (uint64_t)criterion->most < least)
			least = (uint64_t)criterion->most;
	}
	return least == UINT64_MAX ? 0 : least;
}

/* What to do about an end that is this machine's own fault. */
static const char *
remedy(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_NO_PORT:
		return "spread them over several addresses with --source";
	case OUTCOME_NO_DESCRIPTOR:
		return "raise the limit of open files (ulimit -n) or lower -c";
	case OUTCOME_ABORTED:
		return "the run ended before they did";
	default:
		return "this machine failed, not the server";
	}
}

static void
judge_ends(struct result *result, const struct criteria *criteria, bool local)
{
	uint64_t count, planned = result->planned;
	enum outcome order[OUTCOMES], end;
	unsigned i;

	tally_worst_first(&result->tally, order);
	for (i = 0; order[i] != OUTCOME_OK; i++) {
		end = order[i];
		count = result->tally.ended[end];
		if (count <= tolerated(criteria, end) ||
		    local != (outcome_is_local(end) || end == OUTCOME_ABORTED))
			continue;
		if (local) {
			result->verdict = VERDICT_INVALID;
			result_explain(result,
			    "%" PRIu64 " of %" PRIu64
			    " connections ended: %s (%s)",
			    count, planned, outcome_words(end), remedy(end));
			continue;
		}
		if (result->verdict == VERDICT_PASS)
			result->verdict = VERDICT_FAIL;
		result_explain(result,
		    "%" PRIu64 " of %" PRIu64 " connections ended: %s", count,
		    planned, outcome_words(end));
	}
}

/*
 * Whether connections started too late to make the rate that was asked. The
 * rate alone does not tell, since the run goes on until the last connection
 * has ended; nor does the longest lag, since what is late once can be made
 * up for. A lag that grows evenly averages half of what is missing at the end.
 */
static void
judge_lag(struct result *result)
{
	const struct latency *lag = &result->tally.lag;
	char average[DURATION_STRLEN], most[DURATION_STRLEN];
	double mean, asked = result->rate_asked;

	if (asked <= 0 || lag->count == 0 ||
	    result_rate(result) >= 0.99 * asked)
		return;
	mean = (double)lag->sum / (double)lag->count;
	if (2 * mean <= (double)LAG_MIN ||
	    2 * mean <= 0.01 * (double)NS_PER_S * (double)lag->count / asked)
		return;
	result->verdict = VERDICT_INVALID;
	result_explain(result,
	    "hail fell behind the rate of %.6g/s: "
	    "connections started %s late on average, %s at most (raise -c or "
	    "-j, or ask for less)",
	    asked, duration_format((int64_t)mean, average),
	    duration_format(lag->max, most));
}

/* What this machine did not do, whatever the server would have done. */
static void
judge_limits(struct result *result, const struct criteria *criteria)
{
	uint64_t left = result->planned - result->tally.started;

	if (result->interrupted || left > 0) {
		result->verdict = VERDICT_INVALID;
		result_explain(result,
		    "%s%" PRIu64 " of %" PRIu64 " connections were not started",
		    result->interrupted ? "interrupted: " : "", left,
		    result->planned);
	} else if (result->planned == 0) {
		result->verdict = VERDICT_INVALID;
		result_explain(result, "not one connection was made");
	}
	judge_ends(result, criteria, true);
	judge_lag(result);
}

static void
judge_percentile(struct result *result, const struct criterion *criterion)
{
	const struct latency *latency =
	    &result->tally.latency[OUTCOME_OK][PHASE_WHOLE];
	char is[DURATION_STRLEN], most[DURATION_STRLEN];
	int64_t value = latency_percentile(latency, criterion->percent);

	if (latency->count > 0 && value <= criterion->most)
		return;
	if (result->verdict == VERDICT_PASS)
		result->verdict = VERDICT_FAIL;
	duration_format(value, is);
	duration_format(criterion->most, most);
	if (latency->count == 0)
		result_explain(result,
		    "no connection was ok, and so none "
		    "tells whether %s is above %s",
		    criterion->name, most);
	else if (strcmp(is, most) == 0)
		result_explain(result,
		    "%s is %" PRId64 "ns, above %" PRId64 "ns", criterion->name,
		    value, criterion->most);
	else
		result_explain(
		    result, "%s is %s, above %s", criterion->name, is, most);
}

static void
judge_rate(struct result *result, const struct criterion *criterion)
{
	double rate = result_rate(result);

	if (rate >= criterion->least)
		return;
	if (result->verdict == VERDICT_PASS)
		result->verdict = VERDICT_FAIL;
	result_explain(
	    result, "the rate is %.6g/s, below %.6g/s", rate, criterion->least);
}

void
judge(struct result *result, const struct criteria *criteria)
{
	const struct criterion *criterion;
	unsigned i;

	result->verdict = VERDICT_PASS;
	result->reason_count = 0;
	result->reasons_left_out = 0;
	judge_limits(result, criteria);
	judge_ends(result, criteria, false);
	for (i = 0; i < criteria->count; i++) {
		criterion = &criteria->at[i];
		if (criterion->measure == MEASURE_PERCENTILE)
			judge_percentile(result, criterion);
		else if (criterion->measure == MEASURE_RATE)
			judge_rate(result, criterion);
	}
}
