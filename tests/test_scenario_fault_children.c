#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crowd.h"
#include "daemon.h"
#include "load.h"
#include "peer.h"
#include "procfs.h"

/* Children die as they should not, or many at once. */

/* A sanitizer makes each child a hundred times larger. */
static unsigned
many(void)
{
	return strstr(BUILD, "sanitize") == NULL ? 5000 : 300;
}

static unsigned
count_lines(const struct daemon *daemon, const char *part)
{
	const char *at = daemon->process.output[PROCESS_ERR].text;
	unsigned count = 0;

	for (; (at = strstr(at, part)) != NULL; at++)
		count++;
	return count;
}

/* Kill so many of those that serve, chosen by chance. */
static void
kill_some(pid_t pids[], unsigned alive, unsigned victims, int signal)
{
	unsigned short seed[3] = {(unsigned short)pids[0], 0, 0};
	unsigned i, at;

	for (i = 0; i < victims; i++) {
		do
			at = (unsigned)nrand48(seed) % alive;
		while (pids[at] == 0);
		cr_assert_eq(kill(pids[at], signal), 0, "%m");
		pids[at] = 0;
	}
}

Test(scenario_fault_children, those_killed_are_named_and_the_others_live_on)
{
	const struct process_limit no_core[] = {{RLIMIT_CORE, 0}};
	struct load_counts counts;
	struct daemon daemon;
	struct crowd crowd;
	struct load load;
	pid_t pids[200];

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-q", "-l", "10m"),
		.process = {.limits = no_core, .limit_count = 1},
	    });
	crowd_come(&crowd, daemon.port, 200);
	daemon_await_children(&daemon, 200, pids);
	load_start(&load, daemon.port, 50, 0);
	load_await(&load, 500);
	kill_some(pids, 200, 60, SIGKILL);
	kill_some(pids, 200, 40, SIGSEGV);
	load_await(&load, 500);
	counts = load_stop(&load);
	cr_assert_geq(counts.greeted, 1000);
	cr_assert_eq(counts.wrong + counts.reset + counts.stranded, 0);
	daemon_await_children(&daemon, 100, pids);
	crowd_free(&crowd);
	daemon_stop(&daemon);
#ifdef HAIL_SANITIZED
	/* The sanitizer catches SIGSEGV and ends the child with a status. */
	cr_assert_eq(books_count(&daemon.books, "failed"), 40);
	cr_assert_eq(books_count(&daemon.books, "killed"), 60);
#else
	cr_assert_eq(books_count(&daemon.books, "killed"), 100);
#endif
	cr_assert_eq(
	    books_count(&daemon.books, "greeted"), counts.greeted + 100);
	/* The log names the first ten, and how many more there were. */
	cr_assert_geq(count_lines(&daemon, ": killed by signal "), 10);
	cr_assert_geq(count_lines(&daemon, "more"), 1);
	process_free(&daemon.process);
}

/* A crowd leaves at once, but for those whose children are killed. */
static void
leave_all_at_once(struct daemon *daemon, unsigned count, unsigned victims)
{
	pid_t *pids = calloc(count, sizeof(*pids));
	struct crowd crowd;
	pid_t left[2];

	crowd_come(&crowd, daemon->port, count);
	daemon_await_children(daemon, count, pids);
	/* So that nothing is reaped before all have ended. */
	process_signal(&daemon->process, SIGSTOP);
	kill_some(pids, count, victims, SIGKILL);
	crowd_free(&crowd);
	process_signal(&daemon->process, SIGCONT);
	daemon_await_booked(daemon, count);
	cr_assert_eq(books_count(&daemon->books, "killed"), victims);
	cr_assert_eq(books_count(&daemon->books, "greeted"), count - victims);
	/* The acceptor, and no zombie. */
	cr_assert_eq(procfs_children(daemon->process.pid, left, 2), 1);
	free(pids);
}

Test(scenario_fault_children, thousands_that_end_in_one_moment_are_all_reaped)
{
	struct daemon daemon;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-q", "-l", "10m", "-c", "5000")});
	leave_all_at_once(&daemon, many(), many() / 10);
	cr_assert_eq(daemon.books.most_children, many());
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

/* Stopped, or taken over by somebody who keeps it: it does not end by itself.
 */
Test(scenario_fault_children, one_that_does_not_end_gives_its_place_to_the_next)
{
	char name[ADDRESS_STRLEN], expected[PROCESS_LINE];
	struct daemon daemon;
	int first, second;
	pid_t child;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-c", "1", "-t", "1s", "-l", "2s")});
	first = peer_connect(daemon.port);
	daemon_await_children(&daemon, 1, &child);
	cr_assert_eq(kill(child, SIGSTOP), 0, "%m");
	second = peer_connect(daemon.port);
	peer_expect(second, DAEMON_GREETING, DAEMON_LENGTH);
	snprintf(expected, sizeof(expected),
	    "haild: child %d of %s: killed, as it held its place for too long",
	    (int)child, peer_name(first, name));
	process_await_line(&daemon.process, PROCESS_ERR, expected, NULL);
	close(first);
	close(second);
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "killed"), 1);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	process_free(&daemon.process);
}

/* The signals that tell of ends are lost: RLIMIT_SIGPENDING. */
Test(scenario_fault_children, those_of_whom_no_signal_tells_are_reaped_too)
{
	const struct process_limit none[] = {{RLIMIT_SIGPENDING, 0}};
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-q", "-l", "10m"),
		.process = {.limits = none, .limit_count = 1},
	    });
	leave_all_at_once(&daemon, 300, 30);
	load_start(&load, daemon.port, 50, 1000);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, 1000);
	daemon_await_booked(&daemon, 1300);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_fault_children, a_starter_that_ignores_them_changes_nothing)
{
	struct daemon daemon;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-q", "-l", "10m"),
		.process = {.ignored = SIGCHLD},
	    });
	leave_all_at_once(&daemon, 20, 5);
	cr_assert_eq(kill(daemon_acceptor(&daemon), SIGKILL), 0);
	process_await_line(
	    &daemon.process, PROCESS_ERR, "haild: acceptor restarted", NULL);
	daemon_visit(&daemon);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

/* What a connection costs the parent, ns, of so many one after the other. */
static double
cost(const struct daemon *daemon, uint64_t total)
{
	const int64_t before = procfs_cpu(daemon->process.pid);
	struct load_counts counts;
	struct load load;

	load_start(&load, daemon->port, 20, total);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, total);
	return (double)(procfs_cpu(daemon->process.pid) - before) /
	    (double)total;
}

Test(scenario_fault_children, who_holds_on_makes_nobody_elses_visit_dearer)
{
	double alone, among_many;
	struct daemon daemon;
	struct crowd crowd;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-q", "-l", "10m", "-c", "5050")});
	alone = cost(&daemon, 3000);
	crowd_come(&crowd, daemon.port, many());
	among_many = cost(&daemon, 3000);
	cr_assert_lt(
	    among_many, 1.5 * alone, "%.0f ns, alone %.0f", among_many, alone);
	crowd_free(&crowd);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}
