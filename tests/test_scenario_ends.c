#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "deadline.h"
#include "duration.h"
#include "machine.h"
#include "raid.h"
#include "rogue.h"

/* Every end that a connection can have, for real, and named right. */

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Soon enough for what never comes, and late enough for what comes. */
#define SHORTLY "400ms"
#define AMPLE	"60s"

static struct raid raid;
static struct rogue rogue;

struct end_row {
	enum rogue_manner manner;
	enum outcome outcome;
	char timeout[8];
};

ParameterizedTestParameters(scenario_ends, a_rogue_is_named_for_what_it_does)
{
	static struct end_row rows[] = {
	    {ROGUE_GREETS, OUTCOME_OK, AMPLE},
	    {ROGUE_FORKS, OUTCOME_OK, AMPLE},
	    {ROGUE_WRONG_BYTE, OUTCOME_MISMATCH, AMPLE},
	    {ROGUE_SHORT, OUTCOME_SHORT, AMPLE},
	    {ROGUE_EXTRA, OUTCOME_EXTRA, AMPLE},
	    {ROGUE_ENDLESS, OUTCOME_EXTRA, AMPLE},
	    {ROGUE_EMPTY, OUTCOME_EMPTY, AMPLE},
	    {ROGUE_REFUSES, OUTCOME_REFUSED, AMPLE},
	    {ROGUE_RESET_BEFORE, OUTCOME_RESET_BEFORE, AMPLE},
	    {ROGUE_RESET_WITHIN, OUTCOME_RESET_WITHIN, AMPLE},
	    {ROGUE_NO_SYN, OUTCOME_CONNECT_TIMEOUT, SHORTLY},
	    {ROGUE_SILENT, OUTCOME_STRANDED, SHORTLY},
	    {ROGUE_DEAF, OUTCOME_STRANDED, SHORTLY},
	    {ROGUE_HALF, OUTCOME_TOTAL_TIMEOUT, SHORTLY},
	};

	return cr_make_param_array(struct end_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct end_row *row, scenario_ends, a_rogue_is_named_for_what_it_does)
{
	bool ok = row->outcome == OUTCOME_OK;

	rogue_start(&rogue, row->manner, 64);
	cr_expect_eq(raid_run(&raid, rogue.port,
			 ARGV("-n", "7", "-c", "3", "-t", row->timeout)),
	    ok ? 0 : 1);
	raid_expect(&raid, row->outcome, 7, 7);
	cr_expect_eq(raid.result.verdict, ok ? VERDICT_PASS : VERDICT_FAIL);
	cr_expect_eq(raid.result.tally.latency[row->outcome][PHASE_WHOLE].count,
	    7, "latency is kept with its end");
	rogue_stop(&rogue);
}

Test(scenario_ends, an_endless_greeting_ends_at_the_deadline)
{
	rogue_start(&rogue, ROGUE_ENDLESS, 64);
	cr_expect_eq(raid_run(&raid, rogue.port,
			 ARGV("-n", "1", "-t", SHORTLY, "--expect-any")),
	    1);
	raid_expect(&raid, OUTCOME_TOTAL_TIMEOUT, 1, 1);
	rogue_stop(&rogue);
}

Test(scenario_ends, the_first_byte_has_a_deadline_of_its_own)
{
	rogue_start(&rogue, ROGUE_SILENT, 64);
	cr_expect_eq(
	    raid_run(&raid, rogue.port,
		ARGV("-n", "2", "-t", AMPLE, "--first-byte-timeout", "50ms")),
	    1);
	raid_expect(&raid, OUTCOME_STRANDED, 2, 2);
	cr_expect_geq(
	    raid.result.tally.latency[OUTCOME_STRANDED][PHASE_WHOLE].min,
	    50 * NS_PER_MS);
	rogue_stop(&rogue);
}

Test(scenario_ends, the_handshake_has_a_deadline_of_its_own)
{
	rogue_start(&rogue, ROGUE_NO_SYN, 64);
	cr_expect_eq(
	    raid_run(&raid, rogue.port,
		ARGV("-n", "2", "-t", AMPLE, "--connect-timeout", "50ms")),
	    1);
	raid_expect(&raid, OUTCOME_CONNECT_TIMEOUT, 2, 2);
	rogue_stop(&rogue);
}

Test(scenario_ends, the_textbook_server_strands_who_it_never_accepted)
{
	/* Counters and queues of nobody else. */
	machine_own_network_or_skip();
	rogue_start(&rogue, ROGUE_FORKS, 5);
	cr_expect_eq(raid_run(&raid, rogue.port,
			 ARGV("-n", "64", "-c", "64", "-j", "1", "-t", "4s")),
	    1);
	cr_assert_gt(raid.result.tally.ended[OUTCOME_STRANDED], 0);
	raid_expect(&raid, OUTCOME_STRANDED, 64 - rogue_accepted(&rogue), 64);
	cr_expect(raid_says(&raid,
		      "connections were stranded: the accept "
		      "queue of 127.0.0.1:"),
	    "%s", raid.result.reasons[1]);
	cr_expect(raid_says(&raid, "(backlog 5) overflowed "));
	cr_expect(raid_says(&raid, "fell back to SYN cookies"));
	cr_expect_gt(raid.result.counters[COUNTER_LISTEN_OVERFLOWS], 0);
	cr_expect_eq(raid.result.queue_backlog, 5);
	rogue_stop(&rogue);
}

Test(scenario_ends, haild_strands_nobody)
{
	struct daemon daemon;

	daemon_start(&daemon, NULL);
	cr_expect_eq(raid_run(&raid, daemon.port,
			 ARGV("-n", "64", "-c", "64", "-j", "1")),
	    0);
	raid_expect(&raid, OUTCOME_OK, 64, 64);
	daemon_stop(&daemon);
	cr_expect_eq(books_count(&daemon.books, "greeted"), 64);
	process_free(&daemon.process);
}

/* Run a program that makes the network what the test needs. */
static void
network(char *const argv[])
{
	struct process ip;

	cr_assert_eq(process_run(&ip, argv, NULL), 0);
	process_free(&ip);
}

Test(scenario_ends, where_no_route_leads_it_is_unreachable)
{
	machine_own_network_or_skip();
	raid_start(
	    &raid, "result.json", "192.0.2.1", 9999, ARGV("-n", "3"), NULL);
	raid_finish(&raid);
	cr_expect_eq(raid.status, 1);
	raid_expect(&raid, OUTCOME_UNREACHABLE, 3, 3);
	process_free(&raid.process);
}

Test(scenario_ends, what_this_machine_forbids_is_another_local_error)
{
	machine_own_network_or_skip();
	network(ARGV("ip", "route", "add", "prohibit", "192.0.2.0/24"));
	raid_start(
	    &raid, "result.json", "192.0.2.1", 9999, ARGV("-n", "3"), NULL);
	raid_finish(&raid);
	cr_expect_eq(raid.status, EX_TEMPFAIL);
	raid_expect(&raid, OUTCOME_LOCAL_ERROR, 3, 3);
	cr_expect(raid_says(&raid, "Permission denied"));
	process_free(&raid.process);
}

/* A silent rogue, on a machine that has ten local ports for each address. */
static void
start_where_ports_are_few(void)
{
	static const char range[] = "40000 40009";
	int file;

	machine_own_network_or_skip();
	/* First the rogue: its own port is not to be one of them. */
	rogue_start(&rogue, ROGUE_SILENT, 64);
	file = open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY);
	if (file == -1)
		cr_skip_test("the range of local ports is not ours to set");
	cr_assert_gt(write(file, range, sizeof(range) - 1), 0, "%m");
	close(file);
}

