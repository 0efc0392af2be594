#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "duration.h"
#include "load.h"
#include "machine.h"
#include "peer.h"

/* How many, how often, and what becomes of those who are over it. */

#define BUSY "try again later\r\n"

static const char busy[] = BUSY;

/* haild with words of its own, and children that wait for their clients. */
#define START(daemon, ...)                                                 \
	daemon_start(daemon,                                               \
	    &(struct daemon_options){.words = ARGV("--busy-message", BUSY, \
					 "-l", "10m", __VA_ARGS__)})

static int
connect_and_hold(const struct daemon *daemon, const char *source)
{
	int conn = peer_connect_from(source, daemon->port);

	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	return conn;
}

static void
visit(const struct daemon *daemon, const char *source)
{
	close(connect_and_hold(daemon, source));
}

/* Come, and be told that it is a bad time. */
static void
be_refused(const struct daemon *daemon, const char *source)
{
	int conn = peer_connect_from(source, daemon->port);

	peer_expect(conn, busy, sizeof(busy) - 1);
	close(conn);
}

static bool
is_waiting(int conn)
{
	struct pollfd event = {.fd = conn, .events = POLLIN};

	return poll(&event, 1, 0) == 0;
}

/* Stop; all that came were greeted or refused, so many each. */
static void
stop(struct daemon *daemon, uint64_t greeted, uint64_t refused)
{
	daemon_stop(daemon);
	cr_expect_eq(books_count(&daemon->books, "greeted"), greeted);
	cr_expect_eq(books_count(&daemon->books, "refused"), refused);
	cr_expect_eq(daemon->books.accepted, greeted + refused);
	process_free(&daemon->process);
}

Test(scenario_limits, a_source_has_so_many_connections)
{
	struct daemon daemon;
	int first, second, other;

	START(&daemon, "--per-source", "2");
	first = connect_and_hold(&daemon, "127.0.0.1");
	second = connect_and_hold(&daemon, "127.0.0.1");
	be_refused(&daemon, "127.0.0.1");
	be_refused(&daemon, "127.0.0.1");
	other = connect_and_hold(&daemon, "127.0.0.2");
	close(first);
	daemon_await_count(&daemon, "greeted", 1);
	first = connect_and_hold(&daemon, "127.0.0.1");
	be_refused(&daemon, "127.0.0.1");
	close(first);
	close(second);
	close(other);
	stop(&daemon, 4, 3);
}

Test(scenario_limits, of_an_ipv6_network_all_addresses_are_one_source)
{
	struct daemon daemon;
	int first, second;

	machine_own_network_or_skip();
	machine_ipv6_or_skip();
	machine_add_ipv6("2001:db8:0:1::1");
	machine_add_ipv6("2001:db8:0:1:ffff:ffff:ffff:ffff");
	machine_add_ipv6("2001:db8:0:2::1");
	daemon_start(&daemon,
	    &(struct daemon_options){.host = "::1",
		.words = ARGV(
		    "--busy-message", BUSY, "-l", "10m", "--per-source", "1")});
	first = connect_and_hold(&daemon, "2001:db8:0:1::1");
	be_refused(&daemon, "2001:db8:0:1::1");
	be_refused(&daemon, "2001:db8:0:1:ffff:ffff:ffff:ffff");
	second = connect_and_hold(&daemon, "2001:db8:0:2::1");
	process_await_line(&daemon.process, PROCESS_ERR,
	    "haild: refused [2001:db8:0:1::1]:", NULL);
	close(first);
	close(second);
	stop(&daemon, 2, 2);
}

Test(scenario_limits, a_source_comes_so_often)
{
	struct daemon daemon;
	int i;

	START(&daemon, "--rate-per-source", "3/h");
	for (i = 0; i < 3; i++)
		visit(&daemon, "127.0.0.1");
	be_refused(&daemon, "127.0.0.1");
	visit(&daemon, "127.0.0.2");
	be_refused(&daemon, "127.0.0.1");
	stop(&daemon, 4, 2);
}

