#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>

#include "daemon.h"
#include "duration.h"
#include "load.h"

/* One haild after the other, under a storm that does not stop. */

#define FIRST 300

/* Whoever finds nobody comes again a second later, with all the others. */
#define BURST "4096"
#define MOST  2500

/* How many a second this machine serves. */
static unsigned
measure(struct daemon *daemon)
{
	const int64_t started = monotonic_now();
	struct load_counts counts;
	struct load load;

	load_start(&load, daemon->port, 64, FIRST);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, FIRST);
	return (unsigned)(FIRST * NS_PER_S / (monotonic_now() - started)) + 1;
}

/*
 * Three times as many come as are served, on slow machines; and when it stops,
 * what it has taken is so much that it needs a tenth of the time that it has
 * for that.
 */
Test(scenario_fault_restart, across_ten_restarts_nobody_who_connected_fails)
{
	struct load_counts counts;
	struct daemon daemon;
	uint64_t accepted = 0;
	unsigned capacity = 0;
	char port[8] = "0";
	struct load load;
	int i;

	for (i = 0; i <= 10; i++) {
		daemon_start(&daemon,
		    &(struct daemon_options){
			.words = ARGV("-q", "-B", BURST), .port = port});
		snprintf(port, sizeof(port), "%u", daemon.port);
		if (i == 0) {
			capacity = measure(&daemon);
			accepted -= FIRST;
			load_start_evenly(&load, daemon.port,
			    3 * capacity < MOST ? 3 * capacity : MOST);
		}
		daemon_await_accepted(&daemon, FIRST + capacity);
		daemon_stop(&daemon);
		cr_assert_eq(
		    books_greeted(&daemon.books), daemon.books.accepted);
		accepted += daemon.books.accepted;
		process_free(&daemon.process);
	}
	counts = load_stop(&load);
	cr_assert_eq(counts.wrong, 0);
	cr_assert_eq(counts.reset, 0, "%lu", counts.reset);
	cr_assert_eq(counts.stranded, 0);
	cr_assert_eq(counts.greeted, accepted);
}
