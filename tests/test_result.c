#include "hail/result.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sysexits.h>

#include "duration.h"

static struct result result;
static struct tally tally;
static struct reason why;

Test(result, ten_planned_are_eight_ended_and_two_not_started)
{
	result.planned = 10;
	result.tally.started = 8;
	result.tally.ended[OUTCOME_OK] = 5;
	result.tally.ended[OUTCOME_STRANDED] = 3;
	cr_expect_eq(result_balance(&result, &why), 0);
}

Test(result, a_connection_that_never_ended_unbalances_the_books)
{
	result.planned = 10;
	result.tally.started = 8;
	result.tally.ended[OUTCOME_OK] = 7;
	cr_assert_eq(result_balance(&result, &why), -1);
	cr_expect_eq(why.status, EX_SOFTWARE);
	cr_expect_str_eq(why.text,
	    "the books do not balance: 10 planned is "
	    "not 7 ended + 2 not started");
}

Test(result, more_started_than_planned_unbalances_the_books)
{
	result.planned = 1;
	result.tally.started = result.tally.ended[OUTCOME_OK] = 2;
	cr_assert_eq(result_balance(&result, &why), -1);
	cr_expect_str_eq(why.text,
	    "the books do not balance: 1 connections "
	    "were planned and 2 started");
}

Test(result, more_latencies_than_connections_unbalance_the_books)
{
	result.planned = result.tally.started = 1;
	result.tally.ended[OUTCOME_REFUSED] = 1;
	latency_record(
	    &result.tally.latency[OUTCOME_REFUSED][PHASE_CONNECT], 1);
	cr_expect_eq(result_balance(&result, &why), 0);
	latency_record(
	    &result.tally.latency[OUTCOME_REFUSED][PHASE_CONNECT], 2);
	cr_assert_eq(result_balance(&result, &why), -1);
	cr_expect_str_eq(why.text,
	    "the books do not balance: 1 connections ended refused, but 2 "
	    "latencies (connect) were counted");
}

Test(result, tallies_add_up_in_every_field)
{
	unsigned end, phase;

	tally.started = 1;
	for (end = 0; end < OUTCOMES; end++) {
		tally.ended[end] = end + 1;
		for (phase = 0; phase < PHASES; phase++)
			latency_record(&tally.latency[end][phase], 7);
	}
	latency_record(&tally.lag, 9);
	tally.bytes = 2;
	tally.retried_syns = 3;
	tally.connections_retried = 4;
	tally.cpu_ns = 5;
	tally.peak_memory = 6;
	tally_add(&result.tally, &tally);
	cr_expect_eq(memcmp(&result.tally, &tally, sizeof(tally)), 0);
	tally_add(&result.tally, &tally);
	cr_expect_eq(result.tally.started, 2);
	cr_expect_eq(tally_ended(&result.tally), OUTCOMES * (OUTCOMES + 1));
	for (end = 0; end < OUTCOMES; end++)
		for (phase = 0; phase < PHASES; phase++)
			cr_expect_eq(
			    result.tally.latency[end][phase].buckets[7], 2);
	cr_expect_eq(result.tally.lag.count, 2);
	cr_expect_eq(result.tally.bytes, 4);
	cr_expect_eq(result.tally.retried_syns, 6);
	cr_expect_eq(result.tally.connections_retried, 8);
	cr_expect_eq(result.tally.cpu_ns, 10);
	cr_expect_eq(result.tally.peak_memory, 6, "the largest, not the sum");
}

Test(result, rate_is_ended_connections_a_second)
{
	result.tally.ended[OUTCOME_OK] = 300;
	result.tally.ended[OUTCOME_REFUSED] = 100;
	result.start = 5 * NS_PER_S;
	result.end = 7 * NS_PER_S;
	cr_expect_eq(result_rate(&result), 200);
}

Test(result, a_run_without_length_has_no_rate)
{
	result.tally.ended[OUTCOME_OK] = 300;
	cr_expect_eq(result_rate(&result), 0);
}

Test(result, every_run_has_an_id_of_its_own)
{
	static struct result other;

	result_identify(&result);
	result_identify(&other);
	cr_expect_eq(strlen(result.id), 32);
	cr_expect_str_neq(result.id, other.id);
	cr_expect_str_not_empty(result.host);
	cr_expect_eq(result.merged, 1);
}

Test(result, reasons_beyond_the_last_place_are_counted)
{
	unsigned i;

	for (i = 0; i < RESULT_REASONS; i++)
		result_explain(&result, "reason %u", i);
	cr_expect_str_eq(result.reasons[RESULT_REASONS - 1], "reason 15");
	result_explain(&result, "one too many");
	result_explain(&result, "and another");
	cr_expect_eq(result.reason_count, RESULT_REASONS);
	cr_expect_str_eq(
	    result.reasons[RESULT_REASONS - 1], "and 3 more reasons");
	cr_expect_str_eq(result.reasons[0], "reason 0");
}
