#include <criterion/criterion.h>
#include <stdio.h>

#include "daemon.h"

/* The programs of Python's tutorials get on with both of ours. */

/* Ours are started from the root of the repository, and so are these. */
#define CLIENT "tests/tutorial_client.py"
#define SERVER "tests/tutorial_server.py"

static void
assert_greeted(struct process *process, char *const argv[])
{
	cr_assert_eq(process_run(process, argv, NULL), 0, "%s: %s", argv[0],
	    process->output[PROCESS_ERR].text);
	cr_assert_str_eq(process->output[PROCESS_OUT].text, GREETING_DEFAULT);
	cr_assert_str_eq(process->output[PROCESS_ERR].text, "");
	process_free(process);
}

static void
python_or_skip(void)
{
	struct process process;

	if (process_run(&process, ARGV("python3", "-c", ""), NULL) != 0)
		cr_skip_test("there is no python3 here");
	process_free(&process);
}

Test(scenario_tutorial, its_client_is_greeted_by_haild)
{
	struct process client;
	struct daemon daemon;
	char port[8];
	int i;

	python_or_skip();
	daemon_start(&daemon, NULL);
	snprintf(port, sizeof(port), "%u", daemon.port);
	for (i = 0; i < 3; i++)
		assert_greeted(
		    &client, ARGV("python3", CLIENT, "127.0.0.1", port));
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 3);
	process_free(&daemon.process);
}

Test(scenario_tutorial, its_server_greets_hail)
{
	struct process server, client;
	char line[PROCESS_LINE];
	char port[8];
	int i;

	python_or_skip();
	process_start(&server, ARGV("python3", SERVER), NULL);
	process_await_line(&server, PROCESS_OUT, "listening on ", line);
	cr_assert_eq(sscanf(line, "listening on %7s", port), 1);
	for (i = 0; i < 3; i++)
		assert_greeted(&client, ARGV(BUILD "/hail", "127.0.0.1", port));
	process_await_line(&server, PROCESS_OUT, "Got a connection", NULL);
	process_free(&server);
}

Test(scenario_tutorial, hail_is_greeted_by_haild)
{
	struct process client;
	struct daemon daemon;
	char port[8];

	daemon_start(&daemon, NULL);
	snprintf(port, sizeof(port), "%u", daemon.port);
	assert_greeted(&client, ARGV(BUILD "/hail", "127.0.0.1", port));
	assert_greeted(&client,
	    ARGV(BUILD "/hail", "-e", GREETING_DEFAULT, "127.0.0.1", port));
	daemon_stop(&daemon);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 2);
	process_free(&daemon.process);
}