Test(scenario_ends, without_local_ports_the_run_is_invalid)
{
	start_where_ports_are_few();
	cr_expect_eq(raid_run(&raid, rogue.port,
			 ARGV("-n", "20", "-c", "20", "-j", "1", "-t", "2s")),
	    EX_TEMPFAIL);
	cr_expect_eq(raid.result.verdict, VERDICT_INVALID);
	cr_expect_eq(raid.result.tally.ended[OUTCOME_STRANDED], 10);
	cr_expect_eq(raid.result.tally.ended[OUTCOME_NO_PORT], 10);
	rogue_stop(&rogue);
}

Test(scenario_ends, another_source_has_ports_of_its_own)
{
	start_where_ports_are_few();
	cr_expect_eq(raid_run(&raid, rogue.port,
			 ARGV("-n", "20", "-c", "20", "-j", "1", "-t", SHORTLY,
			     "--source", "127.0.0.1,127.0.0.2")),
	    1);
	raid_expect(&raid, OUTCOME_STRANDED, 20, 20);
	rogue_stop(&rogue);
}

Test(scenario_ends, without_descriptors_the_run_is_invalid)
{
	const struct process_limit few = {RLIMIT_NOFILE, 64};
	uint64_t stranded, missing;

	rogue_start(&rogue, ROGUE_SILENT, 128);
	raid_start(&raid, "result.json", NULL, rogue.port,
	    ARGV("-n", "100", "-c", "100", "-j", "1", "-t", "2s"),
	    &(struct process_options){.limits = &few, .limit_count = 1});
	raid_finish(&raid);
	cr_expect_eq(raid.status, EX_TEMPFAIL);
	stranded = raid.result.tally.ended[OUTCOME_STRANDED];
	missing = raid.result.tally.ended[OUTCOME_NO_DESCRIPTOR];
	cr_expect_eq(stranded + missing, 100);
	cr_expect_gt(stranded, 40);
	cr_expect_gt(missing, 36);
	cr_expect(raid_says(&raid, "a job has 64 descriptors at most"));
	process_free(&raid.process);
	rogue_stop(&rogue);
}

/* Wait until the rogue has taken so many. */
static void
await_accepted(uint64_t count)
{
	int64_t deadline = deadline_from_now();

	while (rogue_accepted(&rogue) < count)
		cr_assert_lt(monotonic_now(), deadline);
}

Test(scenario_ends, what_is_under_way_when_the_run_ends_is_aborted)
{
	rogue_start(&rogue, ROGUE_SILENT, 64);
	raid_start(&raid, "result.json", NULL, rogue.port,
	    ARGV("-n", "100", "-c", "8", "-t", AMPLE), NULL);
	await_accepted(8);
	process_signal(&raid.process, SIGINT);
	raid_finish(&raid);
	cr_expect_eq(raid.status, 130);
	cr_expect(raid.result.interrupted);
	cr_expect_eq(raid.result.planned, 100);
	cr_expect_eq(raid.result.tally.started, 8);
	cr_expect_eq(raid.result.tally.ended[OUTCOME_ABORTED], 8);
	process_free(&raid.process);
	rogue_stop(&rogue);
}
