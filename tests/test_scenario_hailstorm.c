#include <netinet/in.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "books.h"
#include "deadline.h"
#include "duration.h"
#include "peer.h"
#include "process.h"
#include "scratch.h"

static struct process storm;
static const struct process_options options = {
    .environment = ARGV("HAIL_BUILD=" BUILD),
};

static void
expect_output(const char *words)
{
	const char *text = storm.output[PROCESS_OUT].text;

	cr_expect_not_null(strstr(text, words), "no %s in:\n%s%s", words, text,
	    storm.output[PROCESS_ERR].text);
}

/* The books of the haild that hailstorm started: its last line. */
static void
expect_books(uint64_t greeted)
{
	const char *line = strstr(storm.output[PROCESS_OUT].text, "haild: ");
	struct books books;
	char copy[PROCESS_LINE];

	cr_assert_not_null(line, "no books");
	strlcpy(copy, line, sizeof(copy));
	copy[strcspn(copy, "\n")] = '\0';
	cr_assert(books_parse(&books, copy), "%s", copy);
	cr_expect(books_balance(&books), "%s", copy);
	cr_expect_eq(books_count(&books, "greeted"), greeted, "%s", copy);
}

Test(scenario_hailstorm, every_client_is_greeted_by_a_haild_of_its_own)
{
	cr_expect_eq(
	    process_run(&storm,
		ARGV("scripts/hailstorm", "-n", "30", "-p", "10"), &options),
	    0);
	expect_output("PASS  30 of 30 clients greeted, 10 at a time: ");
	expect_books(30);
	process_assert_group_gone(&storm);
}

Test(scenario_hailstorm, any_text_can_be_the_greeting)
{
	cr_expect_eq(process_run(&storm,
			 ARGV("scripts/hailstorm", "-n", "3", "-e",
			     "it's $HOME {} % \\\\ \\x00 \"x\"\\n"),
			 &options),
	    0);
	expect_output("PASS  3 of 3");
}

Test(scenario_hailstorm, results_of_many_connections_each_are_added_up)
{
	cr_expect_eq(
	    process_run(&storm,
		ARGV("scripts/hailstorm", "-n", "5", "-c", "20"), &options),
	    0);
	expect_output("100 of 100 connections ok\n");
	expect_output("\nadded        5 runs\n");
	expect_books(100);
}

Test(scenario_hailstorm, clients_run_on_other_machines_as_parallel_takes_them)
{
	char hosts[SCRATCH_PATH];

	/* The others may be this one: results come back the same way. */
	scratch_write("hosts", "# one\n:\n", 8, hosts);
	cr_expect_eq(
	    process_run(&storm,
		ARGV("scripts/hailstorm", "-n", "3", "-c", "4", "-e",
		    "it's $HOME {} {1} \\\\ \"x\"\\n", "--hosts", hosts),
		&options),
	    0);
	expect_output("12 of 12 connections ok\n");
	expect_books(12);
}

Test(scenario_hailstorm, ends_are_counted_under_their_names)
{
	cr_expect_eq(
	    process_run(&storm,
		ARGV("scripts/hailstorm", "-n", "7", "127.0.0.1:1"), &options),
	    1);
	expect_output("FAIL  0 of 7 clients greeted");
	expect_output("\n        7  connection refused\n");
}

Test(scenario_hailstorm, clients_that_leave_no_result_are_no_verdict)
{
	cr_expect_eq(process_run(&storm,
			 ARGV("scripts/hailstorm", "-n", "3", "-c", "2",
			     "nosuch.invalid"),
			 &options),
	    EX_TEMPFAIL);
	expect_output("INVALID  3 of 3 clients left no result");
	expect_output("3 hail: nosuch.invalid: ");
}

/* The first client that comes here says that the storm is under way. */
static int
await_client(int listener)
{
	struct pollfd polled = {.fd = listener, .events = POLLIN};

	cr_assert_eq(poll(&polled, 1, poll_timeout(deadline_from_now())), 1);
	return accept(listener, NULL, NULL);
}

Test(scenario_hailstorm, a_signal_ends_all_clients_at_once)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	socklen_t length = sizeof(any);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), conn;
	char port[16], byte;

	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(bind(listener, (void *)&any, length), 0);
	cr_assert_eq(listen(listener, 5), 0);
	cr_assert_eq(getsockname(listener, (void *)&any, &length), 0);
	snprintf(port, sizeof(port), "%u", ntohs(any.sin_port));
	/* Left alone it would go on for an hour. */
	process_start(&storm,
	    ARGV("scripts/hailstorm", "-n", "9", "-p", "1", "-t", "3600",
		"127.0.0.1", port),
	    &options);
	conn = await_client(listener);
	process_signal(&storm, SIGTERM);
	cr_expect_eq(process_wait(&storm), 130);
	expect_output("INVALID  0 of 9 clients greeted");
	cr_expect_eq(peer_read(conn, &byte, 1), 0, "the client is gone");
	close(conn);
	close(listener);
}

struct usage_row {
	char words[3][24];
	char says[80];
};

ParameterizedTestParameters(scenario_hailstorm, bad_words_are_repeated)
{
	static struct usage_row rows[] = {
	    {{"-n", "0"}, "-n 0: must be a number from 1 to 999999"},
	    {{"-n", "1x"}, "-n 1x: must be a number from 1 to 999999"},
	    {{"-p"}, "-p: what?"},
	    {{"-z"}, "-z: unknown option (see hailstorm --help)"},
	    {{"a", "b", "c"}, "c: what is this after host and port?"},
	};

	return cr_make_param_array(
	    struct usage_row, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(
    struct usage_row *row, scenario_hailstorm, bad_words_are_repeated)
{
	char *argv[5] = {"scripts/hailstorm"}, expect[100];
	int i;

	for (i = 0; i < 3 && row->words[i][0] != '\0'; i++)
		argv[i + 1] = row->words[i];
	cr_expect_eq(process_run(&storm, argv, &options), EX_USAGE);
	snprintf(expect, sizeof(expect), "hailstorm: %s\n", row->says);
	cr_expect_str_eq(storm.output[PROCESS_ERR].text, expect);
}
