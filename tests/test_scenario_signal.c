#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "load.h"
#include "peer.h"
#include "scratch.h"

/* SIGHUP: the message again. SIGUSR1: the books. */

static void
reload(struct daemon *daemon, const char *answer)
{
	char line[PROCESS_LINE];

	process_signal(&daemon->process, SIGHUP);
	process_await_line(&daemon->process, PROCESS_ERR, answer, line);
	cr_assert_str_eq(line, answer);
}

Test(scenario_signal, hup_reads_the_message_file_again)
{
	char path[SCRATCH_PATH], answer[PROCESS_LINE];
	struct daemon daemon;

	scratch_write("greeting", "one", 3, path);
	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-q", "-f", path)});
	peer_visit(daemon.port, "one", 3);
	scratch_overwrite(path, "second", 6);
	/* Not before it is told to. */
	peer_visit(daemon.port, "one", 3);
	snprintf(
	    answer, sizeof(answer), "haild: %s: read again, 6 bytes", path);
	reload(&daemon, answer);
	peer_visit(daemon.port, "second", 6);
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 3);
	process_free(&daemon.process);
}

Test(scenario_signal, hup_keeps_the_old_greeting_if_the_file_is_bad)
{
	char path[SCRATCH_PATH], answer[PROCESS_LINE];
	struct daemon daemon;

	scratch_write("greeting", "one", 3, path);
	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-q", "-f", path)});
	scratch_overwrite(path, "", 0);
	snprintf(answer, sizeof(answer),
	    "haild: %s: empty, and so no greeting (the old greeting stays)",
	    path);
	reload(&daemon, answer);
	peer_visit(daemon.port, "one", 3);
	scratch_overwrite(path, "three", 5);
	snprintf(
	    answer, sizeof(answer), "haild: %s: read again, 5 bytes", path);
	reload(&daemon, answer);
	peer_visit(daemon.port, "three", 5);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_signal, hup_says_what_to_do_about_a_file_that_was_replaced)
{
	char path[SCRATCH_PATH], answer[PROCESS_LINE];
	struct daemon daemon;

	scratch_write("greeting", "one", 3, path);
	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-q", "-f", path)});
	scratch_write("greeting", "two", 3, path);
	snprintf(answer, sizeof(answer),
	    "haild: %s: was replaced or removed, and haild may open nothing "
	    "any more: write into the file (cp, not mv), or restart (the old "
	    "greeting stays)",
	    path);
	reload(&daemon, answer);
	peer_visit(daemon.port, "one", 3);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_signal, hup_does_not_change_what_is_being_sent)
{
	static char before[4 << 20], after[4 << 20];
	char path[SCRATCH_PATH], answer[PROCESS_LINE];
	struct daemon daemon;
	int conn;

	memset(before, 'a', sizeof(before));
	memset(after, 'b', sizeof(after));
	scratch_write("greeting", before, sizeof(before), path);
	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-f", path)});
	conn = peer_connect_slowly(daemon.port);
	peer_await_input(conn, 1000);
	scratch_overwrite(path, after, sizeof(after));
	snprintf(answer, sizeof(answer), "haild: %s: read again, %zu bytes",
	    path, sizeof(after));
	reload(&daemon, answer);
	peer_expect(conn, before, sizeof(before));
	close(conn);
	peer_visit(daemon.port, after, sizeof(after));
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_signal, hup_without_a_file_says_so_and_changes_nothing)
{
	struct daemon daemon;

	daemon_start(&daemon, NULL);
	reload(
	    &daemon, "haild: SIGHUP: there is no message file to read again");
	daemon_visit(&daemon);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_signal, hup_under_load_disturbs_nobody)
{
	char path[SCRATCH_PATH], answer[PROCESS_LINE];
	struct load_counts counts;
	struct daemon daemon;
	struct load load;
	int i;

	scratch_write("greeting", DAEMON_GREETING, DAEMON_LENGTH, path);
	snprintf(answer, sizeof(answer),
	    "haild: %s: read again, 26 bytes, as before", path);
	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-q", "-f", path)});
	load_start(&load, daemon.port, 32, 0);
	for (i = 0; i < 20; i++) {
		load_await(&load, 20);
		reload(&daemon, answer);
	}
	counts = load_stop(&load);
	daemon_stop(&daemon);
	cr_assert_geq(counts.greeted, 400);
	cr_assert_eq(counts.greeted, daemon.books.accepted);
	cr_assert_eq(counts.greeted, books_count(&daemon.books, "greeted"));
	process_free(&daemon.process);
}

Test(scenario_signal, usr1_prints_the_books_each_time)
{
	struct daemon daemon;
	int conn;

	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-l", "10m")});
	daemon_read_books(&daemon);
	cr_assert_eq(daemon.books.accepted, 0);
	cr_assert(books_balance(&daemon.books));
	conn = peer_connect(daemon.port);
	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	daemon_read_books(&daemon);
	cr_assert_eq(daemon.books.accepted, 1);
	cr_assert_eq(daemon.books.in_hand, 1);
	cr_assert_eq(daemon.books.most_children, 1);
	close(conn);
	daemon_await_booked(&daemon, 1);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_signal, the_books_have_all_the_names_that_are_promised)
{
	struct daemon daemon;

	daemon_start(&daemon, NULL);
	daemon_stop(&daemon);
	cr_assert_not_null(strstr(daemon.process.output[PROCESS_OUT].text,
	    "haild: accepted 0 = greeted 0 + peer gone 0 + timed out 0 + "
	    "refused 0 + lost 0; most at once 0 children, 0 queued\n"));
	process_free(&daemon.process);
}

Test(scenario_signal, a_killed_child_is_booked_and_the_others_are_not_touched)
{
	pid_t children[2];
	struct daemon daemon;
	int first, second;

	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-l", "10m")});
	first = peer_connect(daemon.port);
	peer_expect(first, DAEMON_GREETING, DAEMON_LENGTH);
	daemon_await_children(&daemon, 1, children);
	second = peer_connect(daemon.port);
	peer_expect(second, DAEMON_GREETING, DAEMON_LENGTH);
	cr_assert_eq(kill(children[0], SIGKILL), 0);
	process_await_line(&daemon.process, PROCESS_ERR, "haild: child ", NULL);
	daemon_read_books(&daemon);
	cr_assert_eq(books_count(&daemon.books, "killed"), 1);
	cr_assert_eq(daemon.books.in_hand, 1);
	close(first);
	close(second);
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	process_free(&daemon.process);
}
