#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon.h"
#include "duration.h"
#include "intruder.h"
#include "load.h"
#include "peer.h"
#include "procfs.h"

/* The end of haild, in order and otherwise. */

ParameterizedTestParameters(scenario_stop, a_signal_stops_an_idle_haild)
{
	static int signals[] = {SIGTERM, SIGINT};

	return cr_make_param_array(int, signals, 2);
}

ParameterizedTest(int *signal, scenario_stop, a_signal_stops_an_idle_haild)
{
	struct daemon daemon;

	daemon_start(&daemon, NULL);
	daemon_visit(&daemon);
	process_signal(&daemon.process, *signal);
	daemon_await_stop(&daemon);
	cr_assert_eq(daemon.books.accepted, 1);
	process_free(&daemon.process);
}

Test(scenario_stop, under_load_nobody_who_was_accepted_is_lost)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	daemon_start(&daemon, &(struct daemon_options){.words = ARGV("-q")});
	load_start(&load, daemon.port, 64, 0);
	load_await(&load, 500);
	process_signal(&daemon.process, SIGTERM);
	daemon_await_stop(&daemon);
	counts = load_stop(&load);
	cr_assert_geq(counts.greeted, 500);
	cr_assert_eq(counts.greeted, daemon.books.accepted);
	cr_assert_eq(counts.greeted, books_count(&daemon.books, "greeted"));
	cr_assert_eq(counts.wrong, 0);
	cr_assert_eq(counts.reset, 0);
	cr_assert_eq(counts.stranded, 0);
	process_free(&daemon.process);
}

Test(scenario_stop, those_who_wait_in_the_queue_are_greeted_first)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-q", "-c", "1")});
	load_start(&load, daemon.port, 300, 300);
	load_await(&load, 10);
	process_signal(&daemon.process, SIGTERM);
	daemon_await_stop(&daemon);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, daemon.books.accepted);
	cr_assert_eq(counts.greeted + counts.refused, 300);
	cr_assert_eq(books_count(&daemon.books, "lost"), 0);
	process_free(&daemon.process);
}

/* A client that has its greeting and keeps its child waiting. */
static int
start_and_hold(struct daemon *daemon)
{
	int conn;

	daemon_start(
	    daemon, &(struct daemon_options){.words = ARGV("-l", "10m")});
	conn = peer_connect(daemon->port);
	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	return conn;
}

Test(scenario_stop, a_second_signal_stops_at_once)
{
	struct daemon daemon;
	int64_t started;
	int conn;

	conn = start_and_hold(&daemon);
	started = monotonic_now();
	/* Two of a kind may be delivered as one. */
	process_signal(&daemon.process, SIGTERM);
	process_signal(&daemon.process, SIGINT);
	daemon_await_stop(&daemon);
	cr_assert_lt(monotonic_now() - started, 9 * NS_PER_S);
	cr_assert_eq(daemon.books.accepted, 1);
	close(conn);
	process_free(&daemon.process);
}

Test(scenario_stop, a_client_that_holds_on_delays_it_by_ten_seconds_at_most)
{
	struct daemon daemon;
	int64_t started;
	int conn;

	conn = start_and_hold(&daemon);
	started = monotonic_now();
	process_signal(&daemon.process, SIGTERM);
	daemon_await_stop(&daemon);
	cr_assert_geq(monotonic_now() - started, 10 * NS_PER_S);
	close(conn);
	process_free(&daemon.process);
}

Test(scenario_stop, a_client_that_lets_go_delays_it_no_longer)
{
	struct daemon daemon;
	int conn;

	conn = start_and_hold(&daemon);
	process_signal(&daemon.process, SIGTERM);
	close(conn);
	daemon_await_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	process_free(&daemon.process);
}

Test(scenario_stop, when_the_parent_is_killed_all_ends_and_the_port_is_free)
{
	struct daemon daemon, next;
	pid_t children[16];
	size_t count, i;
	char port[8];
	int conn;

	conn = start_and_hold(&daemon);
	count = procfs_children(daemon.process.pid, children, 16);
	cr_assert_eq(count, 2, "acceptor and child");
	process_signal(&daemon.process, SIGKILL);
	for (i = 0; i < count; i++)
		procfs_await_end(children[i]);
	cr_assert_eq(process_wait(&daemon.process), -SIGKILL);
	snprintf(port, sizeof(port), "%u", daemon.port);
	daemon_start(&next, &(struct daemon_options){.port = port});
	daemon_visit(&next);
	daemon_stop(&next);
	cr_assert_eq(next.books.accepted, 1);
	close(conn);
	process_free(&daemon.process);
	process_free(&next.process);
}

/* The number that an acceptor has for the socket that shuts its door. */
static int
find_plug(pid_t acceptor)
{
	const int process = pidfd_open(acceptor, 0);
	struct sockaddr_in name;
	socklen_t length;
	int i, copy;

	cr_assert_neq(process, -1, "%m");
	for (i = 3; i < 1024; i++) {
		name.sin_port = 1;
		length = sizeof(name);
		copy = pidfd_getfd(process, i, 0);
		/* No other one has no port. */
		if (getsockname(copy, (struct sockaddr *)&name, &length) == 0 &&
		    name.sin_family == AF_INET && name.sin_port == 0)
			break;
		close(copy);
	}
	cr_assert_lt(i, 1024, "there is no plug");
	close(copy);
	close(process);
	return i;
}

Test(scenario_stop, a_door_that_cannot_be_shut_is_told_and_does_not_hold_it_up)
{
	struct intruder_call call = {.name = "close", .number = SYS_close};
	struct daemon daemon;
	pid_t acceptor;

	daemon_start(&daemon, NULL);
	acceptor = daemon_acceptor(&daemon);
	call.arguments[0] = find_plug(acceptor);
	intruder_make(acceptor, &call);
	daemon_visit(&daemon);
	process_signal(&daemon.process, SIGTERM);
	process_await_line(&daemon.process, PROCESS_ERR,
	    "haild: acceptor: cannot shut the door: Bad file descriptor", NULL);
	daemon_await_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_stop, the_next_haild_may_have_the_port_at_once)
{
	struct daemon daemon;
	char port[8] = "0";
	int i;

	for (i = 0; i < 3; i++) {
		daemon_start(&daemon, &(struct daemon_options){.port = port});
		snprintf(port, sizeof(port), "%u", daemon.port);
		daemon_visit(&daemon);
		daemon_stop(&daemon);
		process_free(&daemon.process);
	}
}
