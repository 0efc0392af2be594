#include <criterion/criterion.h>
#include <signal.h>
#include <unistd.h>

#include "daemon.h"
#include "fault.h"
#include "guest.h"
#include "machine.h"
#include "peer.h"

/* How many, how often, and what becomes of those who are over it. */

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

Test(scenario_limits, a_source_has_so_many_connections)
{
	struct daemon daemon;
	int first, second, other;

	START(&daemon, "--per-source", "2");
	first = guest_hold(&daemon, "127.0.0.1");
	second = guest_hold(&daemon, "127.0.0.1");
	guest_is_refused(&daemon, "127.0.0.1", BUSY);
	guest_is_refused(&daemon, "127.0.0.1", BUSY);
	other = guest_hold(&daemon, "127.0.0.2");
	close(first);
	daemon_await_count(&daemon, "greeted", 1);
	first = guest_hold(&daemon, "127.0.0.1");
	guest_is_refused(&daemon, "127.0.0.1", BUSY);
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
	first = guest_hold(&daemon, "2001:db8:0:1::1");
	guest_is_refused(&daemon, "2001:db8:0:1::1", BUSY);
	guest_is_refused(&daemon, "2001:db8:0:1:ffff:ffff:ffff:ffff", BUSY);
	second = guest_hold(&daemon, "2001:db8:0:2::1");
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
		guest_visit(&daemon, "127.0.0.1");
	guest_is_refused(&daemon, "127.0.0.1", BUSY);
	guest_visit(&daemon, "127.0.0.2");
	guest_is_refused(&daemon, "127.0.0.1", BUSY);
	stop(&daemon, 4, 2);
}

Test(scenario_limits, over_the_total_they_are_refused_if_that_is_wished)
{
	struct daemon daemon;

	START(&daemon, "--max-rate", "2/h", "--overload", "refuse");
	guest_visit(&daemon, "127.0.0.1");
	guest_visit(&daemon, "127.0.0.2");
	guest_is_refused(&daemon, "127.0.0.3", BUSY);
	process_await_line(
	    &daemon.process, PROCESS_ERR, "haild: refused 127.0.0.3:", NULL);
	stop(&daemon, 2, 1);
}

Test(scenario_limits, the_busy_message_survives_what_the_client_sends)
{
	static char early[100 * 1024];
	struct daemon daemon;
	int first, second;

	START(&daemon, "--per-source", "1");
	first = guest_hold(&daemon, "127.0.0.1");
	second = peer_connect_from("127.0.0.1", daemon.port);
	peer_send(second, early, sizeof(early));
	peer_expect(second, BUSY, sizeof(BUSY) - 1);
	peer_send(second, early, sizeof(early));
	daemon_read_books(&daemon);
	cr_assert_not(peer_was_reset(second));
	close(second);
	close(first);
	stop(&daemon, 1, 1);
}

Test(scenario_limits, the_refused_who_hold_on_make_room_for_the_next)
{
	int first, refused[100];
	struct daemon daemon;
	unsigned i;

	START(&daemon, "--per-source", "1");
	first = guest_hold(&daemon, "127.0.0.1");
	for (i = 0; i < 100; i++) {
		refused[i] = peer_connect_from("127.0.0.1", daemon.port);
		peer_expect(refused[i], BUSY, sizeof(BUSY) - 1);
	}
	/* Sixty-four of them linger, and the others are over. */
	daemon_await_count(&daemon, "refused", 36);
	cr_expect_eq(daemon.books.in_hand, 65);
	for (i = 0; i < 100; i++)
		close(refused[i]);
	close(first);
	stop(&daemon, 1, 100);
}

Test(scenario_limits, without_a_message_the_refused_are_hung_up_on)
{
	struct daemon daemon;
	int first, second;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-l", "10m", "--per-source", "1")});
	first = guest_hold(&daemon, "127.0.0.1");
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
	first = guest_hold(&daemon, "127.0.0.1");
	guest_is_refused(&daemon, "127.0.0.1", BUSY);
	close(first);
	daemon_await_count(&daemon, "greeted", 1);
	guest_visit(&daemon, "127.0.0.1");
	daemon_await_count(&daemon, "greeted", 2);
	guest_is_refused(&daemon, "127.0.0.1", BUSY);
	close(peer_connect_from("127.0.0.9", daemon.port));
	daemon_await_count(&daemon, "refused", 3);
	process_signal(&daemon.process, SIGUSR1);
	process_await_line(&daemon.process, PROCESS_OUT,
	    "haild: refused 3 = by rule 1 + per source 1 + rate per source 1; "
	    "waited 0, most at once 0; sources 1",
	    NULL);
	stop(&daemon, 2, 3);
}

/* While fork fails the parent greets by itself; that counts as well. */
Test(scenario_limits, one_whom_the_parent_greeted_is_live_until_it_is_over)
{
	struct daemon daemon;
	int first;

	machine_root_or_skip();
	START(&daemon, "--per-source", "1");
	fault_limit(daemon.process.pid, RLIMIT_NPROC, 0);
	first = guest_hold(&daemon, "127.0.0.1");
	guest_is_refused(&daemon, "127.0.0.1", BUSY);
	close(first);
	daemon_await_booked(&daemon, 2);
	cr_expect_eq(books_count(&daemon.books, "greeted by the parent"), 1);
	guest_visit(&daemon, "127.0.0.1");
	/* LeakSanitizer forks at the end. */
	fault_limit(daemon.process.pid, RLIMIT_NPROC, 10000);
	daemon_stop(&daemon);
	cr_expect_eq(books_count(&daemon.books, "greeted by the parent"), 2);
	process_free(&daemon.process);
}
