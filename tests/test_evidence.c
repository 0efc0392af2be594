#include "hail/evidence.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "duration.h"

static struct result result;
static struct evidence evidence;

/* A run of 64 at once against a server of this machine, backlog 5. */
static void
storm(void)
{
	strlcpy(evidence.target, "127.0.0.1:9999", sizeof(evidence.target));
	evidence.local = true;
	result.counters_known = result.queue_known = true;
	result.queue_backlog = 5;
	result.jobs = 1;
	result.end = 100 * NS_PER_MS;
	result.tally.started = result.planned = 64;
	result.tally.ended[OUTCOME_OK] = 64;
}

/* So many of them ended otherwise. */
static void
ended(enum outcome outcome, uint64_t count)
{
	result.tally.ended[OUTCOME_OK] -= count;
	result.tally.ended[outcome] += count;
}

static void
overflow(int64_t times, int64_t cookies)
{
	evidence.drops = (uint64_t)times;
	result.counters[COUNTER_LISTEN_OVERFLOWS] = times;
	result.counters[COUNTER_REQQ_FULL_DO_COOKIES] = cookies;
}

/* The only sentence there is. */
static void
expect_sentence(const char *sentence)
{
	evidence_explain(&evidence, &result);
	cr_assert_eq(
	    result.reason_count, 1, "%u sentences", result.reason_count);
	cr_expect_str_eq(result.reasons[0], sentence);
}

TestSuite(evidence, .init = storm);

Test(evidence, a_run_without_trouble_needs_no_words)
{
	evidence_explain(&evidence, &result);
	cr_expect_eq(result.reason_count, 0);
}

Test(evidence, the_stranded_are_blamed_on_the_overflow_and_the_cookies)
{
	ended(OUTCOME_STRANDED, 51);
	overflow(156, 52);
	expect_sentence(
	    "51 connections were stranded: the accept queue of "
	    "127.0.0.1:9999 (backlog 5) overflowed 156 times and the kernel "
	    "fell back to SYN cookies; raise the backlog, accept faster, or "
	    "spread the burst");
}

Test(evidence, one_is_not_many)
{
	ended(OUTCOME_STRANDED, 1);
	overflow(1, 0);
	expect_sentence("1 connection was stranded: the accept queue of "
			"127.0.0.1:9999 (backlog 5) overflowed 1 time; raise "
			"the backlog, accept faster, or spread the burst");
}

Test(evidence, without_overflow_it_is_the_server_that_is_silent)
{
	ended(OUTCOME_STRANDED, 2);
	expect_sentence("2 connections were stranded: the accept queue of "
			"127.0.0.1:9999 did not overflow, so the server has "
			"them or could take them, and says nothing");
}

Test(evidence, what_others_overflowed_is_not_ours)
{
	overflow(156, 52);
	evidence.drops = 0;
	evidence_explain(&evidence, &result);
	cr_expect_eq(result.reason_count, 0, "%s", result.reasons[0]);
}

Test(evidence, of_a_server_elsewhere_only_that_it_was_silent_is_known)
{
	evidence.local = false;
	ended(OUTCOME_STRANDED, 3);
	overflow(156, 52);
	expect_sentence("3 connections were stranded: 127.0.0.1:9999 sent "
			"nothing in time; whether its accept queue overflowed "
			"is known on its side only (nstat -az "
			"TcpExtListenOverflows)");
}

Test(evidence, a_dropped_syn_costs_a_second)
{
	evidence.delayed = evidence.delayed_syns = 12;
	expect_sentence("12 connections took 1.0 s longer: their first SYN "
			"was dropped");
}

Test(evidence, a_syn_dropped_again_costs_more)
{
	evidence.delayed = 1;
	evidence.delayed_syns = 2;
	overflow(2, 0);
	expect_sentence("1 connection took 1.0 s or more longer: its first "
			"SYN was dropped, for the accept queue of "
			"127.0.0.1:9999 (backlog 5) overflowed 2 times");
}

