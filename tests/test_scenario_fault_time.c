#include <sys/timerfd.h>

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "clocks.h"
#include "crowd.h"
#include "daemon.h"
#include "duration.h"
#include "load.h"
#include "peer.h"

/* Calls that are interrupted at any time, and clocks that somebody sets. */

static void
stop(struct daemon *daemon, const struct load_counts *counts, uint64_t total)
{
	cr_assert_eq(counts->greeted, total,
	    "greeted %lu, wrong %lu, reset %lu, stranded %lu", counts->greeted,
	    counts->wrong, counts->reset, counts->stranded);
	daemon_await_booked(daemon, total);
	daemon_stop(daemon);
	cr_assert_eq(books_count(&daemon->books, "greeted"), total);
	process_free(&daemon->process);
}

/* What can wait; wait4(2) and sigtimedwait(2) never do here. */
#define INTERRUPTED                                                      \
	"poll,ppoll,epoll_wait,accept4,recvmsg,sendmsg,sendto,recvfrom," \
	"write,futex"

/* Of each kind of call, in each process, every other one is. */
Test(scenario_fault_time, every_call_may_be_interrupted)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	if (access("/usr/bin/strace", X_OK) == -1)
		cr_skip_test("there is no strace");
	daemon_start(&daemon,
	    &(struct daemon_options){
		.under = ARGV("strace", "-DD", "-f", "-qqq", "-o", "/dev/null",
		    "-e", "trace=" INTERRUPTED, "-e",
		    "inject=" INTERRUPTED ":error=EINTR:when=2+2"),
		.words = ARGV("-q", "--no-sandbox"),
		.process.environment = ARGV("ASAN_OPTIONS=detect_leaks=0"),
	    });
	load_start(&load, daemon.port, 20, 400);
	counts = load_finish(&load);
	stop(&daemon, &counts, 400);
}

/* Whoever is stopped and continued finds its calls interrupted, signal(7). */
Test(scenario_fault_time, a_signal_comes_each_millisecond)
{
	const struct itimerspec millisecond = {
	    .it_interval.tv_nsec = NS_PER_MS,
	    .it_value.tv_nsec = NS_PER_MS,
	};
	struct load_counts counts;
	struct daemon daemon;
	uint64_t passed, total = 0;
	struct load load;
	pid_t acceptor;
	int clock;

	daemon_start(&daemon, &(struct daemon_options){.words = ARGV("-q")});
	acceptor = daemon_acceptor(&daemon);
	clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	cr_assert_eq(timerfd_settime(clock, 0, &millisecond, NULL), 0);
	load_start(&load, daemon.port, 20, 1000);
	while (total < 1000) {
		cr_assert_eq(read(clock, &passed, sizeof(passed)),
		    (ssize_t)sizeof(passed));
		total += passed;
		kill(acceptor, SIGSTOP);
		process_signal(&daemon.process, SIGSTOP);
		process_signal(&daemon.process, SIGCONT);
		kill(acceptor, SIGCONT);
	}
	close(clock);
	counts = load_finish(&load);
	stop(&daemon, &counts, 1000);
}

/*
 * All are stopped for longer than a child may hold its place, and the parent
 * is continued first: that the child did not end is not the child's fault.
 */
Test(scenario_fault_time, what_passes_while_all_are_stopped_does_not_count)
{
	struct itimerspec once = {.it_value.tv_sec = 9};
	struct daemon daemon;
	uint64_t passed;
	int conn, clock;
	pid_t child;

	daemon_start(&daemon,
	    &(struct daemon_options){.words = ARGV("-t", "1s", "-l", "2s")});
	conn = peer_connect(daemon.port);
	daemon_await_children(&daemon, 1, &child);
	cr_assert_eq(kill(-daemon.process.pid, SIGSTOP), 0, "%m");
	clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	cr_assert_eq(timerfd_settime(clock, 0, &once, NULL), 0);
	cr_assert_eq(
	    read(clock, &passed, sizeof(passed)), (ssize_t)sizeof(passed));
	process_signal(&daemon.process, SIGCONT);
	/* It has looked at its children by then. */
	daemon_read_books(&daemon);
	daemon_read_books(&daemon);
	cr_assert_eq(kill(-daemon.process.pid, SIGCONT), 0, "%m");
	daemon_await_booked(&daemon, 1);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	close(clock);
	close(conn);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

#ifndef HAIL_SANITIZED
/* The wall clock can be set while haild serves: it does not look at it. */
Test(scenario_fault_time, no_process_looks_at_a_clock_that_can_be_set)
{
	struct clocks *clocks = clocks_open();
	struct load_counts counts;
	struct daemon daemon;
	struct crowd crowd;
	struct load load;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-v", "-l", "10m", "--max-rate", "1000",
		    "--rate-per-source", "1000", "--per-source", "1000",
		    "--overload", "wait", "--deny", "127.0.0.2"),
		.process.last = clocks_watch,
	    });
	clocks->others = 0;
	crowd_come(&crowd, daemon.port, 10);
	load_start(&load, daemon.port, 20, 100);
	counts = load_finish(&load);
	counts.greeted += 10;
	process_signal(&daemon.process, SIGHUP);
	crowd_free(&crowd);
	stop(&daemon, &counts, 110);
	cr_assert_gt(clocks->monotonic, 110);
	cr_assert_eq(clocks->others, 0);
}
#endif
