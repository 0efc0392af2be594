#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "peer.h"
#include "scratch.h"

/* What haild says to one client, and about it. */

Test(scenario_greeting, the_default_arrives_byte_for_byte)
{
	struct daemon daemon;

	daemon_start(&daemon, NULL);
	peer_visit(daemon.port, "Thank you for connection\r\n", 26);
	daemon_stop(&daemon);
	cr_assert_eq(daemon.books.accepted, 1);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	process_free(&daemon.process);
}

Test(scenario_greeting, a_text_arrives_with_its_escapes_decoded)
{
	struct daemon daemon;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-m", "\\0hello\\r\\n\\x00\\377")});
	peer_visit(daemon.port, "\0hello\r\n\0\377", 10);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_greeting, a_file_arrives_as_it_is)
{
	char path[SCRATCH_PATH], bytes[5000];
	struct daemon daemon;
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	scratch_write("greeting", bytes, sizeof(bytes), path);
	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-f", path)});
	peer_visit(daemon.port, bytes, sizeof(bytes));
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_greeting, sixteen_mebibytes_reach_a_slow_reader)
{
	const size_t length = GREETING_MAX;
	char *bytes = malloc(length), path[SCRATCH_PATH];
	struct daemon daemon;
	size_t i;
	int conn;

	for (i = 0; i < length; i++)
		bytes[i] = (char)(i % 251);
	scratch_write("greeting", bytes, length, path);
	daemon_start(&daemon,
	    &(struct daemon_options){.words = ARGV("-f", path, "-t", "10m")});
	conn = peer_connect_slowly(daemon.port);
	/* Its small buffer is full, and the server has to wait. */
	peer_await_input(conn, 1000);
	daemon_read_books(&daemon);
	cr_assert_eq(daemon.books.in_hand, 1);
	peer_expect(conn, bytes, length);
	close(conn);
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 1);
	process_free(&daemon.process);
	free(bytes);
}

Test(scenario_greeting, the_readiness_line_tells_address_backlog_and_sockets)
{
	struct daemon daemon;
	char line[PROCESS_LINE];

	daemon_start(&daemon, NULL);
	snprintf(line, sizeof(line),
	    "haild: listening on 127.0.0.1:%u "
	    "(backlog 5, burst 1024, 171 sockets)\n",
	    daemon.port);
	cr_assert_str_eq(daemon.process.output[PROCESS_OUT].text, line);
	daemon_stop(&daemon);
	process_free(&daemon.process);
	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("--burst=1", "--backlog", "9")});
	snprintf(line, sizeof(line),
	    "haild: listening on 127.0.0.1:%u "
	    "(backlog 9, burst 1, 1 socket)\n",
	    daemon.port);
	cr_assert_str_eq(daemon.process.output[PROCESS_OUT].text, line);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_greeting, each_connection_gets_a_line_with_its_address)
{
	char name[ADDRESS_STRLEN], expected[PROCESS_LINE];
	struct daemon daemon;
	int conn;

	daemon_start(&daemon, NULL);
	conn = peer_connect(daemon.port);
	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	snprintf(expected, sizeof(expected), "haild: Got a connection from %s",
	    peer_name(conn, name));
	process_await_line(&daemon.process, PROCESS_ERR, expected, NULL);
	close(conn);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_greeting, quiet_says_nothing_about_connections)
{
	struct daemon daemon;

	daemon_start(&daemon, &(struct daemon_options){.words = ARGV("-q")});
	daemon_visit(&daemon);
	daemon_stop(&daemon);
	cr_assert_null(
	    strstr(daemon.process.output[PROCESS_ERR].text, "connection"), "%s",
	    daemon.process.output[PROCESS_ERR].text);
	process_free(&daemon.process);
}

Test(scenario_greeting, verbose_tells_how_each_connection_ended)
{
	char name[ADDRESS_STRLEN], expected[PROCESS_LINE];
	struct daemon daemon;
	int conn;

	daemon_start(&daemon, &(struct daemon_options){.words = ARGV("-v")});
	conn = peer_connect(daemon.port);
	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	snprintf(expected, sizeof(expected), "haild: %s: greeted",
	    peer_name(conn, name));
	close(conn);
	process_await_line(&daemon.process, PROCESS_ERR, expected, NULL);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_greeting, help_and_version_are_printed_to_stdout)
{
	struct process process;
	const char *text;

	cr_assert_eq(
	    process_run(&process, ARGV(BUILD "/haild", "--help"), NULL), 0);
	text = process.output[PROCESS_OUT].text;
	cr_assert_eq(strncmp(text, "usage: haild [options]", 22), 0);
	cr_assert_not_null(strstr(text, "--max-children"));
	cr_assert_str_eq(process.output[PROCESS_ERR].text, "");
	process_free(&process);
	cr_assert_eq(
	    process_run(&process, ARGV(BUILD "/haild", "-V"), NULL), 0);
	cr_assert_str_eq(
	    process.output[PROCESS_OUT].text, "haild " HAIL_VERSION "\n");
	process_free(&process);
}
