#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "duration.h"
#include "guest.h"
#include "load.h"
#include "peer.h"
#include "scratch.h"

/* Clients who mean no good, and the others meanwhile. */

#define CHILDREN 4

/* A process that sends on a connection, and reads nothing, for ever. */
static pid_t
send_for_ever(int conn)
{
	struct pollfd writable = {.fd = conn, .events = POLLOUT};
	static char bytes[1 << 16];
	const pid_t test = getpid();
	pid_t pid = fork();

	cr_assert_neq(pid, -1, "fork: %m");
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != test)
		_exit(1);
	/* Ends when the connection does, by RST. */
	do
		poll(&writable, 1, -1);
	while (send(conn, bytes, sizeof(bytes), MSG_NOSIGNAL) > 0 ||
	    errno == EAGAIN);
	_exit(0);
}

static void
await_end(pid_t pid)
{
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

static uint64_t
count_of(const struct daemon *daemon, const char *name)
{
	return books_count(&daemon->books, name);
}

Test(scenario_abuse, whoever_never_reads_is_given_up_in_time)
{
	const size_t length = GREETING_MAX;
	char *bytes = calloc(1, length), path[SCRATCH_PATH];
	int conns[CHILDREN], i;
	struct daemon daemon;

	scratch_write("greeting", bytes, length, path);
	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-c", "4", "-t", "1s", "-l", "10m", "-f", path)});
	for (i = 0; i < CHILDREN; i++) {
		conns[i] = peer_connect_slowly(daemon.port);
		peer_await_input(conns[i], 1000);
	}
	/* The next waits, but no longer than they may hold their children. */
	daemon_await_count(&daemon, "timed out", CHILDREN);
	peer_visit(daemon.port, bytes, length);
	for (i = 0; i < CHILDREN; i++)
		close(conns[i]);
	daemon_stop(&daemon);
	cr_expect_eq(count_of(&daemon, "greeted"), 1);
	cr_expect_eq(daemon.books.most_children, CHILDREN);
	process_free(&daemon.process);
	free(bytes);
}

Test(scenario_abuse, whoever_never_closes_is_left_in_time)
{
	int conns[CHILDREN], i;
	struct daemon daemon;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-c", "4", "-t", "10m", "-l", "1s")});
	for (i = 0; i < CHILDREN; i++) {
		conns[i] = peer_connect(daemon.port);
		peer_expect(conns[i], DAEMON_GREETING, DAEMON_LENGTH);
	}
	daemon_visit(&daemon);
	for (i = 0; i < CHILDREN; i++)
		close(conns[i]);
	daemon_stop(&daemon);
	cr_expect_eq(count_of(&daemon, "greeted"), CHILDREN + 1);
	cr_expect_eq(daemon.books.most_children, CHILDREN);
	process_free(&daemon.process);
}

Test(scenario_abuse, whoever_sends_for_ever_is_left_in_time)
{
	int conns[CHILDREN], i;
	pid_t senders[CHILDREN];
	struct daemon daemon;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-c", "4", "-t", "10m", "-l", "1s")});
	for (i = 0; i < CHILDREN; i++) {
		conns[i] = peer_connect(daemon.port);
		senders[i] = send_for_ever(conns[i]);
	}
	daemon_visit(&daemon);
	for (i = 0; i < CHILDREN; i++) {
		await_end(senders[i]);
		close(conns[i]);
	}
	daemon_stop(&daemon);
	cr_expect_eq(count_of(&daemon, "greeted"), CHILDREN + 1);
	process_free(&daemon.process);
}

Test(scenario_abuse, the_refused_who_send_for_ever_hold_up_nobody)
{
	int held, conns[CHILDREN], i;
	pid_t senders[CHILDREN];
	struct daemon daemon;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("--per-source", "1", "--busy-message", "no", "-t",
		    "10m", "-l", "1s")});
	held = peer_connect_from("127.0.0.2", daemon.port);
	senders[0] = send_for_ever(held);
	peer_await_input(held, (int)DAEMON_LENGTH);
	for (i = 1; i < CHILDREN; i++) {
		conns[i] = peer_connect_from("127.0.0.2", daemon.port);
		senders[i] = send_for_ever(conns[i]);
	}
	for (i = 0; i < 50; i++)
		guest_visit_from(&daemon, 1, i);
	for (i = 0; i < CHILDREN; i++)
		await_end(senders[i]);
	for (i = 1; i < CHILDREN; i++)
		close(conns[i]);
	close(held);
	daemon_stop(&daemon);
	cr_expect_eq(count_of(&daemon, "greeted"), 51);
	cr_expect_eq(count_of(&daemon, "refused"), CHILDREN - 1);
	process_free(&daemon.process);
}

/* The lines about the refused, and how many more they say there were. */
static void
count_refused(const char *text, uint64_t *said, uint64_t *more)
{
	const char *line;
	uint64_t number;

	*said = *more = 0;
	for (line = text; *line != '\0'; line = strchr(line, '\n') + 1)
		if (sscanf(line, "haild: refused: and %" SCNu64, &number) == 1)
			*more += number;
		else if (strncmp(line, "haild: refused ", 15) == 0)
			++*said;
}

Test(scenario_abuse, a_flood_from_one_source_takes_nothing_from_others)
{
	const uint64_t flood = 3000;
	const int64_t started = monotonic_now();
	uint64_t said, more, seconds;
	struct load_counts counts;
	struct daemon daemon;
	struct load load;
	int held, i;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("--per-source", "1", "-l", "10m")});
	held = peer_connect(daemon.port);
	peer_expect(held, DAEMON_GREETING, DAEMON_LENGTH);
	load_start(&load, daemon.port, 100, flood);
	for (i = 0; i < 100; i++)
		guest_visit_from(&daemon, 1, i);
	counts = load_finish(&load);
	cr_expect_eq(counts.greeted, 0);
	cr_expect_eq(counts.stranded, 0);
	close(held);
	daemon_stop(&daemon);
	seconds = (uint64_t)((monotonic_now() - started) / NS_PER_S) + 1;
	cr_expect_eq(count_of(&daemon, "greeted"), 101);
	cr_expect_eq(count_of(&daemon, "refused"), flood);
	count_refused(daemon.process.output[PROCESS_ERR].text, &said, &more);
	cr_expect_leq(said, 10 * seconds);
	cr_expect_eq(said + more, flood, "%lu + %lu", said, more);
	process_free(&daemon.process);
}

Test(scenario_abuse, thousands_of_sources_are_all_served)
{
	struct daemon daemon;
	int conn, i;

	daemon_start(&daemon,
	    &(struct daemon_options){.words = ARGV("-q", "--per-source", "1",
					 "--rate-per-source", "1/h")});
	for (i = 0; i < 3000; i++)
		guest_visit_from(&daemon, 1, i);
	daemon_await_booked(&daemon, 3000);
	/* And each is remembered. */
	conn = peer_connect_from("127.1.0.1", daemon.port);
	peer_expect(conn, "", 0);
	close(conn);
	daemon_stop(&daemon);
	cr_expect_eq(count_of(&daemon, "greeted"), 3000);
	cr_expect_eq(count_of(&daemon, "refused"), 1);
	process_free(&daemon.process);
}
