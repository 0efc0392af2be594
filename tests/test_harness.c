#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "books.h"
#include "load.h"
#include "machine.h"
#include "peer.h"
#include "process.h"
#include "procfs.h"
#include "rogue.h"

/* The tools of the other tests do what they say. */

Test(harness, a_program_is_read_line_by_line_and_waited_for)
{
	struct process process;
	char line[PROCESS_LINE];

	process_start(&process,
	    ARGV("sh", "-c", "echo one; echo two; echo three >&2; exit 7"),
	    NULL);
	process_await_line(&process, PROCESS_OUT, "tw", line);
	cr_assert_str_eq(line, "two");
	cr_assert(process_read_line(&process, PROCESS_ERR, line));
	cr_assert_str_eq(line, "three");
	cr_assert_not(process_read_line(&process, PROCESS_OUT, line));
	cr_assert_eq(process_wait(&process), 7);
	cr_assert_str_eq(process.output[PROCESS_OUT].text, "one\ntwo\n");
	process_assert_group_gone(&process);
	process_free(&process);
}

Test(harness, a_signal_is_told_from_an_exit_status)
{
	struct process process;

	process_start(&process, ARGV("sh", "-c", "echo; read x; exit 3"),
	    &(struct process_options){.input = dup(0)});
	process_signal(&process, SIGKILL);
	cr_assert_eq(process_wait(&process), -SIGKILL);
	process_free(&process);
}

Test(harness, a_program_gets_environment_limits_and_closed_descriptors)
{
	const struct process_limit limits[] = {{RLIMIT_NOFILE, 33}};
	struct process process;

	process_run(&process,
	    ARGV("sh", "-c",
		"echo $GREETING; ulimit -n; "
		"for n in 0 1 2 3 4 5; do "
		"if [ -e /proc/$$/fd/$n ]; then echo $n; fi; done"),
	    &(struct process_options){
		.environment = ARGV("GREETING=hello"),
		.limits = limits,
		.limit_count = 1,
		.closed = {[0] = true},
	    });
	cr_assert_str_eq(process.output[PROCESS_OUT].text, "hello\n33\n1\n2\n");
	process_free(&process);
}

Test(harness, a_program_runs_as_nobody)
{
	struct process process;

	machine_root_or_skip();
	process_run(&process, ARGV("/usr/bin/id", "-u"),
	    &(struct process_options){.user = "nobody"});
	cr_assert_eq(atoi(process.output[PROCESS_OUT].text),
	    (int)getpwnam("nobody")->pw_uid);
	process_free(&process);
}

Test(harness, children_left_behind_are_found_and_killed)
{
	struct process process;
	pid_t child;

	process_run(&process,
	    ARGV("sh", "-c", "tail -f /dev/null >/dev/null & echo $!"), NULL);
	child = atoi(process.output[PROCESS_OUT].text);
	cr_assert_eq(getpgid(child), process.pid);
	cr_assert_eq(kill(-process.pid, 0), 0);
	process_free(&process);
	procfs_await_end(child);
}

Test(harness, an_honest_rogue_greets_a_load)
{
	struct rogue rogue;
	struct load load;
	struct load_counts counts;

	rogue_start(&rogue, ROGUE_GREETS, 1000);
	load_start(&load, rogue.port, 100, 1000);
	load_await(&load, 1000);
	counts = load_finish(&load);
	cr_assert_eq(counts.greeted, 1000);
	cr_assert_eq(rogue_stop(&rogue), 1000);
}

Test(harness, a_textbook_fork_server_greets_one_at_a_time)
{
	struct rogue rogue;
	int i;

	rogue_start(&rogue, ROGUE_FORKS, 5);
	for (i = 0; i < 20; i++)
		peer_visit(
		    rogue.port, ROGUE_GREETING, sizeof(ROGUE_GREETING) - 1);
	cr_assert_eq(rogue_stop(&rogue), 20);
}

struct manner_row {
	enum rogue_manner manner;
	char got[64];
};

ParameterizedTestParameters(harness, rogues_say_what_they_should)
{
	static struct manner_row rows[] = {
	    {ROGUE_GREETS, ROGUE_GREETING},
	    {ROGUE_SHORT, "Thank you for"},
	    {ROGUE_EXTRA, ROGUE_GREETING "!"},
	    {ROGUE_WRONG_BYTE, "Thank you #or connection\r\n"},
	    {ROGUE_EMPTY, ""},
	};

	return cr_make_param_array(
	    struct manner_row, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(struct manner_row *row, harness, rogues_say_what_they_should)
{
	struct rogue rogue;

	rogue_start(&rogue, row->manner, 5);
	peer_visit(rogue.port, row->got, strlen(row->got));
	cr_assert_eq(rogue_stop(&rogue), 1);
}

Test(harness, a_load_tells_resets_from_refusals)
{
	struct load_counts counts;
	struct rogue rogue;
	struct load load;

	rogue_start(&rogue, ROGUE_REFUSES, 0);
	load_start(&load, rogue.port, 10, 10);
	counts = load_finish(&load);
	cr_assert_eq(counts.refused, 10);
	rogue_stop(&rogue);
	rogue_start(&rogue, ROGUE_RESET_WITHIN, 100);
	load_start(&load, rogue.port, 10, 10);
	counts = load_finish(&load);
	cr_assert_eq(counts.reset, 10);
	rogue_stop(&rogue);
}

Test(harness, a_network_of_our_own_counts_from_zero)
{
	struct rogue rogue;

	machine_own_network_or_skip();
	cr_assert_eq(procfs_counter("Tcp", "ActiveOpens"), 0);
	rogue_start(&rogue, ROGUE_GREETS, 5);
	peer_visit(rogue.port, ROGUE_GREETING, sizeof(ROGUE_GREETING) - 1);
	cr_assert_eq(procfs_counter("Tcp", "ActiveOpens"), 1);
	cr_assert_eq(procfs_counter("TcpExt", "ListenOverflows"), 0);
	rogue_stop(&rogue);
}

Test(harness, books_are_taken_apart)
{
	struct books books;

	cr_assert(books_parse(&books,
	    "haild: accepted 100 = greeted 98 + "
	    "peer gone 1 + lost 1; most at once 512 children, 19 queued"));
	cr_assert_eq(books.accepted, 100);
	cr_assert_eq(books.count, 3);
	cr_assert_eq(books_count(&books, "peer gone"), 1);
	cr_assert_eq(books.most_children, 512);
	cr_assert_eq(books.most_queued, 19);
	cr_assert(books_balance(&books));
	books.accepted++;
	cr_assert_not(books_balance(&books));
	cr_assert_not(books_parse(&books,
	    "haild: accepted 100 = greeted; "
	    "most at once 512 children, 19 queued"));
	cr_assert_not(books_parse(&books, "haild: accepted 1 = greeted 1"));
}
