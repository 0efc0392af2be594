#include <criterion/criterion.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "daemon.h"
#include "fault.h"
#include "load.h"
#include "machine.h"
#include "peer.h"
#include "procfs.h"

/*
 * An acceptor of several threads, which few places bring about, if it has
 * real-time priority. They have nobody to tell them apart but themselves, so
 * these tests are also run with ThreadSanitizer (make race).
 */

/* 51 places: fewer than 64, and enough for so many clients at once. */
#define PLACES	"-B", "1", "-b", "50"
#define AT_ONCE 48

#define LANES_MAX 16

/* One on each processor; a sanitizer may have a thread besides. */
static void
assert_lanes(const struct daemon *daemon)
{
	pid_t threads[LANES_MAX + 1];
	cpu_set_t allowed;
	int lanes;

	cr_assert_eq(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	lanes = CPU_COUNT(&allowed);
	if (lanes > LANES_MAX)
		lanes = LANES_MAX;
	cr_assert_geq(
	    procfs_threads(daemon_acceptor(daemon), threads, LANES_MAX + 1),
	    (size_t)lanes);
}

static void
start(struct daemon *daemon, char *const words[])
{
	machine_root_or_skip();
	daemon_start(daemon, &(struct daemon_options){.words = words});
	if (sched_getscheduler(daemon_acceptor(daemon)) !=
	    (SCHED_FIFO | SCHED_RESET_ON_FORK))
		cr_skip_test("root lacks CAP_SYS_NICE here");
	assert_lanes(daemon);
}

/* The end, and everybody was greeted. */
static void
stop(struct daemon *daemon, uint64_t greeted)
{
	daemon_stop(daemon);
	cr_assert_eq(daemon->books.accepted, greeted);
	cr_assert_eq(books_count(&daemon->books, "greeted"), greeted);
	process_free(&daemon->process);
}

Test(scenario_lanes, together_they_accept_everyone)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	start(&daemon, ARGV("-q", PLACES));
	load_start(&load, daemon.port, AT_ONCE, 200);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, 200);
	stop(&daemon, 200);
}

Test(scenario_lanes, together_they_queue_no_more_than_they_may)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	start(&daemon, ARGV("-q", PLACES, "-Q", "3", "-c", "2"));
	load_start(&load, daemon.port, AT_ONCE, 150);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, 150);
	daemon_read_books(&daemon);
	/* Each may have looked just before another one took the place. */
	cr_assert_leq(daemon.books.most_queued, 3 + LANES_MAX);
	stop(&daemon, 150);
}

Test(scenario_lanes, told_to_stop_they_lose_nobody)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	start(&daemon, ARGV("-q", PLACES));
	load_start(&load, daemon.port, 16, 0);
	load_await(&load, 100);
	process_signal(&daemon.process, SIGTERM);
	daemon_await_stop(&daemon);
	counts = load_stop(&load);
	cr_assert_eq(counts.wrong + counts.reset + counts.stranded, 0);
	cr_assert_eq(counts.greeted, daemon.books.accepted);
	process_free(&daemon.process);
}

/* Some that the kernel completed while no lane could take them. */
static void
come_without_descriptors(const struct daemon *daemon, int conns[4])
{
	const pid_t acceptor = daemon_acceptor(daemon);
	int i;

	fault_limit(acceptor, RLIMIT_NOFILE, 3);
	for (i = 0; i < 4; i++)
		conns[i] = peer_connect(daemon->port);
	cr_assert_lt(procfs_share(acceptor), 0.05);
	fault_limit(acceptor, RLIMIT_NOFILE, 1000);
}

static void
expect_greetings(const int conns[4])
{
	int i;

	for (i = 0; i < 4; i++) {
		peer_expect(conns[i], DAEMON_GREETING, DAEMON_LENGTH);
		close(conns[i]);
	}
}

Test(scenario_lanes, who_came_when_they_had_no_descriptors_is_greeted)
{
	struct daemon daemon;
	int conns[4];

	start(&daemon, ARGV("-q", PLACES));
	come_without_descriptors(&daemon, conns);
	expect_greetings(conns);
	stop(&daemon, 4);
}

Test(scenario_lanes, told_to_stop_they_still_greet_who_came_then)
{
	struct daemon daemon;
	int conns[4];

	start(&daemon, ARGV("-q", PLACES));
	come_without_descriptors(&daemon, conns);
	process_signal(&daemon.process, SIGTERM);
	expect_greetings(conns);
	daemon_await_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 4);
	process_free(&daemon.process);
}

Test(scenario_lanes, the_next_acceptor_has_them_too)
{
	const struct rlimit one = {.rlim_cur = 1, .rlim_max = 1};
	struct daemon daemon;
	int i;

	machine_root_or_skip();
	if (setrlimit(RLIMIT_RTPRIO, &one) == -1)
		cr_skip_test("root lacks CAP_SYS_RESOURCE here");
	start(&daemon, ARGV("-q", PLACES));
	for (i = 0; i < 3; i++) {
		daemon_visit(&daemon);
		daemon_await_booked(&daemon, (uint64_t)i + 1);
		cr_assert_eq(kill(daemon_acceptor(&daemon), SIGKILL), 0);
		process_await_line(&daemon.process, PROCESS_ERR,
		    "haild: acceptor restarted", NULL);
		assert_lanes(&daemon);
	}
	daemon_visit(&daemon);
	stop(&daemon, 4);
}
