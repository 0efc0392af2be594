#include <criterion/criterion.h>
#include <poll.h>
#include <unistd.h>

#include "daemon.h"
#include "load.h"
#include "peer.h"

/* When all children are busy, the others wait. */

static int
connect_and_hold(const struct daemon *daemon)
{
	int conn = peer_connect(daemon->port);

	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	return conn;
}

/* Has anything come, be it an end or an error? */
static bool
is_waiting(int conn)
{
	struct pollfd event = {.fd = conn, .events = POLLIN};

	return poll(&event, 1, 0) == 0;
}

Test(scenario_queue, at_the_cap_a_connection_waits_and_is_not_refused)
{
	int first, second, third;
	struct daemon daemon;

	daemon_start(&daemon,
	    &(struct daemon_options){.words = ARGV("-c", "2", "-l", "10m")});
	first = connect_and_hold(&daemon);
	second = connect_and_hold(&daemon);
	third = peer_connect(daemon.port);
	do
		daemon_read_books(&daemon);
	while (daemon.books.accepted < 3);
	cr_assert_eq(daemon.books.in_hand, 3);
	cr_assert(is_waiting(third));
	close(first);
	peer_expect(third, DAEMON_GREETING, DAEMON_LENGTH);
	close(second);
	close(third);
	daemon_await_booked(&daemon, 3);
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 3);
	cr_assert_eq(books_count(&daemon.books, "refused"), 0);
	cr_assert_eq(daemon.books.most_children, 2);
	process_free(&daemon.process);
}

Test(scenario_queue, a_full_queue_leaves_the_rest_to_the_kernel)
{
	struct load_counts counts;
	struct daemon daemon;
	struct load load;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-q", "-c", "1", "-Q", "4")});
	load_start(&load, daemon.port, 200, 400);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, 400);
	daemon_stop(&daemon);
	cr_assert_leq(daemon.books.most_queued, 4);
	cr_assert_geq(daemon.books.most_queued, 1);
	cr_assert_eq(daemon.books.most_children, 1);
	process_free(&daemon.process);
}

Test(scenario_queue, one_listening_socket_is_enough_for_one_after_the_other)
{
	struct daemon daemon;
	int i;

	daemon_start(&daemon,
	    &(struct daemon_options){.words = ARGV("-B", "1", "-b", "0")});
	for (i = 0; i < 50; i++)
		daemon_visit(&daemon);
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 50);
	process_free(&daemon.process);
}
