#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "peer.h"
#include "procfs.h"
#include "scratch.h"

/* -P: held while serving, by whoever lives; removed at the end. */

static void
start_holding(struct daemon *daemon, char *path)
{
	daemon_start(
	    daemon, &(struct daemon_options){.words = ARGV("-P", path)});
}

/* The number in a pid file; 0: there is no such file. */
static pid_t
read_pid(const char *path)
{
	FILE *file = fopen(path, "re");
	int pid = 0;

	if (file == NULL)
		return 0;
	cr_assert_eq(fscanf(file, "%d", &pid), 1, "%s is empty", path);
	fclose(file);
	return pid;
}

Test(scenario_pid_file, it_holds_the_pid_and_goes_at_the_end)
{
	char path[SCRATCH_PATH];
	struct daemon daemon;

	start_holding(&daemon, scratch_path("pid", path));
	cr_assert_eq(read_pid(path), daemon.process.pid);
	daemon_visit(&daemon);
	cr_assert_eq(read_pid(path), daemon.process.pid);
	daemon_stop(&daemon);
	cr_assert_neq(access(path, F_OK), 0, "it is still there");
	process_free(&daemon.process);
}

Test(scenario_pid_file, a_live_owner_is_refused_by_its_pid)
{
	char path[SCRATCH_PATH], line[PROCESS_LINE];
	struct process process;
	struct daemon daemon;

	start_holding(&daemon, scratch_path("pid", path));
	cr_assert_eq(
	    process_run(&process,
		ARGV(BUILD "/haild", "-P", path, "127.0.0.1", "0"), NULL),
	    EX_UNAVAILABLE);
	snprintf(line, sizeof(line),
	    "haild: -P %s: held by process %d, which is alive\n", path,
	    (int)daemon.process.pid);
	cr_assert_str_eq(process.output[PROCESS_ERR].text, line);
	cr_assert_str_eq(process.output[PROCESS_OUT].text, "");
	process_assert_group_gone(&process);
	/* The owner has not lost it. */
	cr_assert_eq(read_pid(path), daemon.process.pid);
	daemon_visit(&daemon);
	daemon_stop(&daemon);
	cr_assert_neq(access(path, F_OK), 0, "it is still there");
	process_free(&process);
	process_free(&daemon.process);
}

Test(scenario_pid_file, what_a_dead_owner_left_is_taken_over)
{
	char path[SCRATCH_PATH];
	struct daemon daemon;

	scratch_write("pid", "1", 1, path);
	start_holding(&daemon, path);
	cr_assert_eq(read_pid(path), daemon.process.pid);
	daemon_stop(&daemon);
	cr_assert_neq(access(path, F_OK), 0, "it is still there");
	process_free(&daemon.process);
}

Test(scenario_pid_file, a_killed_owner_does_not_keep_it)
{
	char path[SCRATCH_PATH];
	struct daemon daemon;
	pid_t children[8];
	size_t count, i;

	start_holding(&daemon, scratch_path("pid", path));
	count = procfs_children(daemon.process.pid, children, 8);
	process_signal(&daemon.process, SIGKILL);
	for (i = 0; i < count; i++)
		procfs_await_end(children[i]);
	process_wait(&daemon.process);
	process_free(&daemon.process);
	start_holding(&daemon, path);
	cr_assert_eq(read_pid(path), daemon.process.pid);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_pid_file, a_haild_that_does_not_start_leaves_none)
{
	char path[SCRATCH_PATH], port[8];
	struct process process;
	struct daemon daemon;

	daemon_start(&daemon, NULL);
	snprintf(port, sizeof(port), "%u", daemon.port);
	cr_assert_eq(process_run(&process,
			 ARGV(BUILD "/haild", "-P", scratch_path("pid", path),
			     "127.0.0.1", port),
			 NULL),
	    EX_UNAVAILABLE);
	process_assert_group_gone(&process);
	cr_assert_neq(access(path, F_OK), 0, "it is still there");
	daemon_stop(&daemon);
	process_free(&process);
	process_free(&daemon.process);
}

Test(scenario_pid_file, children_are_served_while_it_is_held)
{
	char path[SCRATCH_PATH];
	struct daemon daemon;
	int i;

	start_holding(&daemon, scratch_path("pid", path));
	for (i = 0; i < 20; i++)
		daemon_visit(&daemon);
	daemon_await_booked(&daemon, 20);
	cr_assert_eq(books_count(&daemon.books, "greeted"), 20);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}
