#include <sys/socket.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "daemon.h"
#include "deadline.h"
#include "duration.h"
#include "fault.h"
#include "link.h"
#include "load.h"
#include "machine.h"
#include "peer.h"
#include "procfs.h"

/* Client and server on two hosts, with a wire between that is slow or bad. */

static void
start(struct daemon *daemon, char *const words[])
{
	daemon_start(daemon,
	    &(struct daemon_options){.words = words, .host = LINK_SERVER});
}

Test(scenario_fault_network, whatever_is_lost_everybody_is_greeted_in_the_end)
{
	const struct link_quality bad = {2 * NS_PER_MS, 30};
	struct load_counts counts;
	struct address server;
	struct daemon daemon;
	struct link link;
	struct load load;

	link_open_or_skip(&link, bad);
	start(&daemon, ARGV("-q"));
	server = link_server(daemon.port);
	link_go_to_client(&link);
	load_start_at(&load, &server, 100, 300);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, 300,
	    "greeted %lu, wrong %lu, reset %lu, stranded %lu, refused %lu, "
	    "not connected %lu",
	    counts.greeted, counts.wrong, counts.reset, counts.stranded,
	    counts.refused, counts.unconnected);
	daemon_await_booked(&daemon, 300);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

/* A client whose handshake the server's host is in the middle of. */
static int
begin_to_connect(const struct link *link, unsigned port)
{
	const struct address server = link_server(port);
	int64_t until = deadline_from_now();
	int conn;

	link_go_to_client(link);
	conn = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	cr_assert_eq(connect(conn, (const struct sockaddr *)&server.storage,
			 server.length),
	    -1);
	cr_assert_eq(errno, EINPROGRESS);
	while (link_handshakes(link) == 0)
		cr_assert_lt(monotonic_now(), until, "no SYN arrives");
	return conn;
}

Test(scenario_fault_network, a_stop_waits_for_a_handshake_from_far_away)
{
	const struct link_quality far = {300 * NS_PER_MS, 0};
	struct daemon daemon;
	struct link link;
	int conn;

	link_open_or_skip(&link, far);
	start(&daemon, ARGV("-q"));
	conn = begin_to_connect(&link, daemon.port);
	process_signal(&daemon.process, SIGTERM);
	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	close(conn);
	daemon_await_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	process_free(&daemon.process);
}

/* Their FIN comes long before their acknowledgement of the greeting. */
Test(scenario_fault_network, who_waits_for_an_acknowledgement_does_nothing_else)
{
	const struct link_quality far = {400 * NS_PER_MS, 0};
	struct address server;
	struct daemon daemon;
	struct link link;
	pid_t child;
	int conn;

	link_open_or_skip(&link, far);
	start(&daemon, ARGV("-q"));
	server = link_server(daemon.port);
	link_go_to_client(&link);
	conn = peer_connect_to(&server);
	cr_assert_eq(shutdown(conn, SHUT_WR), 0);
	daemon_await_children(&daemon, 1, &child);
	cr_assert_lt(procfs_share(child), 0.05);
	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	close(conn);
	daemon_await_booked(&daemon, 1);
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	process_free(&daemon.process);
}

Test(scenario_fault_network, who_stands_in_waits_for_acknowledgements_too)
{
	const struct link_quality far = {150 * NS_PER_MS, 0};
	const struct process_limit most[] = {{RLIMIT_NPROC, 1000}};
	struct load_counts counts;
	struct address server;
	struct daemon daemon;
	struct link link;
	struct load load;

	link_open_or_skip(&link, far);
	daemon_start(&daemon,
	    &(struct daemon_options){.words = ARGV("-q", "-l", "0"),
		.host = LINK_SERVER,
		.process = {
		    .as_user = machine_fresh_user_or_skip(),
		    .limits = most,
		    .limit_count = 1,
		}});
	server = link_server(daemon.port);
	fault_limit(daemon.process.pid, RLIMIT_NPROC, 1);
	link_go_to_client(&link);
	load_start_at(&load, &server, 60, 120);
	cr_assert_lt(procfs_share(daemon.process.pid), 0.05);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, 120);
	daemon_await_booked(&daemon, 120);
	cr_assert_eq(books_count(&daemon.books, "greeted by the parent"), 120);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}
