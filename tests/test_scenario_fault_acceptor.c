#include <criterion/criterion.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "crowd.h"
#include "daemon.h"
#include "deadline.h"
#include "duration.h"
#include "fault.h"
#include "intruder.h"
#include "load.h"
#include "machine.h"
#include "peer.h"
#include "procfs.h"

/* What else may happen to an acceptor: see test_scenario_acceptor.c. */

#define HOLD_ON "-q", "-l", "10m"

/* Kill it and wait until there is another, whatever the log says. */
static pid_t
succeed(struct daemon *daemon, pid_t acceptor)
{
	int64_t until = deadline_from_now();
	pid_t children[64];
	char title[256];
	size_t count, i;

	cr_assert_eq(kill(acceptor, SIGKILL), 0, "%m");
	for (;;) {
		cr_assert_lt(monotonic_now(), until, "no other acceptor");
		daemon_read_books(daemon);
		count = procfs_children(daemon->process.pid, children, 64);
		for (i = 0; i < count; i++)
			if (children[i] != acceptor &&
			    procfs_title(children[i], title, sizeof(title)) &&
			    strstr(title, "acceptor") != NULL)
				return children[i];
	}
}

/* Wait until so many have been accepted and none is in its hands. */
static void
await_handed_over(
    struct daemon *daemon, pid_t acceptor, int idle, uint64_t accepted)
{
	int64_t until = deadline_from_now();

	do {
		cr_assert_lt(monotonic_now(), until, "not handed over in time");
		daemon_read_books(daemon);
	} while (daemon->books.accepted < accepted ||
	    procfs_descriptors(acceptor) > idle);
}

/*
 * All are greeted, in whatever order; each lets go then, which may be what
 * the next is waiting for.
 */
static void
greet_all(const int conns[], unsigned count)
{
	const int64_t until = deadline_from_now();
	struct pollfd events[64];
	unsigned i, left;

	for (i = 0; i < count; i++)
		events[i] = (struct pollfd){.fd = conns[i], .events = POLLIN};
	for (left = count; left > 0;) {
		cr_assert_gt(poll(events, count, poll_timeout(until)), 0,
		    "%u of %u are not greeted", left, count);
		for (i = 0; i < count; i++) {
			if (events[i].fd == -1 || events[i].revents == 0)
				continue;
			peer_expect(
			    events[i].fd, DAEMON_GREETING, DAEMON_LENGTH);
			close(events[i].fd);
			events[i].fd = -1;
			left--;
		}
	}
}

static void
stop(struct daemon *daemon, uint64_t greeted)
{
	daemon_stop(daemon);
	cr_assert_eq(daemon->books.accepted, greeted);
	cr_assert_eq(books_greeted(&daemon->books), greeted);
	process_free(&daemon->process);
}

Test(scenario_fault_acceptor, what_many_dead_handed_over_is_served)
{
	struct daemon daemon;
	pid_t acceptor, pids[2];
	unsigned i, k;
	int conns[31], idle;

	daemon_start(&daemon,
	    &(struct daemon_options){.words = ARGV(HOLD_ON, "-c", "1")});
	acceptor = daemon_acceptor(&daemon);
	idle = procfs_descriptors(acceptor);
	conns[0] = peer_connect(daemon.port);
	daemon_await_children(&daemon, 1, pids);
	for (i = 1; i < 31; i += 5) {
		for (k = 0; k < 5; k++)
			conns[i + k] = peer_connect(daemon.port);
		await_handed_over(&daemon, acceptor, idle, i + 5);
		acceptor = succeed(&daemon, acceptor);
	}
	/* One acceptor, one child. */
	cr_assert_eq(procfs_children(daemon.process.pid, pids, 2), 2);
	greet_all(conns, 31);
	daemon_await_booked(&daemon, 31);
	stop(&daemon, 31);
}

Test(scenario_fault_acceptor, each_pause_is_longer_than_the_last)
{
	const int64_t ms[] = {0, 10, 20, 40, 80, 160};
	struct daemon daemon;
	int64_t killed;
	pid_t acceptor;
	size_t i;

	daemon_start(&daemon, NULL);
	acceptor = daemon_acceptor(&daemon);
	for (i = 0; i < sizeof(ms) / sizeof(ms[0]); i++) {
		killed = monotonic_now();
		acceptor = succeed(&daemon, acceptor);
		cr_assert_geq(monotonic_now() - killed, ms[i] * NS_PER_MS);
		daemon_visit(&daemon);
	}
	stop(&daemon, 6);
}

/*
 * It dies with a note unread, and the parent gets ECONNRESET before what is
 * there to receive.
 */
Test(scenario_fault_acceptor, a_note_it_never_read_costs_nobody_anything)
{
	struct daemon daemon;
	int conns[7], i;
	pid_t acceptor;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV(HOLD_ON, "-c", "1", "-Q", "4")});
	acceptor = daemon_acceptor(&daemon);
	conns[0] = peer_connect(daemon.port);
	peer_expect(conns[0], DAEMON_GREETING, DAEMON_LENGTH);
	for (i = 1; i < 7; i++)
		conns[i] = peer_connect(daemon.port);
	/* Its queue is full: it asks for a note when there is room. */
	daemon_await_accepted(&daemon, 5);
	cr_assert_eq(kill(acceptor, SIGSTOP), 0);
	close(conns[0]);
	/* Another one is taken in, which makes room. */
	daemon_await_in_hand(&daemon, 4);
	succeed(&daemon, acceptor);
	greet_all(conns + 1, 6);
	daemon_await_booked(&daemon, 7);
	stop(&daemon, 7);
}

