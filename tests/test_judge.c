#include "hail/judge.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "duration.h"

static struct result result;
static struct criteria criteria;
static struct reason why;

/* A run of two seconds: 10 not started unless planned is 100. */
static void
run(uint64_t planned, uint64_t ok, enum outcome other)
{
	uint64_t i;

	result.planned = planned;
	result.end = 2 * NS_PER_S;
	result.tally.started = 100;
	result.tally.ended[OUTCOME_OK] = ok;
	result.tally.ended[other] += 100 - ok;
	for (i = 1; i <= ok; i++)
		latency_record(&result.tally.latency[OUTCOME_OK][PHASE_WHOLE],
		    (int64_t)i * NS_PER_MS);
}

struct judged_row {
	char criteria[2][40];
	unsigned ok; /* of 100, the others end so: */
	enum outcome other;
	enum verdict verdict;
	char reason[100]; /* "": none */
};

ParameterizedTestParameters(judge, ends_and_criteria_decide)
{
	static struct judged_row rows[] = {
	    {{""}, 100, OUTCOME_OK, VERDICT_PASS, ""},
	    {{""}, 99, OUTCOME_STRANDED, VERDICT_FAIL,
		"1 of 100 connections ended: stranded"},
	    {{""}, 98, OUTCOME_RESET_BEFORE, VERDICT_FAIL,
		"2 of 100 connections ended: reset before greeting"},
	    {{"stranded=1"}, 99, OUTCOME_STRANDED, VERDICT_PASS, ""},
	    {{"stranded=1"}, 98, OUTCOME_STRANDED, VERDICT_FAIL,
		"2 of 100 connections ended: stranded"},
	    {{"stranded=9"}, 99, OUTCOME_SHORT, VERDICT_FAIL,
		"1 of 100 connections ended: short"},
	    {{"stranded=9", "stranded=3"}, 95, OUTCOME_STRANDED, VERDICT_FAIL,
		"5 of 100 connections ended: stranded"},
	    {{""}, 97, OUTCOME_NO_PORT, VERDICT_INVALID,
		"3 of 100 connections ended: no local port (spread them over "
		"several addresses with --source)"},
	    {{"no_port=3"}, 97, OUTCOME_NO_PORT, VERDICT_PASS, ""},
	    {{""}, 97, OUTCOME_NO_DESCRIPTOR, VERDICT_INVALID,
		"3 of 100 connections ended: no descriptor (raise the limit "
		"of open files (ulimit -n) or lower -c)"},
	    {{""}, 97, OUTCOME_LOCAL_ERROR, VERDICT_INVALID,
		"3 of 100 connections ended: other local error (this machine "
		"failed, not the server)"},
	    {{""}, 97, OUTCOME_ABORTED, VERDICT_INVALID,
		"3 of 100 connections ended: aborted (the run ended before "
		"they did)"},
	    {{"p50=50ms"}, 100, OUTCOME_OK, VERDICT_FAIL,
		"p50 is 50.1ms, above 50ms"},
	    {{"p50=50060us"}, 100, OUTCOME_OK, VERDICT_FAIL,
		"p50 is 50069503ns, above 50060000ns"},
	    {{"p50=50.2ms"}, 100, OUTCOME_OK, VERDICT_PASS, ""},
	    {{"p99=20ms"}, 100, OUTCOME_OK, VERDICT_FAIL,
		"p99 is 99.1ms, above 20ms"},
	    {{"max=100ms"}, 100, OUTCOME_OK, VERDICT_PASS, ""},
	    {{"max=99.9ms"}, 100, OUTCOME_OK, VERDICT_FAIL,
		"max is 100ms, above 99.9ms"},
	    {{"p99=1h", "max=1ms"}, 100, OUTCOME_OK, VERDICT_FAIL,
		"max is 100ms, above 1ms"},
	    {{"p99=1s"}, 0, OUTCOME_STRANDED, VERDICT_FAIL,
		"100 of 100 connections ended: stranded"},
	    {{"p99=1s", "stranded=100"}, 0, OUTCOME_STRANDED, VERDICT_FAIL,
		"no connection was ok, and so none tells whether p99 is "
		"above 1s"},
	    {{"rate=50"}, 100, OUTCOME_OK, VERDICT_PASS, ""},
	    {{"rate=51"}, 100, OUTCOME_OK, VERDICT_FAIL,
		"the rate is 50/s, below 51/s"},
	};

	return cr_make_param_array(
	    struct judged_row, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(struct judged_row *row, judge, ends_and_criteria_decide)
{
	unsigned i;

	for (i = 0; i < 2 && row->criteria[i][0] != '\0'; i++)
		cr_assert_eq(criteria_add(&criteria, row->criteria[i], &why), 0,
		    "%s", why.text);
	run(100, row->ok, row->other);
	judge(&result, &criteria);
	cr_expect_eq(result.verdict, row->verdict);
	cr_expect_eq(result.reason_count > 0, row->reason[0] != '\0');
	cr_expect_str_eq(result.reasons[0], row->reason);
}

Test(judge, the_worst_end_is_the_first_reason)
{
	run(100, 90, OUTCOME_STRANDED);
	result.tally.ended[OUTCOME_STRANDED] = 3;
	result.tally.ended[OUTCOME_REFUSED] = 7;
	judge(&result, &criteria);
	cr_assert_eq(result.reason_count, 2);
	cr_expect_str_eq(
	    result.reasons[0], "7 of 100 connections ended: refused");
	cr_expect_str_eq(
	    result.reasons[1], "3 of 100 connections ended: stranded");
}

Test(judge, a_limit_of_this_machine_comes_before_the_servers_faults)
{
	run(100, 90, OUTCOME_STRANDED);
	result.tally.ended[OUTCOME_STRANDED] = 9;
	result.tally.ended[OUTCOME_NO_PORT] = 1;
	judge(&result, &criteria);
	cr_expect_eq(result.verdict, VERDICT_INVALID);
	cr_assert_eq(result.reason_count, 2);
	cr_expect_str_eq(
	    result.reasons[1], "9 of 100 connections ended: stranded");
}

Test(judge, what_was_planned_and_not_started_makes_a_run_invalid)
{
	run(110, 100, OUTCOME_OK);
	judge(&result, &criteria);
	cr_expect_eq(result.verdict, VERDICT_INVALID);
	cr_expect_str_eq(
	    result.reasons[0], "10 of 110 connections were not started");
}

Test(judge, an_interrupt_makes_a_run_invalid)
{
	run(100, 100, OUTCOME_OK);
	result.interrupted = true;
	judge(&result, &criteria);
	cr_expect_eq(result.verdict, VERDICT_INVALID);
	cr_expect_str_eq(result.reasons[0],
	    "interrupted: 0 of 100 connections were not started");
}

Test(judge, a_run_without_connections_is_invalid)
{
	judge(&result, &criteria);
	cr_expect_eq(result.verdict, VERDICT_INVALID);
	cr_expect_str_eq(result.reasons[0], "not one connection was made");
}

Test(judge, judging_again_replaces_the_reasons)
{
	run(100, 99, OUTCOME_STRANDED);
	judge(&result, &criteria);
	judge(&result, &criteria);
	cr_expect_eq(result.reason_count, 1);
	cr_assert_eq(criteria_add(&criteria, "stranded=1", &why), 0);
	judge(&result, &criteria);
	cr_expect_eq(result.reason_count, 0);
	cr_expect_eq(result.verdict, VERDICT_PASS);
}

struct lag_row {
	double asked;
	int64_t lag_end; /* of the last start; it grows evenly */
	int64_t length;	 /* of the run */
	enum verdict verdict;
};

ParameterizedTestParameters(judge, lag_behind_the_rate_makes_a_run_invalid)
{
	/* 100 starts at 10 a second take 10 s. */
	static struct lag_row rows[] = {
	    {10, 0, 10 * NS_PER_S, VERDICT_PASS},
	    /* The last connection took a second; nobody was late. */
	    {10, 0, 11 * NS_PER_S, VERDICT_PASS},
	    {10, 90 * NS_PER_MS, 11 * NS_PER_S, VERDICT_PASS},
	    {10, 120 * NS_PER_MS, 11 * NS_PER_S, VERDICT_INVALID},
	    /* Late, and yet the rate was made. */
	    {10, 120 * NS_PER_MS, 10 * NS_PER_S, VERDICT_PASS},
	    /* 100 starts in 10 ms: 5 ms are the scheduler's. */
	    {10000, 5 * NS_PER_MS, NS_PER_S, VERDICT_PASS},
	    {10000, 20 * NS_PER_MS, NS_PER_S, VERDICT_INVALID},
	    /* No rate was asked. */
	    {0, 120 * NS_PER_MS, 11 * NS_PER_S, VERDICT_PASS},
	};

	return cr_make_param_array(
	    struct lag_row, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(
    struct lag_row *row, judge, lag_behind_the_rate_makes_a_run_invalid)
{
	int64_t i;

	run(100, 100, OUTCOME_OK);
	result.rate_asked = row->asked;
	result.end = row->length;
	for (i = 1; i <= 100; i++)
		latency_record(&result.tally.lag, row->lag_end * i / 100);
	judge(&result, &criteria);
	cr_expect_eq(result.verdict, row->verdict, "%s", result.reasons[0]);
}

Test(judge, lag_is_told_in_words)
{
	int64_t i;

	run(100, 100, OUTCOME_OK);
	result.rate_asked = 100;
	for (i = 0; i < 100; i++)
		latency_record(&result.tally.lag, i * 10 * NS_PER_MS);
	judge(&result, &criteria);
	cr_expect_str_eq(result.reasons[0],
	    "hail fell behind the rate of 100/s: connections started 495ms "
	    "late on average, 990ms at most (raise -c or -j, or ask for "
	    "less)");
}

Test(judge, verdicts_have_exit_statuses)
{
	cr_expect_eq(verdict_status(VERDICT_PASS), 0);
	cr_expect_eq(verdict_status(VERDICT_FAIL), 1);
	cr_expect_eq(verdict_status(VERDICT_INVALID), 75);
}
