#include <sys/socket.h>

#include <criterion/criterion.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "deadline.h"
#include "duration.h"
#include "guard.h"
#include "hail/json.h"
#include "machine.h"
#include "procfs.h"
#include "raid.h"
#include "rogue.h"

/* Storms as a whole: loops, ends, reports, files. */

static struct raid raid;
static struct rogue rogue;

static const char *
printed(void)
{
	return raid.process.output[PROCESS_OUT].text;
}

/* Wait until the rogue has taken so many. */
static void
await_accepted(uint64_t count)
{
	int64_t deadline = deadline_from_now();

	while (rogue_accepted(&rogue) < count)
		cr_assert_lt(monotonic_now(), deadline);
}

Test(scenario_storm, every_connection_is_made_once)
{
	rogue_start(&rogue, ROGUE_GREETS, 1024);
	cr_expect_eq(raid_run(&raid, rogue.port,
			 ARGV("-n", "2001", "-c", "64", "-j", "3")),
	    0);
	raid_expect(&raid, OUTCOME_OK, 2001, 2001);
	cr_expect_eq(
	    raid.result.tally.bytes, 2001 * (sizeof(ROGUE_GREETING) - 1));
	cr_expect_eq(raid.result.jobs, 3);
	cr_expect_eq(raid.result.concurrency, 64);
	cr_expect_eq(rogue_stop(&rogue), 2001);
}

Test(scenario_storm, no_more_than_asked_are_at_once)
{
	rogue_start(&rogue, ROGUE_SILENT, 64);
	raid_start(&raid, "result.json", NULL, rogue.port,
	    ARGV("-n", "30", "-c", "5", "-j", "2", "-t", "300ms"), NULL);
	raid_finish(&raid);
	raid_expect(&raid, OUTCOME_STRANDED, 30, 30);
	/* Six waves of five, each as long as the deadline. */
	cr_expect_geq(raid.result.end - raid.result.start, 6 * 300 * NS_PER_MS);
	process_free(&raid.process);
	rogue_stop(&rogue);
}

Test(scenario_storm, time_ends_it_and_what_is_under_way_is_finished)
{
	rogue_start(&rogue, ROGUE_GREETS, 1024);
	cr_expect_eq(
	    raid_run(&raid, rogue.port, ARGV("-d", "200ms", "-c", "8")), 0);
	raid_expect(
	    &raid, OUTCOME_OK, raid.result.planned, raid.result.planned);
	cr_expect_gt(raid.result.planned, 8);
	cr_expect_eq(rogue_stop(&rogue), raid.result.planned);
}

Test(scenario_storm, an_open_loop_starts_evenly)
{
	const struct latency *lag = &raid.result.tally.lag;

	rogue_start(&rogue, ROGUE_GREETS, 1024);
	cr_expect_eq(raid_run(&raid, rogue.port,
			 ARGV("-n", "50", "-r", "200", "-j", "2")),
	    0);
	raid_expect(&raid, OUTCOME_OK, 50, 50);
	cr_expect_eq(lag->count, 50);
	cr_expect_geq(raid.result.end - raid.result.start, 49 * NS_PER_S / 200,
	    "some started before their time");
	rogue_stop(&rogue);
}

Test(scenario_storm, latency_counts_from_the_intended_start)
{
	const struct latency *whole =
	    &raid.result.tally.latency[OUTCOME_STRANDED][PHASE_WHOLE];

	/* One at a time, 300 ms each, where one every 10 ms is wanted. */
	rogue_start(&rogue, ROGUE_SILENT, 64);
	cr_expect_eq(
	    raid_run(&raid, rogue.port,
		ARGV("-n", "4", "-r", "100", "-c", "1", "-t", "300ms")),
	    EX_TEMPFAIL);
	raid_expect(&raid, OUTCOME_STRANDED, 4, 4);
	cr_expect_geq(whole->max, (4 * 300 - 30) * NS_PER_MS);
	cr_expect_geq(raid.result.tally.lag.max, (3 * 300 - 30) * NS_PER_MS);
	rogue_stop(&rogue);
}

Test(scenario_storm, a_job_that_is_killed_is_accounted_for)
{
	pid_t jobs[2];

	rogue_start(&rogue, ROGUE_SILENT, 64);
	raid_start(&raid, "result.json", NULL, rogue.port,
	    ARGV("-n", "20", "-c", "20", "-j", "2", "-t", "4s"), NULL);
	await_accepted(20);
	cr_assert_eq(procfs_children(raid.process.pid, jobs, 2), 2);
	kill(jobs[1], SIGKILL);
	raid_finish(&raid);
	cr_expect_eq(raid.status, EX_TEMPFAIL);
	cr_expect_eq(raid.result.tally.ended[OUTCOME_ABORTED], 10);
	cr_expect_eq(raid.result.tally.ended[OUTCOME_STRANDED], 10);
	cr_expect(raid_says(&raid, "1 of 2 jobs died (killed by signal 9"));
	process_free(&raid.process);
	rogue_stop(&rogue);
}

