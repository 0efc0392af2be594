#include <criterion/criterion.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "load.h"
#include "machine.h"
#include "peer.h"
#include "procfs.h"

/* The acceptor dies; the service goes on. */

static void
kill_acceptor(struct daemon *daemon)
{
	cr_assert_eq(kill(daemon_acceptor(daemon), SIGKILL), 0, "%m");
	process_await_line(&daemon->process, PROCESS_ERR,
	    "haild: the acceptor was killed by signal 9", NULL);
}

static void
replace_acceptor(struct daemon *daemon)
{
	pid_t acceptor = daemon_acceptor(daemon);

	kill_acceptor(daemon);
	process_await_line(
	    &daemon->process, PROCESS_ERR, "haild: acceptor restarted", NULL);
	cr_assert_neq(daemon_acceptor(daemon), acceptor);
}

Test(scenario_acceptor, another_one_takes_over)
{
	struct daemon daemon;
	pid_t child;
	int i;

	daemon_start(&daemon, NULL);
	for (i = 0; i < 4; i++) {
		daemon_visit(&daemon);
		replace_acceptor(&daemon);
	}
	daemon_visit(&daemon);
	daemon_await_booked(&daemon, 5);
	/* Never two of them. */
	cr_assert_eq(procfs_children(daemon.process.pid, &child, 1), 1);
	daemon_await_children(&daemon, 0, NULL);
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 5);
	cr_assert_eq(books_count(&daemon.books, "lost"), 0);
	process_free(&daemon.process);
}

Test(scenario_acceptor, under_load_only_what_was_in_its_hands_is_lost)
{
	const uint64_t kills = 3;
	struct load_counts counts;
	struct daemon daemon;
	struct load load;
	uint64_t i, lost;

	daemon_start(&daemon, &(struct daemon_options){.words = ARGV("-q")});
	load_start(&load, daemon.port, 64, 0);
	for (i = 0; i < kills; i++) {
		load_await(&load, 300);
		replace_acceptor(&daemon);
	}
	load_await(&load, 300);
	counts = load_stop(&load);
	daemon_stop(&daemon);
	lost = books_count(&daemon.books, "lost");
	cr_assert_geq(counts.greeted, 600);
	cr_assert_eq(counts.stranded, 0);
	cr_assert_eq(counts.refused, 0);
	cr_assert_eq(counts.greeted, books_count(&daemon.books, "greeted"));
	/* One may have been accepted and not yet counted, each time. */
	cr_assert_geq(counts.wrong + counts.reset, lost);
	cr_assert_leq(counts.wrong + counts.reset, lost + kills);
	process_free(&daemon.process);
}

Test(scenario_acceptor, a_stopped_one_delays_and_loses_nothing)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;
	pid_t acceptor;

	daemon_start(&daemon, &(struct daemon_options){.words = ARGV("-q")});
	daemon_visit(&daemon);
	acceptor = daemon_acceptor(&daemon);
	cr_assert_eq(kill(acceptor, SIGSTOP), 0);
	load_start(&load, daemon.port, 50, 50);
	daemon_read_books(&daemon);
	cr_assert_eq(daemon.books.accepted, 1);
	cr_assert_eq(kill(acceptor, SIGCONT), 0);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, 50);
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 51);
	process_free(&daemon.process);
}

Test(scenario_acceptor, it_alone_has_real_time_priority)
{
	struct daemon daemon;

	machine_root_or_skip();
	daemon_start(&daemon, NULL);
	cr_assert_eq(sched_getscheduler(daemon_acceptor(&daemon)),
	    SCHED_FIFO | SCHED_RESET_ON_FORK);
	cr_assert_eq(sched_getscheduler(daemon.process.pid), SCHED_OTHER);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_acceptor, the_next_one_has_real_time_priority_too)
{
	const struct rlimit one = {.rlim_cur = 1, .rlim_max = 1};
	struct daemon daemon;

	machine_root_or_skip();
	if (setrlimit(RLIMIT_RTPRIO, &one) == -1)
		cr_skip_test("root lacks CAP_SYS_RESOURCE here");
	daemon_start(&daemon, NULL);
	replace_acceptor(&daemon);
	cr_assert_eq(sched_getscheduler(daemon_acceptor(&daemon)),
	    SCHED_FIFO | SCHED_RESET_ON_FORK);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_acceptor, without_privilege_it_says_once_what_it_lacks)
{
	const struct process_limit none[] = {{RLIMIT_RTPRIO, 0}};
	const char warning[] = "haild: no real-time priority for the "
			       "acceptor (needs root, CAP_SYS_NICE or "
			       "RLIMIT_RTPRIO)";
	struct daemon daemon;
	const char *text;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.process = {
		    .user = machine_is_root() ? "nobody" : NULL,
		    .limits = none,
		    .limit_count = 1,
		}});
	process_await_line(&daemon.process, PROCESS_ERR, warning, NULL);
	daemon_visit(&daemon);
	replace_acceptor(&daemon);
	daemon_visit(&daemon);
	daemon_stop(&daemon);
	text = strstr(daemon.process.output[PROCESS_ERR].text, warning);
	cr_assert_null(strstr(text + 1, warning));
	process_free(&daemon.process);
}

/*
 * A process may not send descriptors while its user has more of them under
 * way than it may have open itself (ETOOMANYREFS, unix(7)); and each haild
 * keeps its 171 listening sockets under way, for the next acceptor. This user
 * has no other test's.
 */
Test(scenario_acceptor, what_it_cannot_hand_over_waits_and_dies_with_it)
{
	const struct process_limit few[] = {{RLIMIT_NOFILE, 300}};
	const struct process_options how = {
	    .user = "games",
	    .limits = few,
	    .limit_count = 1,
	};
	struct daemon other, daemon;
	char greeting[64];
	int conns[10], i;

	machine_root_or_skip();
	daemon_start(&other, &(struct daemon_options){.process = how});
	daemon_start(&daemon, &(struct daemon_options){.process = how});
	for (i = 0; i < 10; i++)
		conns[i] = peer_connect(daemon.port);
	do
		daemon_read_books(&daemon);
	while (daemon.books.accepted < 10);
	cr_assert_eq(daemon.books.in_hand, 10);
	cr_assert_eq(daemon.books.most_children, 0);
	replace_acceptor(&daemon);
	for (i = 0; i < 10; i++) {
		cr_assert_eq(peer_read_all(conns[i], greeting, 64), 0);
		close(conns[i]);
	}
	/* With fewer under way those that still wait are handed over. */
	conns[0] = peer_connect(daemon.port);
	daemon_stop(&other);
	peer_expect(conns[0], DAEMON_GREETING, DAEMON_LENGTH);
	close(conns[0]);
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "lost"), 10);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	process_free(&daemon.process);
	process_free(&other.process);
}

Test(scenario_acceptor, a_stopped_one_ends_with_its_parent_all_the_same)
{
	struct daemon daemon;
	pid_t acceptor;

	daemon_start(&daemon, NULL);
	acceptor = daemon_acceptor(&daemon);
	cr_assert_eq(kill(acceptor, SIGSTOP), 0);
	process_signal(&daemon.process, SIGKILL);
	procfs_await_end(acceptor);
	process_wait(&daemon.process);
	process_free(&daemon.process);
}