Test(evidence, an_overflow_that_nobody_felt_is_told_too)
{
	overflow(3, 0);
	expect_sentence("the accept queue of 127.0.0.1:9999 (backlog 5) "
			"overflowed 3 times");
}

Test(evidence, sockets_closed_with_unread_input_reset)
{
	ended(OUTCOME_RESET_WITHIN, 4);
	result.counters[COUNTER_ABORT_ON_CLOSE] = 4;
	expect_sentence("4 sockets of this machine were closed with input "
			"unread, which resets the connection: a server should "
			"read to the end first");
}

Test(evidence, nobody_there_is_said_so)
{
	ended(OUTCOME_REFUSED, 64);
	expect_sentence("nobody listens on 127.0.0.1:9999");
}

Test(evidence, a_server_that_went_away_is_said_so)
{
	ended(OUTCOME_REFUSED, 4);
	expect_sentence(
	    "nobody listened on 127.0.0.1:9999 for a part of the run");
}

Test(evidence, the_first_difference_is_shown_harmlessly)
{
	ended(OUTCOME_MISMATCH, 1);
	evidence.differs = true;
	evidence.difference = (struct difference){9, 033, 'x'};
	expect_sentence("the first greeting that was wrong differed at byte "
			"10: '\\^[', not 'x'");
}

Test(evidence, what_goes_on_is_shown_with_its_first_byte)
{
	ended(OUTCOME_EXTRA, 1);
	evidence.differs = true;
	evidence.difference = (struct difference){26, '!', -1};
	expect_sentence("the first greeting that was wrong went on after byte "
			"26 with '!'");
}

Test(evidence, what_this_machine_lacked_is_named)
{
	ended(OUTCOME_NO_DESCRIPTOR, 1);
	evidence.descriptors = 64;
	expect_sentence("a job has 64 descriptors at most");
}

Test(evidence, the_last_local_error_is_named)
{
	ended(OUTCOME_LOCAL_ERROR, 1);
	evidence.local_error = EPERM;
	expect_sentence(
	    "the last other local error was: Operation not permitted");
}

Test(evidence, a_worker_that_died_is_buried_with_words)
{
	ended(OUTCOME_ABORTED, 3);
	result.jobs = 2;
	evidence.workers_dead = 1;
	strlcpy(evidence.obituary, "killed by signal 9 (Killed)",
	    sizeof(evidence.obituary));
	expect_sentence("1 of 2 jobs died (killed by signal 9 (Killed)): the "
			"connections that they held are counted as aborted");
}

Test(evidence, a_busy_client_takes_the_blame_for_what_was_only_late)
{
	ended(OUTCOME_TOTAL_TIMEOUT, 1);
	result.end = NS_PER_S;
	result.tally.cpu_ns = 990 * NS_PER_MS;
	result.verdict = VERDICT_FAIL;
	expect_sentence("hail itself was busy 99 % of the time: the rate and "
			"the latencies may be its own limit, not the server's");
	cr_expect_eq(result.verdict, VERDICT_INVALID);
}

Test(evidence, a_wrong_byte_is_wrong_however_busy_the_client)
{
	ended(OUTCOME_MISMATCH, 1);
	result.end = NS_PER_S;
	result.tally.cpu_ns = 990 * NS_PER_MS;
	result.verdict = VERDICT_FAIL;
	evidence_explain(&evidence, &result);
	cr_expect_eq(result.verdict, VERDICT_FAIL);
}

Test(evidence, an_idle_client_is_no_excuse)
{
	ended(OUTCOME_TOTAL_TIMEOUT, 1);
	result.end = NS_PER_S;
	result.tally.cpu_ns = 900 * NS_PER_MS;
	result.verdict = VERDICT_FAIL;
	evidence_explain(&evidence, &result);
	cr_expect_eq(result.verdict, VERDICT_FAIL);
	cr_expect_eq(result.reason_count, 0);
}