Test(scenario_storm, terminated_it_reports_what_was_done)
{
	rogue_start(&rogue, ROGUE_SILENT, 64);
	raid_start(&raid, "result.json", NULL, rogue.port,
	    ARGV("-n", "10", "-c", "4", "-t", "60s"), NULL);
	await_accepted(4);
	process_signal(&raid.process, SIGTERM);
	raid_finish(&raid);
	cr_expect_eq(raid.status, 130);
	cr_expect_eq(raid.result.tally.started, 4);
	cr_expect_eq(strncmp(printed(), "INVALID", 7), 0, "%s", printed());
	cr_expect_not_null(strstr(printed(), "interrupted"));
	process_assert_group_gone(&raid.process);
	process_free(&raid.process);
	rogue_stop(&rogue);
}

/* A server that greets who has sent a FIN, and nobody else. */
static unsigned
start_patient_server(pid_t *pid)
{
	struct sockaddr_in own = {.sin_family = AF_INET};
	socklen_t length = sizeof(own);
	int listener = socket(AF_INET, SOCK_STREAM, 0), conn;
	char byte;

	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(bind(listener, (struct sockaddr *)&own, length), 0);
	cr_assert_eq(listen(listener, 64), 0);
	getsockname(listener, (struct sockaddr *)&own, &length);
	if ((*pid = fork()) == 0) {
		setpgid(0, 0);
		while ((conn = accept(listener, NULL, NULL)) != -1) {
			if (read(conn, &byte, 1) == 0)
				send(conn, ROGUE_GREETING,
				    sizeof(ROGUE_GREETING) - 1, MSG_NOSIGNAL);
			close(conn);
		}
		_exit(0);
	}
	setpgid(*pid, *pid);
	guard_add(*pid);
	close(listener);
	return ntohs(own.sin_port);
}

Test(scenario_storm, half_closed_it_says_that_it_will_say_nothing)
{
	pid_t pid;
	unsigned port = start_patient_server(&pid);

	cr_expect_eq(
	    raid_run(&raid, port, ARGV("-n", "9", "-c", "3", "--half-close")),
	    0);
	raid_expect(&raid, OUTCOME_OK, 9, 9);
	cr_expect(raid.result.half_close);
	cr_expect_eq(raid_run(&raid, port, ARGV("-n", "1", "-t", "200ms")), 1);
	raid_expect(&raid, OUTCOME_STRANDED, 1, 1);
	kill(pid, SIGKILL);
}

Test(scenario_storm, a_threshold_that_is_passed_is_a_failure)
{
	rogue_start(&rogue, ROGUE_GREETS, 64);
	cr_expect_eq(raid_run(&raid, rogue.port,
			 ARGV("-n", "9", "--fail-above", "max=1us")),
	    1);
	raid_expect(&raid, OUTCOME_OK, 9, 9);
	cr_expect_eq(raid.result.verdict, VERDICT_FAIL);
	rogue_stop(&rogue);
}

Test(scenario_storm, json_on_stdout_is_json_and_nothing_else)
{
	json_error_t error;
	json_t *root;

	rogue_start(&rogue, ROGUE_GREETS, 64);
	raid_start(&raid, "result.json", NULL, rogue.port,
	    ARGV("-n", "3", "--format", "json"), NULL);
	raid_finish(&raid);
	root = json_loads(printed(), JSON_REJECT_DUPLICATES, &error);
	cr_assert_not_null(root, "%s", error.text);
	cr_expect_str_eq(
	    json_string_value(json_object_get(root, "verdict")), "PASS");
	json_decref(root);
	process_free(&raid.process);
	rogue_stop(&rogue);
}

Test(scenario_storm, a_file_that_cannot_be_written_is_found_out_before)
{
	char port[16];

	rogue_start(&rogue, ROGUE_GREETS, 64);
	snprintf(port, sizeof(port), "%u", rogue.port);
	process_run(&raid.process,
	    ARGV(BUILD "/hail", "-n", "5", "-o", "/nonexistent/result.json",
		"127.0.0.1", port),
	    NULL);
	cr_expect_neq(process_wait(&raid.process), 0);
	cr_expect_not_null(strstr(
	    raid.process.output[PROCESS_ERR].text, "/nonexistent/result.json"));
	cr_expect_eq(rogue_stop(&rogue), 0);
	process_free(&raid.process);
}

Test(scenario_storm, a_full_disk_under_stdout_does_not_cost_the_result)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	rogue_start(&rogue, ROGUE_GREETS, 64);
	raid_start(&raid, "result.json", NULL, rogue.port, ARGV("-n", "5"),
	    &(struct process_options){.output = full});
	raid_finish(&raid);
	cr_expect_eq(raid.status, EX_IOERR);
	raid_expect(&raid, OUTCOME_OK, 5, 5);
	process_free(&raid.process);
	rogue_stop(&rogue);
	close(full);
}

