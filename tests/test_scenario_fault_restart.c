#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>

#include "daemon.h"
#include "load.h"

/* One haild after the other, under a storm that does not stop. */

Test(scenario_fault_restart, across_ten_restarts_nobody_who_connected_fails)
{
	struct load_counts counts;
	struct daemon daemon;
	uint64_t accepted = 0;
	char port[8] = "0";
	struct load load;
	int i;

	for (i = 0; i <= 10; i++) {
		daemon_start(&daemon,
		    &(struct daemon_options){
			.words = ARGV("-q", "-B", "4096"), .port = port});
		snprintf(port, sizeof(port), "%u", daemon.port);
		if (i == 0)
			load_start_evenly(&load, daemon.port, 2500);
		daemon_await_accepted(&daemon, 1000);
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