Test(scenario_fault_acceptor, one_that_is_stopped_is_named)
{
	struct daemon daemon;
	pid_t acceptor;

	daemon_start(&daemon, NULL);
	acceptor = daemon_acceptor(&daemon);
	cr_assert_eq(kill(acceptor, SIGSTOP), 0);
	process_await_line(&daemon.process, PROCESS_ERR,
	    "haild: the acceptor was stopped by signal 19: connections wait "
	    "until it is continued",
	    NULL);
	cr_assert_eq(kill(acceptor, SIGCONT), 0);
	process_await_line(
	    &daemon.process, PROCESS_ERR, "haild: the acceptor goes on", NULL);
	daemon_visit(&daemon);
	stop(&daemon, 1);
}

static void
mind_no_limit(void)
{
	sigset_t limit;

	sigemptyset(&limit);
	sigaddset(&limit, SIGXCPU);
	sigprocmask(SIG_BLOCK, &limit, NULL);
	signal(SIGXCPU, SIG_IGN);
}

/*
 * With real-time priority it would have its processor for itself, for ever.
 * SIGXCPU ends it, whatever they do with it who started us.
 */
Test(scenario_fault_acceptor, one_that_spins_is_ended_by_the_kernel)
{
	struct daemon daemon;
	pid_t acceptor;

	machine_root_or_skip();
	daemon_start(
	    &daemon, &(struct daemon_options){.process.last = mind_no_limit});
	acceptor = daemon_acceptor(&daemon);
	if (sched_getscheduler(acceptor) == SCHED_OTHER)
		cr_skip_test("no real-time priority here");
	intruder_spin(acceptor);
	process_await_line(&daemon.process, PROCESS_ERR,
	    "haild: the acceptor was killed by signal 24", NULL);
	daemon_visit(&daemon);
	stop(&daemon, 1);
}

/* Connections that are complete, and that nobody can have accepted. */
static void
connect_in_vain(const struct daemon *daemon, int conns[], unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		conns[i] = peer_connect(daemon->port);
}

Test(scenario_fault_acceptor, to_stop_haild_continues_one_that_was_stopped)
{
	struct daemon daemon;
	int conns[50];

	daemon_start(&daemon, NULL);
	cr_assert_eq(kill(daemon_acceptor(&daemon), SIGSTOP), 0);
	connect_in_vain(&daemon, conns, 50);
	process_signal(&daemon.process, SIGTERM);
	greet_all(conns, 50);
	daemon_await_stop(&daemon);
	cr_assert_eq(books_greeted(&daemon.books), 50);
	process_free(&daemon.process);
}

Test(scenario_fault_acceptor, to_stop_haild_takes_one_where_there_is_none)
{
	struct daemon daemon;
	int conns[50], i;

	daemon_start(&daemon, NULL);
	/* The pause before the next is 160 ms by then. */
	for (i = 0; i < 5; i++)
		succeed(&daemon, daemon_acceptor(&daemon));
	cr_assert_eq(kill(daemon_acceptor(&daemon), SIGKILL), 0);
	connect_in_vain(&daemon, conns, 50);
	process_signal(&daemon.process, SIGTERM);
	greet_all(conns, 50);
	daemon_await_stop(&daemon);
	cr_assert_eq(books_greeted(&daemon.books), 50);
	process_free(&daemon.process);
}

Test(scenario_fault_acceptor, one_that_dies_while_haild_stops_is_replaced)
{
	struct daemon daemon;
	pid_t acceptor, child;
	int conns[20], i;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV(HOLD_ON, "-c", "1", "-Q", "4")});
	acceptor = daemon_acceptor(&daemon);
	conns[0] = peer_connect(daemon.port);
	daemon_await_children(&daemon, 1, &child);
	for (i = 1; i < 20; i++)
		conns[i] = peer_connect(daemon.port);
	daemon_await_accepted(&daemon, 5);
	process_signal(&daemon.process, SIGTERM);
	acceptor = succeed(&daemon, acceptor);
	succeed(&daemon, acceptor);
	greet_all(conns, 20);
	daemon_await_stop(&daemon);
	cr_assert_eq(books_greeted(&daemon.books), 20);
	process_free(&daemon.process);
}

Test(scenario_fault_acceptor, while_it_cannot_be_started_connections_wait)
{
	const struct process_limit most[] = {{RLIMIT_NPROC, 1000}};
	struct daemon daemon;
	int conns[50];

	daemon_start(&daemon,
	    &(struct daemon_options){
		.process = {
		    .as_user = machine_fresh_user_or_skip(),
		    .limits = most,
		    .limit_count = 1,
		}});
	fault_limit(daemon.process.pid, RLIMIT_NPROC, 0);
	cr_assert_eq(kill(daemon_acceptor(&daemon), SIGKILL), 0);
	process_await_line(&daemon.process, PROCESS_ERR,
	    "haild: acceptor: Resource temporarily unavailable; it is tried "
	    "again, and meanwhile connections wait",
	    NULL);
	connect_in_vain(&daemon, conns, 50);
	cr_assert_lt(procfs_share(daemon.process.pid), 0.05);
	fault_limit(daemon.process.pid, RLIMIT_NPROC, 1000);
	greet_all(conns, 50);
	daemon_await_booked(&daemon, 50);
	daemon_stop(&daemon);
	cr_assert_null(strstr(
	    strstr(daemon.process.output[PROCESS_ERR].text, "acceptor: R") + 1,
	    "acceptor: R"));
	process_free(&daemon.process);
}