Test(scenario_limits, over_the_total_they_wait_and_nobody_is_lost)
{
	const int64_t started = monotonic_now();
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-q", "--max-rate", "100/s")});
	load_start(&load, daemon.port, 150, 250);
	counts = load_finish(&load);
	cr_expect_eq(counts.greeted, 250);
	/* The first hundred at once, then one each ten milliseconds. */
	cr_expect_geq(monotonic_now() - started, 1490 * NS_PER_MS);
	stop(&daemon, 250, 0);
}

Test(scenario_limits, over_the_total_they_are_refused_if_that_is_wished)
{
	struct daemon daemon;

	START(&daemon, "--max-rate", "2/h", "--overload", "refuse");
	visit(&daemon, "127.0.0.1");
	visit(&daemon, "127.0.0.2");
	be_refused(&daemon, "127.0.0.3");
	process_await_line(
	    &daemon.process, PROCESS_ERR, "haild: refused 127.0.0.3:", NULL);
	stop(&daemon, 2, 1);
}

Test(scenario_limits, a_stop_serves_those_who_wait_for_the_total)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	daemon_start(&daemon,
	    &(struct daemon_options){.words = ARGV("-q", "--max-rate", "9/h")});
	load_start(&load, daemon.port, 100, 100);
	load_await(&load, 9);
	do
		daemon_read_books(&daemon);
	while (daemon.books.accepted < 100);
	process_signal(&daemon.process, SIGTERM);
	counts = load_finish(&load);
	cr_expect_eq(counts.greeted, 100);
	daemon_await_stop(&daemon);
	cr_expect_eq(books_count(&daemon.books, "greeted"), 100);
	process_free(&daemon.process);
}

Test(scenario_limits, one_that_waits_for_its_source_holds_up_nobody)
{
	struct daemon daemon;
	int first, second, third, i;

	START(&daemon, "--per-source", "1", "--overload", "wait", "-t", "10m");
	first = connect_and_hold(&daemon, "127.0.0.1");
	second = peer_connect_from("127.0.0.1", daemon.port);
	third = peer_connect_from("127.0.0.1", daemon.port);
	for (i = 0; i < 5; i++)
		visit(&daemon, "127.0.0.2");
	cr_assert(is_waiting(second));
	cr_assert(is_waiting(third));
	/* They have their turns in the order in which they came. */
	close(first);
	peer_expect(second, DAEMON_GREETING, DAEMON_LENGTH);
	cr_assert(is_waiting(third));
	close(second);
	peer_expect(third, DAEMON_GREETING, DAEMON_LENGTH);
	close(third);
	stop(&daemon, 8, 0);
}

Test(scenario_limits, who_comes_too_often_waits_until_it_is_time)
{
	const int64_t started = monotonic_now();
	struct daemon daemon;
	int i;

	START(&daemon, "--rate-per-source", "10/s", "--overload", "wait");
	for (i = 0; i < 15; i++)
		visit(&daemon, "127.0.0.1");
	cr_expect_geq(monotonic_now() - started, 500 * NS_PER_MS);
	stop(&daemon, 15, 0);
}

Test(scenario_limits, one_waits_no_longer_than_a_greeting_may_take)
{
	struct daemon daemon;
	int first;

	START(
	    &daemon, "--per-source", "1", "--overload", "wait", "-t", "300ms");
	first = connect_and_hold(&daemon, "127.0.0.1");
	be_refused(&daemon, "127.0.0.1");
	close(first);
	stop(&daemon, 1, 1);
}

