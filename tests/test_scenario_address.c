#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "daemon.h"
#include "machine.h"
#include "peer.h"

/* Where haild can be found. */

static void
visit(const char *host, unsigned port)
{
	struct address_list list;
	struct reason why;
	char number[8];
	int conn;

	snprintf(number, sizeof(number), "%u", port);
	cr_assert_eq(
	    address_resolve(host, number, ADDRESS_CONNECT, &list, &why), 0,
	    "%s", why.text);
	conn = peer_connect_to(&list.at[0]);
	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	close(conn);
}

/* How many readiness lines there are. */
static unsigned
lines(const struct daemon *daemon)
{
	const char *at = daemon->process.output[PROCESS_OUT].text;
	unsigned count = 0;

	while ((at = strstr(at, "haild: listening on ")) != NULL) {
		count++;
		at++;
	}
	return count;
}

Test(scenario_address, ipv6_loopback)
{
	char name[ADDRESS_STRLEN], line[PROCESS_LINE];
	struct daemon daemon;

	machine_ipv6_or_skip();
	daemon_start(&daemon, &(struct daemon_options){.host = "::1"});
	snprintf(name, sizeof(name), "[::1]:%u", daemon.port);
	cr_assert_str_eq(daemon.address, name);
	visit("::1", daemon.port);
	process_await_line(&daemon.process, PROCESS_ERR,
	    "haild: Got a connection from [::1]:", line);
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	process_free(&daemon.process);
}

Test(scenario_address, in_brackets_with_its_port)
{
	struct process process;
	char line[PROCESS_LINE];

	machine_ipv6_or_skip();
	process_start(&process, ARGV(BUILD "/haild", "[::1]:0"), NULL);
	process_await_line(
	    &process, PROCESS_OUT, "haild: listening on [::1]:", line);
	process_signal(&process, SIGTERM);
	cr_assert_eq(process_wait(&process), 0);
	process_free(&process);
}

Test(scenario_address, a_star_is_every_address_at_one_port)
{
	struct daemon daemon;

	daemon_start(&daemon, &(struct daemon_options){.host = "*"});
	visit("127.0.0.1", daemon.port);
	visit("127.0.0.2", daemon.port);
	if (machine_has_ipv6())
		visit("::1", daemon.port);
	cr_assert_eq(lines(&daemon), machine_has_ipv6() ? 2 : 1);
	daemon_stop(&daemon);
	cr_assert_eq(
	    books_count(&daemon.books, "greeted"), machine_has_ipv6() ? 3 : 2);
	process_free(&daemon.process);
}

Test(scenario_address, all_of_ipv4_and_all_of_ipv6_are_apart)
{
	struct daemon four, six;
	char port[8];

	machine_ipv6_or_skip();
	daemon_start(&four, &(struct daemon_options){.host = "0.0.0.0"});
	snprintf(port, sizeof(port), "%u", four.port);
	daemon_start(
	    &six, &(struct daemon_options){.host = "::", .port = port});
	visit("127.0.0.1", four.port);
	visit("::1", four.port);
	visit("::1", four.port);
	daemon_stop(&four);
	daemon_stop(&six);
	cr_assert_eq(four.books.accepted, 1);
	cr_assert_eq(six.books.accepted, 2);
	process_free(&four.process);
	process_free(&six.process);
}

Test(scenario_address, localhost_is_each_loopback_address_it_resolves_to)
{
	char line[PROCESS_LINE];
	struct daemon daemon;

	machine_ipv6_or_skip();
	machine_own_hosts_or_skip("127.0.0.1 localhost\n::1 localhost\n");
	daemon_start(&daemon, &(struct daemon_options){.host = "localhost"});
	visit("127.0.0.1", daemon.port);
	visit("::1", daemon.port);
	visit("localhost", daemon.port);
	cr_assert_eq(lines(&daemon), 2);
	snprintf(line, sizeof(line), "haild: listening on 127.0.0.1:%u (",
	    daemon.port);
	cr_assert_not_null(
	    strstr(daemon.process.output[PROCESS_OUT].text, line));
	snprintf(
	    line, sizeof(line), "haild: listening on [::1]:%u (", daemon.port);
	cr_assert_not_null(
	    strstr(daemon.process.output[PROCESS_OUT].text, line));
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 3);
	process_free(&daemon.process);
}

Test(scenario_address, what_this_machine_lacks_of_a_name_is_left_out)
{
	struct daemon daemon;

	machine_own_hosts_or_skip("192.0.2.1 partly\n127.0.0.1 partly\n");
	daemon_start(&daemon, &(struct daemon_options){.host = "partly"});
	visit("127.0.0.1", daemon.port);
	cr_assert_eq(lines(&daemon), 1);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_address, the_name_of_this_machine)
{
	struct address_list list;
	struct daemon daemon;
	struct reason why;
	char name[256];

	cr_assert_eq(gethostname(name, sizeof(name)), 0);
	if (address_resolve(name, "1", ADDRESS_LISTEN, &list, &why) == -1)
		cr_skip_test("this machine does not know its own name");
	daemon_start(&daemon, &(struct daemon_options){.host = name});
	visit(name, daemon.port);
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	process_free(&daemon.process);
}
