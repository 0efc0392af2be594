#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "crowd.h"
#include "daemon.h"
#include "deadline.h"
#include "duration.h"
#include "fault.h"
#include "load.h"
#include "machine.h"
#include "peer.h"
#include "procfs.h"
#include "scratch.h"

/* fork(2) fails: nobody notices but the reader of the log. */

#define FEW	  1	/* processes: the user has more already */
#define UNLIMITED 10000 /* as good as */

static void
start(struct daemon *daemon, char *const words[])
{
	const struct process_limit most[] = {{RLIMIT_NPROC, UNLIMITED}};

	daemon_start(daemon,
	    &(struct daemon_options){.words = words,
		.process = {
		    .as_user = machine_fresh_user_or_skip(),
		    .limits = most,
		    .limit_count = 1,
		}});
}

static void
break_fork(const struct daemon *daemon)
{
	fault_limit(daemon->process.pid, RLIMIT_NPROC, FEW);
}

static void
mend_fork(const struct daemon *daemon)
{
	fault_limit(daemon->process.pid, RLIMIT_NPROC, UNLIMITED);
}

/* How often the log has a line that starts so. */
static unsigned
count_lines(const struct daemon *daemon, const char *start_of_line)
{
	const char *at = daemon->process.output[PROCESS_ERR].text;
	unsigned count = 0;

	for (; (at = strstr(at, start_of_line)) != NULL; at++)
		count++;
	return count;
}

static void
stop(struct daemon *daemon, uint64_t greeted)
{
	daemon_stop(daemon);
	cr_assert_eq(books_greeted(&daemon->books), greeted);
	cr_assert_eq(daemon->books.accepted, greeted);
	process_free(&daemon->process);
}

/* Visit until one more is greeted by a child. */
static void
await_child(struct daemon *daemon)
{
	const uint64_t before = books_count(&daemon->books, "greeted");
	int64_t until = deadline_from_now();

	do {
		cr_assert_lt(monotonic_now(), until, "fork does not work");
		daemon_visit(daemon);
		daemon_read_books(daemon);
	} while (books_count(&daemon->books, "greeted") == before);
}

Test(scenario_fault_fork, the_parent_greets_everybody_meanwhile)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	start(&daemon, ARGV("-q"));
	daemon_visit(&daemon);
	break_fork(&daemon);
	load_start(&load, daemon.port, 200, 3000);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, 3000);
	daemon_await_booked(&daemon, 3001);
	cr_assert_eq(books_count(&daemon.books, "greeted by the parent"), 3000);
	mend_fork(&daemon);
	await_child(&daemon);
	cr_assert_eq(count_lines(&daemon, "haild: fork: "), 1);
	process_signal(&daemon.process, SIGTERM);
	process_await_line(
	    &daemon.process, PROCESS_ERR, "haild: fork failed ", NULL);
	daemon_await_stop(&daemon);
	cr_assert_eq(books_greeted(&daemon.books), daemon.books.accepted);
	process_free(&daemon.process);
}

Test(scenario_fault_fork, as_often_as_it_fails_and_works_again)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;
	int i;

	start(&daemon, ARGV("-q"));
	load_start(&load, daemon.port, 64, 0);
	for (i = 0; i < 8; i++) {
		load_await(&load, 200);
		break_fork(&daemon);
		load_await(&load, 200);
		mend_fork(&daemon);
	}
	counts = load_stop(&load);
	cr_assert_geq(counts.greeted, 3200);
	cr_assert_eq(counts.wrong + counts.reset + counts.stranded, 0);
	daemon_read_books(&daemon);
	cr_assert_gt(books_count(&daemon.books, "greeted by the parent"), 0);
	/* All in a moment: that is one failure. */
	cr_assert_eq(count_lines(&daemon, "haild: fork: "), 1);
	stop(&daemon, counts.greeted);
}

Test(scenario_fault_fork, clients_that_hold_on_keep_nobody_waiting)
{
	struct daemon daemon;
	struct crowd crowd;

	start(&daemon, ARGV("-q", "-l", "10m"));
	break_fork(&daemon);
	crowd_come(&crowd, daemon.port, 300);
	crowd_free(&crowd);
	daemon_await_booked(&daemon, 300);
	stop(&daemon, 300);
}

Test(scenario_fault_fork, what_is_not_waited_for_is_greeted_all_the_same)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	start(&daemon, ARGV("-q", "-l", "0"));
	break_fork(&daemon);
	load_start(&load, daemon.port, 100, 1000);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, 1000);
	stop(&daemon, 1000);
}

Test(scenario_fault_fork, a_long_greeting_waits_until_fork_works)
{
	const size_t length = 3 << 20;
	char *greeting = malloc(length), path[SCRATCH_PATH];
	struct daemon daemon;
	int conns[3];
	size_t i;

	memset(greeting, 'x', length);
	scratch_write("long", greeting, length, path);
	start(&daemon, ARGV("-q", "-f", path));
	break_fork(&daemon);
	for (i = 0; i < 3; i++)
		conns[i] = peer_connect(daemon.port);
	process_await_line(&daemon.process, PROCESS_ERR, "haild: fork: ", NULL);
	/* The time that three connections need takes no more than others. */
	cr_assert_lt(procfs_share(daemon.process.pid), 0.05);
	mend_fork(&daemon);
	for (i = 0; i < 3; i++)
		peer_expect(conns[i], greeting, length);
	for (i = 0; i < 3; i++)
		close(conns[i]);
	daemon_await_booked(&daemon, 3);
	stop(&daemon, 3);
	free(greeting);
}

Test(scenario_fault_fork, a_stop_greets_first_whom_it_accepted)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	start(&daemon, ARGV("-q"));
	load_start(&load, daemon.port, 100, 0);
	load_await(&load, 200);
	break_fork(&daemon);
	load_await(&load, 200);
	process_signal(&daemon.process, SIGTERM);
	daemon_await_stop(&daemon);
	counts = load_stop(&load);
	cr_assert_eq(counts.wrong + counts.reset + counts.stranded, 0);
	cr_assert_eq(books_greeted(&daemon.books), counts.greeted);
	process_free(&daemon.process);
}

Test(scenario_fault_fork, a_limit_that_is_always_near_fills_no_log)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	start(&daemon, ARGV("-q"));
	fault_limit(daemon.process.pid, RLIMIT_NPROC, 6);
	load_start(&load, daemon.port, 100, 10000);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, 10000);
	daemon_await_booked(&daemon, 10000);
	cr_assert_gt(books_count(&daemon.books, "greeted by the parent"), 0);
	cr_assert_gt(books_count(&daemon.books, "greeted"), 0);
	daemon_stop(&daemon);
	/* When it began, and in the end; what it lacks is said at the start. */
	cr_assert_leq(count_lines(&daemon, "haild: fork"), 2, "%s",
	    daemon.process.output[PROCESS_ERR].text);
	process_free(&daemon.process);
}