Test(scenario_limits, where_too_many_wait_the_rest_is_refused)
{
	const unsigned share = 64;
	int first, waiting[64];
	struct daemon daemon;
	unsigned i;

	START(&daemon, "--per-source", "1", "--overload", "wait", "-t", "10m");
	first = connect_and_hold(&daemon, "127.0.0.1");
	for (i = 0; i < share; i++)
		waiting[i] = peer_connect_from("127.0.0.1", daemon.port);
	/* Steered to another queue this one could come in before them. */
	do
		daemon_read_books(&daemon);
	while (daemon.books.accepted < 1 + share);
	be_refused(&daemon, "127.0.0.1");
	visit(&daemon, "127.0.0.2");
	/* A stop serves them all. */
	process_signal(&daemon.process, SIGTERM);
	for (i = 0; i < share; i++) {
		peer_expect(waiting[i], DAEMON_GREETING, DAEMON_LENGTH);
		close(waiting[i]);
	}
	close(first);
	daemon_await_stop(&daemon);
	cr_expect_eq(books_count(&daemon.books, "greeted"), 2 + share);
	cr_expect_eq(books_count(&daemon.books, "refused"), 1);
	process_free(&daemon.process);
}

Test(scenario_limits, the_room_to_wait_is_for_many_sources)
{
	const char *sources[] = {
	    "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"};
	int held[5], waiting[4 * 64];
	struct daemon daemon;
	unsigned i;

	START(&daemon, "--per-source", "1", "--overload", "wait", "-t", "10m");
	for (i = 0; i < 5; i++)
		held[i] = connect_and_hold(&daemon, sources[i]);
	for (i = 0; i < 4 * 64; i++)
		waiting[i] = peer_connect_from(sources[i / 64], daemon.port);
	do
		daemon_read_books(&daemon);
	while (daemon.books.accepted < 5 + 4 * 64);
	/* All 256 places are taken, and it is not the source's fault. */
	be_refused(&daemon, "127.0.0.5");
	visit(&daemon, "127.0.0.6");
	process_signal(&daemon.process, SIGTERM);
	for (i = 0; i < 4 * 64; i++) {
		peer_expect(waiting[i], DAEMON_GREETING, DAEMON_LENGTH);
		close(waiting[i]);
	}
	for (i = 0; i < 5; i++)
		close(held[i]);
	daemon_await_stop(&daemon);
	cr_expect_eq(books_count(&daemon.books, "greeted"), 6 + 4 * 64);
	cr_expect_eq(books_count(&daemon.books, "refused"), 1);
	process_free(&daemon.process);
}

Test(scenario_limits, the_busy_message_survives_what_the_client_sends)
{
	static char early[100 * 1024];
	struct daemon daemon;
	int first, second;

	START(&daemon, "--per-source", "1");
	first = connect_and_hold(&daemon, "127.0.0.1");
	second = peer_connect_from("127.0.0.1", daemon.port);
	peer_send(second, early, sizeof(early));
	peer_expect(second, busy, sizeof(busy) - 1);
	peer_send(second, early, sizeof(early));
	daemon_read_books(&daemon);
	cr_assert_not(peer_was_reset(second));
	close(second);
	close(first);
	stop(&daemon, 1, 1);
}

Test(scenario_limits, without_a_message_the_refused_are_hung_up_on)
{
	struct daemon daemon;
	int first, second;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-l", "10m", "--per-source", "1")});
	first = connect_and_hold(&daemon, "127.0.0.1");
	second = peer_connect(daemon.port);
	peer_expect(second, "", 0);
	close(second);
	close(first);
	stop(&daemon, 1, 1);
}

Test(scenario_limits, its_books_tell_who_was_refused_and_why)
{
	struct daemon daemon;
	int first;

	START(&daemon, "--per-source", "1", "--rate-per-source", "2/h",
	    "--deny", "127.0.0.9");
	first = connect_and_hold(&daemon, "127.0.0.1");
	be_refused(&daemon, "127.0.0.1");
	close(first);
	daemon_await_count(&daemon, "greeted", 1);
	visit(&daemon, "127.0.0.1");
	daemon_await_count(&daemon, "greeted", 2);
	be_refused(&daemon, "127.0.0.1");
	close(peer_connect_from("127.0.0.9", daemon.port));
	daemon_await_count(&daemon, "refused", 3);
	process_signal(&daemon.process, SIGUSR1);
	process_await_line(&daemon.process, PROCESS_OUT,
	    "haild: refused 3 = by rule 1 + per source 1 + rate per source 1; "
	    "waited 0, most at once 0; sources 1",
	    NULL);
	stop(&daemon, 2, 3);
}
