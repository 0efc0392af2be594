#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "load.h"
#include "machine.h"
#include "peer.h"

/* Whoever reads the log, or does not, delays no greeting. */

/* Lines that are there, and lines that are said to be missing. */
static void
count_lines(const char *text, uint64_t *there, uint64_t *missing)
{
	const char *line = text, *said;
	unsigned long dropped;
	char rest[64];

	*there = *missing = 0;
	while ((said = strchr(line, '\n')) != NULL) {
		if (strncmp(line, "haild: Got a connection from ", 29) == 0)
			++*there;
		else if (sscanf(line, "haild: %lu log lines %63[a-z ]",
			     &dropped, rest) == 2 &&
		    strcmp(rest, "were dropped") == 0)
			*missing += dropped;
		line = said + 1;
	}
}

Test(scenario_log, a_stalled_reader_delays_nobody_and_the_rest_is_counted)
{
	const uint64_t total = 4000;
	uint64_t there, missing;
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	daemon_start(&daemon, NULL);
	process_stall(&daemon.process, PROCESS_ERR, true);
	load_start(&load, daemon.port, 50, total);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, total);
	daemon_await_booked(&daemon, total);
	cr_assert_lt(daemon.process.output[PROCESS_ERR].length, 4096);
	process_stall(&daemon.process, PROCESS_ERR, false);
	daemon_visit(&daemon);
	daemon_stop(&daemon);
	count_lines(daemon.process.output[PROCESS_ERR].text, &there, &missing);
	cr_assert_gt(there, 100);
	cr_assert_gt(missing, 100);
	cr_assert_eq(there + missing, total + 1, "%lu + %lu", there, missing);
	process_free(&daemon.process);
}

Test(scenario_log, a_reader_that_went_away_is_not_missed)
{
	struct daemon daemon;
	int i;

	daemon_start(&daemon, NULL);
	close(daemon.process.output[PROCESS_ERR].pipe);
	daemon.process.output[PROCESS_ERR].pipe = -1;
	for (i = 0; i < 50; i++)
		daemon_visit(&daemon);
	daemon_await_booked(&daemon, 50);
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 50);
	process_free(&daemon.process);
}

Test(scenario_log, a_full_disk_is_not_minded)
{
	struct daemon daemon;
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC), i;

	cr_assert_neq(full, -1, "/dev/full: %m");
	daemon_start(
	    &daemon, &(struct daemon_options){.process = {.error = full}});
	for (i = 0; i < 50; i++)
		daemon_visit(&daemon);
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 50);
	process_free(&daemon.process);
}

/* The name of an open descriptor of a process: "/dev/null". */
static void
read_name(pid_t pid, int descriptor, char name[64])
{
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, descriptor);
	length = readlink(path, name, 63);
	cr_assert_gt(length, 0, "%s: %m", path);
	name[length] = '\0';
}

static void
assert_no_sockets_below_3(pid_t pid)
{
	char name[64];
	int i;

	for (i = 0; i < 3; i++) {
		read_name(pid, i, name);
		cr_assert_neq(
		    strncmp(name, "socket:", 7), 0, "%d is %s", i, name);
	}
}

Test(scenario_log, without_stdin_and_stderr_it_serves_all_the_same)
{
	struct daemon daemon;
	pid_t child;
	int conn;

	daemon_start(&daemon,
	    &(struct daemon_options){.words = ARGV("-l", "10m"),
		.process = {.closed = {[0] = true, [2] = true}}});
	conn = peer_connect(daemon.port);
	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	daemon_await_children(&daemon, 1, &child);
	assert_no_sockets_below_3(daemon.process.pid);
	assert_no_sockets_below_3(daemon_acceptor(&daemon));
	assert_no_sockets_below_3(child);
	close(conn);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_log, without_any_of_the_three_it_serves_all_the_same)
{
	struct daemon daemon;

	/* Nobody tells which port is free, so take one that is known to be. */
	machine_own_network_or_skip();
	daemon_start(&daemon,
	    &(struct daemon_options){
		.port = "9999", .process = {.closed = {true, true, true}}});
	daemon.port = 9999;
	peer_await_listener(daemon.port);
	daemon_visit(&daemon);
	assert_no_sockets_below_3(daemon.process.pid);
	assert_no_sockets_below_3(daemon_acceptor(&daemon));
	process_signal(&daemon.process, SIGTERM);
	cr_assert_eq(process_wait(&daemon.process), 0);
	process_assert_group_gone(&daemon.process);
	process_free(&daemon.process);
}

Test(scenario_log, a_log_shared_with_others_is_not_made_non_blocking)
{
	struct daemon daemon;
	int ends[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	daemon_start(
	    &daemon, &(struct daemon_options){.process = {.error = ends[1]}});
	daemon_visit(&daemon);
	cr_assert_eq(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}
