#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "daemon.h"
#include "load.h"
#include "machine.h"
#include "procfs.h"

/* Many clients in the same moment. */

static void
assert_all_greeted(const struct load_counts *counts, uint64_t total)
{
	cr_assert_eq(counts->greeted, total,
	    "greeted %lu, wrong %lu, reset %lu, stranded %lu, refused %lu, "
	    "not connected %lu",
	    counts->greeted, counts->wrong, counts->reset, counts->stranded,
	    counts->refused, counts->unconnected);
}

struct burst_row {
	char burst[8];
	unsigned at_once;
	unsigned total;
};

ParameterizedTestParameters(scenario_burst, everyone_is_greeted)
{
	static struct burst_row rows[] = {
	    {"1024", 64, 64},
	    {"1024", 500, 1500},
	    {"1024", 1000, 2000},
	    {"4096", 2000, 4000},
	};

	return cr_make_param_array(
	    struct burst_row, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(struct burst_row *row, scenario_burst, everyone_is_greeted)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	daemon_start(&daemon,
	    &(struct daemon_options){.words = ARGV("-q", "-B", row->burst)});
	load_start(&load, daemon.port, row->at_once, row->total);
	counts = load_finish(&load);
	assert_all_greeted(&counts, row->total);
	daemon_await_booked(&daemon, row->total);
	daemon_stop(&daemon);
	cr_assert_eq(daemon.books.accepted, row->total);
	cr_assert_eq(books_count(&daemon.books, "greeted"), row->total);
	process_free(&daemon.process);
}

Test(scenario_burst, no_listener_overflows_when_1000_come_at_once)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	machine_own_network_or_skip();
	daemon_start(&daemon, &(struct daemon_options){.words = ARGV("-q")});
	load_start(&load, daemon.port, 1000, 1000);
	counts = load_finish(&load);
	assert_all_greeted(&counts, 1000);
	cr_assert_eq(procfs_counter("TcpExt", "ListenOverflows"), 0);
	cr_assert_eq(procfs_counter("TcpExt", "SyncookiesSent"), 0);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_burst, six_places_are_enough_for_64_at_once)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	machine_own_network_or_skip();
	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-q", "-B", "1")});
	load_start(&load, daemon.port, 64, 64);
	counts = load_finish(&load);
	assert_all_greeted(&counts, 64);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_burst, more_children_than_allowed_are_never_alive)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-q", "-c", "3")});
	load_start(&load, daemon.port, 200, 600);
	counts = load_finish(&load);
	assert_all_greeted(&counts, 600);
	daemon_stop(&daemon);
	cr_assert_leq(daemon.books.most_children, 3);
	cr_assert_eq(books_count(&daemon.books, "refused"), 0);
	process_free(&daemon.process);
}

Test(scenario_burst, after_2000_connections_nothing_is_left_behind)
{
	struct load_counts counts;
	int parent, acceptor;
	struct daemon daemon;
	struct load load;
	pid_t child;

	daemon_start(&daemon, &(struct daemon_options){.words = ARGV("-q")});
	daemon_visit(&daemon);
	daemon_await_booked(&daemon, 1);
	parent = procfs_descriptors(daemon.process.pid);
	acceptor = procfs_descriptors(daemon_acceptor(&daemon));
	cr_assert_gt(parent, 0);
	cr_assert_gt(acceptor, 171);
	load_start(&load, daemon.port, 100, 2000);
	counts = load_finish(&load);
	assert_all_greeted(&counts, 2000);
	daemon_await_booked(&daemon, 2001);
	cr_assert_eq(procfs_descriptors(daemon.process.pid), parent);
	cr_assert_eq(procfs_descriptors(daemon_acceptor(&daemon)), acceptor);
	/* The acceptor and nobody else, dead or alive. */
	cr_assert_eq(procfs_children(daemon.process.pid, &child, 1), 1);
	cr_assert_eq(child, daemon_acceptor(&daemon));
	daemon_await_children(&daemon, 0, NULL);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}
