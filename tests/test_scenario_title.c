#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "deadline.h"
#include "duration.h"
#include "peer.h"
#include "procfs.h"

/* What ps shows. */

static void
await_title(struct daemon *daemon, pid_t pid, const char *wanted)
{
	int64_t until = deadline_from_now();
	char title[256] = "";

	do {
		cr_assert_lt(monotonic_now(), until, "it stays \"%s\"", title);
		daemon_read_books(daemon);
		procfs_title(pid, title, sizeof(title));
	} while (strstr(title, wanted) == NULL);
}

Test(scenario_title, parent_and_acceptor_say_what_they_are_and_do)
{
	struct daemon daemon;
	int i;

	daemon_start(&daemon, NULL);
	for (i = 0; i < 7; i++)
		daemon_visit(&daemon);
	await_title(&daemon, daemon.process.pid, "haild: parent: ");
	await_title(&daemon, daemon.process.pid, "7 connections");
	await_title(&daemon, daemon_acceptor(&daemon), "haild: acceptor: ");
	await_title(&daemon, daemon_acceptor(&daemon), "7 accepted");
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_title, a_child_names_the_client_that_keeps_it_waiting)
{
	char name[ADDRESS_STRLEN];
	struct daemon daemon;
	pid_t child;
	int conn;

	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-l", "10m")});
	conn = peer_connect(daemon.port);
	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	daemon_await_children(&daemon, 1, &child);
	await_title(&daemon, child, "haild: child: waiting for ");
	await_title(&daemon, child, peer_name(conn, name));
	close(conn);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}
