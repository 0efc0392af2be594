#include <criterion/criterion.h>
#include <signal.h>
#include <unistd.h>

#include "daemon.h"
#include "duration.h"
#include "guest.h"
#include "load.h"
#include "peer.h"

/* Those who are over a limit wait, and nobody else does. */

#define BUSY "try again later\r\n"

/* haild with words of its own, and children that wait for their clients. */
#define START(daemon, ...)                                                 \
	daemon_start(daemon,                                               \
	    &(struct daemon_options){.words = ARGV("--busy-message", BUSY, \
					 "-l", "10m", __VA_ARGS__)})

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

Test(scenario_wait, over_the_total_they_wait_and_nobody_is_lost)
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

Test(scenario_wait, a_stop_serves_those_who_wait_for_the_total)
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

Test(scenario_wait, one_that_waits_for_its_source_holds_up_nobody)
{
	struct daemon daemon;
	int first, second, third, i;

	START(&daemon, "--per-source", "1", "--overload", "wait", "-t", "10m");
	first = guest_hold(&daemon, "127.0.0.1");
	second = peer_connect_from("127.0.0.1", daemon.port);
	third = peer_connect_from("127.0.0.1", daemon.port);
	for (i = 0; i < 5; i++)
		guest_visit(&daemon, "127.0.0.2");
	cr_assert(guest_waits(second));
	cr_assert(guest_waits(third));
	/* They have their turns in the order in which they came. */
	close(first);
	peer_expect(second, DAEMON_GREETING, DAEMON_LENGTH);
	cr_assert(guest_waits(third));
	close(second);
	peer_expect(third, DAEMON_GREETING, DAEMON_LENGTH);
	close(third);
	stop(&daemon, 8, 0);
}

Test(scenario_wait, who_comes_too_often_waits_until_it_is_time)
{
	const int64_t started = monotonic_now();
	struct daemon daemon;
	int i;

	START(&daemon, "--rate-per-source", "10/s", "--overload", "wait");
	for (i = 0; i < 15; i++)
		guest_visit(&daemon, "127.0.0.1");
	cr_expect_geq(monotonic_now() - started, 500 * NS_PER_MS);
	stop(&daemon, 15, 0);
}

Test(scenario_wait, one_waits_no_longer_than_a_greeting_may_take)
{
	struct daemon daemon;
	int first;

	START(
	    &daemon, "--per-source", "1", "--overload", "wait", "-t", "300ms");
	first = guest_hold(&daemon, "127.0.0.1");
	guest_is_refused(&daemon, "127.0.0.1", BUSY);
	close(first);
	stop(&daemon, 1, 1);
}

Test(scenario_wait, where_too_many_wait_the_rest_is_refused)
{
	const unsigned share = 64;
	int first, waiting[64];
	struct daemon daemon;
	unsigned i;

	START(&daemon, "--per-source", "1", "--overload", "wait", "-t", "10m");
	first = guest_hold(&daemon, "127.0.0.1");
	for (i = 0; i < share; i++)
		waiting[i] = peer_connect_from("127.0.0.1", daemon.port);
	/* Steered to another queue this one could come in before them. */
	do
		daemon_read_books(&daemon);
	while (daemon.books.accepted < 1 + share);
	guest_is_refused(&daemon, "127.0.0.1", BUSY);
	guest_visit(&daemon, "127.0.0.2");
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

Test(scenario_wait, the_room_to_wait_is_for_many_sources)
{
	const char *sources[] = {
	    "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"};
	int held[5], waiting[4 * 64];
	struct daemon daemon;
	unsigned i;

	START(&daemon, "--per-source", "1", "--overload", "wait", "-t", "10m");
	for (i = 0; i < 5; i++)
		held[i] = guest_hold(&daemon, sources[i]);
	for (i = 0; i < 4 * 64; i++)
		waiting[i] = peer_connect_from(sources[i / 64], daemon.port);
	do
		daemon_read_books(&daemon);
	while (daemon.books.accepted < 5 + 4 * 64);
	/* All 256 places are taken, and it is not the source's fault. */
	guest_is_refused(&daemon, "127.0.0.5", BUSY);
	guest_visit(&daemon, "127.0.0.6");
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

Test(scenario_wait, where_descriptors_are_few_fewer_wait_and_none_is_lost)
{
	const struct process_limit few = {RLIMIT_NOFILE, 96};
	uint64_t greeted, refused;
	struct daemon daemon;
	int held, conns[60];
	char message[64];
	unsigned i;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("--busy-message", BUSY, "-l", "10m", "-B", "60",
		    "--per-source", "1", "--overload", "wait", "-t", "10m"),
		.process = {.limits = &few, .limit_count = 1}});
	held = guest_hold(&daemon, "127.0.0.1");
	for (i = 0; i < 60; i++)
		conns[i] = peer_connect_from("127.0.0.1", daemon.port);
	do
		daemon_read_books(&daemon);
	while (daemon.books.accepted < 61);
	guest_visit(&daemon, "127.0.0.2");
	process_signal(&daemon.process, SIGTERM);
	close(held);
	for (i = 0; i < 60; i++) {
		peer_read_all(conns[i], message, sizeof(message));
		close(conns[i]);
	}
	daemon_await_stop(&daemon);
	greeted = books_count(&daemon.books, "greeted");
	refused = books_count(&daemon.books, "refused");
	/* Half of the places that are left are for those who wait. */
	cr_expect_eq(greeted, 2 + 32, "%lu", greeted);
	cr_expect_eq(refused, 28, "%lu", refused);
	process_free(&daemon.process);
}
