#include <sys/socket.h>

#include <criterion/criterion.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "duration.h"
#include "peer.h"
#include "procfs.h"
#include "scratch.h"

/* Clients that are no help. */

#define LARGE ((size_t)4 << 20)

/* A haild with a greeting that no socket buffer holds. */
static void
start_with_large_greeting(struct daemon *daemon, char *timeout)
{
	char *bytes = calloc(1, LARGE), path[SCRATCH_PATH];

	memset(bytes, 'x', LARGE);
	scratch_write("large", bytes, LARGE, path);
	free(bytes);
	daemon_start(daemon,
	    &(struct daemon_options){
		.words = ARGV("-v", "-f", path, "-t", timeout)});
}

Test(scenario_client, one_that_sends_much_before_it_reads_is_greeted)
{
	static char early[100 << 10];
	struct daemon daemon;
	pid_t child;
	int conn;

	daemon_start(&daemon, &(struct daemon_options){.words = ARGV("-v")});
	conn = peer_connect(daemon.port);
	peer_send(conn, early, sizeof(early));
	daemon_await_children(&daemon, 1, &child);
	peer_send(conn, early, sizeof(early));
	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	shutdown(conn, SHUT_WR);
	daemon_await_booked(&daemon, 1);
	cr_assert_not(peer_was_reset(conn), "the server reset it");
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_client, one_that_sends_much_and_never_reads_is_greeted)
{
	static char early[100 << 10];
	struct daemon daemon;
	int conn;

	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-l", "10m")});
	conn = peer_connect(daemon.port);
	peer_send(conn, early, sizeof(early));
	shutdown(conn, SHUT_WR);
	daemon_await_booked(&daemon, 1);
	cr_assert_not(peer_was_reset(conn), "the server reset it");
	/* It lay there all the time. */
	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_client, one_that_never_closes_is_left_after_the_linger)
{
	const int64_t linger = 400 * NS_PER_MS;
	struct daemon daemon;
	int64_t started;
	pid_t child;
	int conn;

	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-l", "400ms")});
	started = monotonic_now();
	conn = peer_connect(daemon.port);
	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	daemon_await_children(&daemon, 1, &child);
	procfs_await_end(child);
	cr_assert_geq(monotonic_now() - started, linger);
	daemon_await_booked(&daemon, 1);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	close(conn);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_client, without_linger_the_child_does_not_wait)
{
	struct daemon daemon;
	int conn;

	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-l", "0")});
	conn = peer_connect(daemon.port);
	/* Booked while it is still open. */
	daemon_await_booked(&daemon, 1);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	close(conn);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_client, one_that_resets_after_the_greeting_was_greeted)
{
	struct daemon daemon;
	int conn;

	daemon_start(&daemon, NULL);
	conn = peer_connect(daemon.port);
	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	peer_reset(conn);
	daemon_await_booked(&daemon, 1);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	daemon_visit(&daemon);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_client, one_that_resets_within_the_greeting_is_booked_as_gone)
{
	struct daemon daemon;
	char first[100];
	int conn;

	start_with_large_greeting(&daemon, "10m");
	conn = peer_connect_slowly(daemon.port);
	cr_assert_gt(peer_read(conn, first, sizeof(first)), 0);
	peer_reset(conn);
	daemon_await_booked(&daemon, 1);
	cr_assert_eq(books_count(&daemon.books, "peer gone"), 1);
	process_await_line(&daemon.process, PROCESS_ERR, "haild: Got", NULL);
	daemon_stop(&daemon);
	cr_assert_not_null(
	    strstr(daemon.process.output[PROCESS_ERR].text, ": peer gone\n"));
	process_free(&daemon.process);
}

Test(scenario_client, one_that_never_reads_is_timed_out_and_reset)
{
	const int64_t timeout = 300 * NS_PER_MS;
	struct daemon daemon;
	int64_t started;
	int conn;

	start_with_large_greeting(&daemon, "300ms");
	started = monotonic_now();
	conn = peer_connect_slowly(daemon.port);
	daemon_await_booked(&daemon, 1);
	cr_assert_geq(monotonic_now() - started, timeout);
	cr_assert_eq(books_count(&daemon.books, "timed out"), 1);
	cr_assert(peer_was_reset(conn), "it may take half for the whole");
	close(conn);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

/* From now on nothing that the server sends arrives, not even an ACK. */
static void
vanish(int conn)
{
	struct sock_filter drop[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
	const struct sock_fprog filter = {.len = 1, .filter = drop};

	if (setsockopt(conn, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
		sizeof(filter)) == -1)
		cr_skip_test("this kernel lets only root filter TCP: %m");
}

Test(scenario_client, one_that_vanishes_is_timed_out)
{
	struct daemon daemon;
	char first[100];
	int conn;

	start_with_large_greeting(&daemon, "500ms");
	conn = peer_connect_slowly(daemon.port);
	cr_assert_gt(peer_read(conn, first, sizeof(first)), 0);
	vanish(conn);
	daemon_await_booked(&daemon, 1);
	cr_assert_eq(books_count(&daemon.books, "timed out"), 1);
	close(conn);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_client, what_nobody_acknowledges_is_not_booked_as_greeted)
{
	struct daemon daemon;
	pid_t acceptor;
	int conn;

	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-t", "300ms")});
	/* Out of reach before haild has seen it. */
	acceptor = daemon_acceptor(&daemon);
	kill(acceptor, SIGSTOP);
	conn = peer_connect(daemon.port);
	vanish(conn);
	kill(acceptor, SIGCONT);
	daemon_await_booked(&daemon, 1);
	cr_assert_eq(books_count(&daemon.books, "timed out"), 1);
	close(conn);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_client, one_that_says_goodbye_at_once_is_greeted)
{
	struct daemon daemon;
	int conn;

	daemon_start(&daemon, NULL);
	conn = peer_connect(daemon.port);
	shutdown(conn, SHUT_WR);
	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	close(conn);
	daemon_await_booked(&daemon, 1);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_client, many_that_hold_on_do_not_keep_others_waiting)
{
	struct daemon daemon;
	int conns[100], i;

	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-l", "10m")});
	for (i = 0; i < 100; i++) {
		conns[i] = peer_connect(daemon.port);
		peer_expect(conns[i], DAEMON_GREETING, DAEMON_LENGTH);
	}
	daemon_visit(&daemon);
	for (i = 0; i < 100; i++)
		close(conns[i]);
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 101);
	cr_assert_geq(daemon.books.most_children, 100);
	process_free(&daemon.process);
}