Test(scenario_storm, two_results_add_up)
{
	struct raid first = {.status = 0}, second = {.status = 0};
	struct process merge;
	char sum[SCRATCH_PATH];
	struct result *result = &raid.result;
	struct reason why;

	rogue_start(&rogue, ROGUE_GREETS, 64);
	raid_start(&first, "first", NULL, rogue.port, ARGV("-n", "30"), NULL);
	raid_finish(&first);
	raid_start(&second, "second", NULL, rogue.port, ARGV("-n", "12"), NULL);
	raid_finish(&second);
	cr_expect_eq(process_run(&merge,
			 ARGV(BUILD "/hail", "--merge", first.path, second.path,
			     "-o", scratch_path("sum", sum)),
			 NULL),
	    0);
	cr_assert_eq(json_load(result, sum, &why), 0, "%s", why.text);
	cr_expect_eq(result->planned, 42);
	cr_expect_eq(result->tally.ended[OUTCOME_OK], 42);
	process_free(&merge);
	cr_expect_neq(
	    process_run(&merge,
		ARGV(BUILD "/hail", "--merge", first.path, first.path), NULL),
	    0, "the same run twice was taken");
	process_free(&merge);
	process_free(&first.process);
	process_free(&second.process);
	rogue_stop(&rogue);
}

Test(scenario_storm, closed_descriptors_stay_free_of_sockets)
{
	rogue_start(&rogue, ROGUE_GREETS, 64);
	raid_start(&raid, "result.json", NULL, rogue.port, ARGV("-n", "5"),
	    &(struct process_options){.closed = {true, true, true}});
	raid_finish(&raid);
	cr_expect_eq(raid.status, EX_IOERR, "stdout was closed");
	raid_expect(&raid, OUTCOME_OK, 5, 5);
	process_free(&raid.process);
	rogue_stop(&rogue);
}

Test(scenario_storm, its_own_resets_are_not_in_the_counters)
{
	machine_own_network_or_skip();
	rogue_start(&rogue, ROGUE_SILENT, 64);
	raid_run(&raid, rogue.port, ARGV("-n", "8", "-c", "8", "-t", "200ms"));
	raid_expect(&raid, OUTCOME_STRANDED, 8, 8);
	cr_expect(raid.result.counters_known);
	cr_expect_eq(raid.result.counters[COUNTER_ABORT_ON_CLOSE], 0);
	cr_expect_eq(raid.result.counters[COUNTER_ABORT_ON_DATA], 0);
	cr_expect(raid.result.queue_known);
	cr_expect_eq(raid.result.queue_listeners, 1);
	rogue_stop(&rogue);
}

/* A listener on a free port of 127.0.0.1 that takes no SYN for now. */
static int
listen_behind_a_shut_door(unsigned *port)
{
	struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
	const struct sock_fprog filter = {.len = 1, .filter = nothing};
	struct sockaddr_in own = {.sin_family = AF_INET};
	socklen_t length = sizeof(own);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(bind(listener, (struct sockaddr *)&own, length), 0);
	cr_assert_eq(setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
			 sizeof(filter)),
	    0);
	cr_assert_eq(listen(listener, 64), 0);
	getsockname(listener, (struct sockaddr *)&own, &length);
	*port = ntohs(own.sin_port);
	return listener;
}

Test(scenario_storm, a_dropped_syn_is_told_by_its_second)
{
	const struct latency *connect =
	    &raid.result.tally.latency[OUTCOME_OK][PHASE_CONNECT];
	int64_t deadline = deadline_from_now();
	int listener, conn, i, nothing = 0;
	unsigned port;

	machine_own_network_or_skip();
	listener = listen_behind_a_shut_door(&port);
	raid_start(&raid, "result.json", NULL, port,
	    ARGV("-n", "3", "-c", "3", "-t", "60s"), NULL);
	while (procfs_counter("Tcp", "ActiveOpens") < 3)
		cr_assert_lt(monotonic_now(), deadline);
	setsockopt(
	    listener, SOL_SOCKET, SO_DETACH_FILTER, &nothing, sizeof(nothing));
	for (i = 0; i < 3; i++) {
		conn = accept(listener, NULL, NULL);
		send(conn, ROGUE_GREETING, sizeof(ROGUE_GREETING) - 1,
		    MSG_NOSIGNAL);
		close(conn);
	}
	raid_finish(&raid);
	cr_expect_eq(raid.status, 0);
	raid_expect(&raid, OUTCOME_OK, 3, 3);
	cr_expect_geq(connect->min, 900 * NS_PER_MS);
	cr_expect_eq(raid.result.tally.connections_retried, 3);
	cr_expect_geq(raid.result.tally.retried_syns, 3);
	cr_expect(raid_says(&raid, "3 connections took 1.0 s"));
	process_free(&raid.process);
	close(listener);
}
