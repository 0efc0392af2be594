#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "deadline.h"
#include "duration.h"
#include "load.h"
#include "machine.h"
#include "peer.h"
#include "procfs.h"

/* Whoever reads the log, or does not, delays no greeting. */

/* What the log says of connections that came, and of how they ended. */
struct said {
	uint64_t came, ended; /* a line each */
	uint64_t missing;     /* said to be dropped */
	uint64_t more;	      /* said to be more than can be told */
};

static void
count_line(struct said *said, const char *line)
{
	unsigned long number;
	char rest[64];

	if (strncmp(line, "haild: Got a connection from ", 29) == 0)
		said->came++;
	else if (sscanf(line, "haild: 127.0.0.1:%lu: %63[a-z]", &number,
		     rest) == 2)
		said->ended++;
	else if (sscanf(line, "haild: %lu log lines %63[a-z ]", &number,
		     rest) == 2 &&
	    strcmp(rest, "were dropped") == 0)
		said->missing += number;
	else if (sscanf(line, "haild: %*[^:0-9]: and %lu %63[a-z]", &number,
		     rest) == 2 &&
	    strcmp(rest, "more") == 0)
		said->more += number;
}

static struct said
count_lines(const char *text)
{
	struct said said = {0};
	const char *line;

	for (line = text; *line != '\0'; line = strchr(line, '\n') + 1)
		count_line(&said, line);
	return said;
}

Test(scenario_log, a_stalled_reader_delays_nobody_and_the_rest_is_counted)
{
	const uint64_t total = 2000;
	struct load_counts counts;
	struct daemon daemon;
	struct load load;
	struct said said;

	daemon_start(&daemon, &(struct daemon_options){.words = ARGV("-v")});
	process_stall(&daemon.process, PROCESS_ERR, true);
	load_start(&load, daemon.port, 50, total);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, total);
	daemon_await_booked(&daemon, total);
	cr_assert_lt(daemon.process.output[PROCESS_ERR].length, 4096);
	process_stall(&daemon.process, PROCESS_ERR, false);
	daemon_visit(&daemon);
	daemon_stop(&daemon);
	said = count_lines(daemon.process.output[PROCESS_ERR].text);
	cr_expect_gt(said.came, 100);
	cr_expect_gt(said.ended, 100);
	cr_expect_gt(said.missing, 0);
	cr_expect_eq(said.came + said.ended + said.missing + said.more,
	    2 * (total + 1), "%lu + %lu + %lu + %lu", said.came, said.ended,
	    said.missing, said.more);
	process_free(&daemon.process);
}

Test(scenario_log, of_many_connections_a_thousand_a_second_are_told)
{
	const uint64_t total = 3000;
	struct load_counts counts;
	struct daemon daemon;
	int64_t started;
	struct load load;
	struct said said;
	uint64_t seconds;

	daemon_start(&daemon, NULL);
	started = monotonic_now();
	load_start(&load, daemon.port, 50, total);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, total);
	seconds = (uint64_t)((monotonic_now() - started) / NS_PER_S) + 1;
	/* Nothing else happens, and yet it says how many more there were. */
	if (total > 1000 * seconds)
		process_await_line(&daemon.process, PROCESS_ERR,
		    "haild: Got a connection: and ", NULL);
	daemon_stop(&daemon);
	said = count_lines(daemon.process.output[PROCESS_ERR].text);
	cr_expect_leq(said.came, 1000 * seconds);
	cr_expect_eq(said.came + said.more + said.missing, total,
	    "%lu + %lu + %lu", said.came, said.more, said.missing);
	process_free(&daemon.process);
}

Test(scenario_log, when_all_is_quiet_it_still_says_how_many_more_there_were)
{
	struct daemon daemon;
	int conn, i;

	daemon_start(&daemon,
	    &(struct daemon_options){.words = ARGV("--deny", "127.0.0.2")});
	/* Some time after its first, so that its title is not what wakes it. */
	for (i = 0; i < 200; i++)
		daemon_visit(&daemon);
	for (i = 0; i < 15; i++) {
		conn = peer_connect_from("127.0.0.2", daemon.port);
		peer_expect(conn, "", 0);
		close(conn);
	}
	process_await_line(
	    &daemon.process, PROCESS_ERR, "haild: refused: and 5 more", NULL);
	daemon_stop(&daemon);
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

/* The name of an open descriptor of a process: "/dev/null"; "": closed. */
static void
read_name(pid_t pid, int descriptor, char name[64])
{
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, descriptor);
	length = readlink(path, name, 63);
	cr_assert(length > 0 || errno == ENOENT, "%s: %m", path);
	name[length > 0 ? length : 0] = '\0';
}

/* A child in its sandbox has none of them at all. */
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

/* Nothing else happens any more once the title tells of the last visit. */
static void
await_rest(const struct daemon *daemon, const char *title_part)
{
	const int64_t until = deadline_from_now();
	char title[256] = "";

	while (strstr(title, title_part) == NULL) {
		cr_assert_lt(monotonic_now(), until, "it stays \"%s\"", title);
		procfs_title(daemon->process.pid, title, sizeof(title));
	}
}

/* More books than a pipe of one page takes. */
Test(scenario_log, books_that_met_a_slow_reader_come_when_he_reads)
{
	struct daemon daemon;
	uint64_t seen;
	int i;

	daemon_start(&daemon, &(struct daemon_options){.words = ARGV("-q")});
	process_stall(&daemon.process, PROCESS_OUT, true);
	for (i = 0; i < 100; i++) {
		process_signal(&daemon.process, SIGUSR1);
		daemon_visit(&daemon);
	}
	await_rest(&daemon, " 100 connections");
	process_stall(&daemon.process, PROCESS_OUT, false);
	for (seen = 0; seen < 90; seen = daemon.books.accepted)
		daemon_next_books(&daemon);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}
