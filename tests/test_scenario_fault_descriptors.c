#include <criterion/criterion.h>
#include <signal.h>

#include "crowd.h"
#include "daemon.h"
#include "fault.h"
#include "load.h"
#include "machine.h"
#include "procfs.h"

/* Descriptors run out: what the kernel completed waits, and is greeted. */

#define FEW   64
#define BURST "60" /* at backlog 5: ten listening sockets */

/* With so few that the queue is short; words may say more. */
static uid_t
start(struct daemon *daemon, char *const words[])
{
	const struct process_limit few[] = {
	    {RLIMIT_NOFILE, FEW},
	    {RLIMIT_NPROC, 10000},
	};
	const uid_t user = machine_fresh_user_or_skip();

	daemon_start(daemon,
	    &(struct daemon_options){
		.words = words,
		.process =
		    {
			.as_user = user,
			.limits = few,
			.limit_count = 2,
		    },
	    });
	return user;
}

static void
stop(struct daemon *daemon, struct load_counts counts, uint64_t total)
{
	cr_assert_eq(counts.greeted, total,
	    "greeted %lu, wrong %lu, reset %lu, stranded %lu, refused %lu, "
	    "not connected %lu",
	    counts.greeted, counts.wrong, counts.reset, counts.stranded,
	    counts.refused, counts.unconnected);
	daemon_await_booked(daemon, total);
	daemon_stop(daemon);
	cr_assert_eq(books_greeted(&daemon->books), total);
	process_free(&daemon->process);
}

Test(scenario_fault_descriptors, with_64_everybody_is_greeted)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	start(&daemon, ARGV("-q", "-B", BURST, "-c", "2"));
	load_start(&load, daemon.port, 50, 2000);
	counts = load_finish(&load);
	stop(&daemon, counts, 2000);
}

Test(scenario_fault_descriptors, none_left_to_accept_with)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;
	pid_t acceptor;

	start(&daemon, ARGV("-q", "-B", BURST));
	daemon_visit(&daemon);
	acceptor = daemon_acceptor(&daemon);
	/* It has those that it has, and gets no other. */
	fault_limit(acceptor, RLIMIT_NOFILE, 3);
	load_start(&load, daemon.port, 50, 50);
	cr_assert_lt(procfs_share(acceptor), 0.05);
	daemon_read_books(&daemon);
	cr_assert_eq(daemon.books.accepted, 1);
	fault_limit(acceptor, RLIMIT_NOFILE, FEW);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, 50);
	process_signal(&daemon.process, SIGTERM);
	process_await_line(
	    &daemon.process, PROCESS_ERR, "haild: accepting paused ", NULL);
	daemon_await_stop(&daemon);
	cr_assert_eq(books_greeted(&daemon.books), 51);
	process_free(&daemon.process);
}

Test(scenario_fault_descriptors, too_many_in_flight_to_hand_over)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;
	pid_t acceptor, hog;
	uid_t user;

	user = start(&daemon, ARGV("-q", "-B", BURST, "-Q", "20"));
	daemon_visit(&daemon);
	acceptor = daemon_acceptor(&daemon);
	hog = fault_descriptors_in_flight(user, FEW + 1);
	load_start(&load, daemon.port, 50, 200);
	daemon_await_in_hand(&daemon, 20);
	cr_assert_lt(procfs_share(acceptor), 0.05);
	cr_assert_lt(procfs_share(daemon.process.pid), 0.05);
	daemon_read_books(&daemon);
	cr_assert_eq(daemon.books.accepted, 21);
	fault_end(hog);
	counts = load_finish(&load);
	counts.greeted++;
	stop(&daemon, counts, 201);
}

Test(scenario_fault_descriptors, the_parent_who_stands_in_keeps_some_free)
{
	struct load_counts counts;
	struct daemon daemon;
	struct crowd crowd;
	struct load load;

	start(&daemon, ARGV("-q", "-B", BURST, "-l", "10m"));
	fault_limit(daemon.process.pid, RLIMIT_NPROC, 1);
	crowd_come(&crowd, daemon.port, 100);
	load_start(&load, daemon.port, 50, 500);
	counts = load_finish(&load);
	crowd_free(&crowd);
	counts.greeted += 100;
	stop(&daemon, counts, 600);
}

/* Then it has something in its hands, and only time tells when to try. */
Test(scenario_fault_descriptors, a_stop_that_cannot_hand_over_does_not_spin)
{
	struct load_counts counts;
	struct daemon daemon;
	pid_t acceptor, hog;
	struct load load;
	uid_t user;

	user = start(&daemon, ARGV("-q", "-B", BURST, "-Q", "20"));
	daemon_visit(&daemon);
	acceptor = daemon_acceptor(&daemon);
	hog = fault_descriptors_in_flight(user, FEW + 1);
	load_start(&load, daemon.port, 10, 10);
	daemon_await_in_hand(&daemon, 10);
	process_signal(&daemon.process, SIGTERM);
	/* It is quiet after a fifth of the time that this takes. */
	cr_assert_lt(procfs_share(acceptor), 0.05);
	fault_end(hog);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, 10);
	daemon_await_stop(&daemon);
	cr_assert_eq(daemon.books.accepted, 11);
	cr_assert_eq(books_greeted(&daemon.books), 11);
	process_free(&daemon.process);
}
