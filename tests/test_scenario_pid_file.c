#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "machine.h"
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

/* --- the keeper ------------------------------------------------------------
 */

Test(scenario_pid_file, a_keeper_that_is_stopped_goes_on_at_the_end)
{
	char path[SCRATCH_PATH];
	struct daemon daemon;

	start_holding(&daemon, scratch_path("pid", path));
	cr_assert_eq(kill(daemon_keeper(&daemon), SIGSTOP), 0, "%m");
	daemon_stop(&daemon);
	cr_assert_neq(access(path, F_OK), 0, "it is still there");
	process_free(&daemon.process);
}

/* Whom a debugger holds nobody can continue; root's not even kill. */
Test(scenario_pid_file, one_that_does_not_end_does_not_hold_up_the_end)
{
	char path[SCRATCH_PATH], expected[PROCESS_LINE];
	struct daemon daemon;
	int status;
	pid_t pid;

	start_holding(&daemon, scratch_path("pid", path));
	pid = daemon_keeper(&daemon);
	cr_assert_eq(ptrace(PTRACE_SEIZE, pid, NULL, NULL), 0, "%m");
	cr_assert_eq(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL), 0, "%m");
	cr_assert_eq(waitpid(pid, &status, __WALL), pid);
	process_signal(&daemon.process, SIGTERM);
	cr_expect_eq(process_wait(&daemon.process), 0);
	snprintf(expected, sizeof(expected),
	    "haild: -P %s: its keeper does not end: the file is left behind\n",
	    path);
	cr_expect_not_null(
	    strstr(daemon.process.output[PROCESS_ERR].text, expected));
	process_free(&daemon.process);
}

Test(scenario_pid_file, one_that_is_killed_is_named)
{
	char path[SCRATCH_PATH];
	struct daemon daemon;

	start_holding(&daemon, scratch_path("pid", path));
	cr_assert_eq(kill(daemon_keeper(&daemon), SIGKILL), 0, "%m");
	process_await_line(&daemon.process, PROCESS_ERR,
	    "haild: the keeper of the pid file was killed by signal 9: nobody "
	    "holds the file any more",
	    NULL);
	daemon_visit(&daemon);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

/* Nobody may become the owner of its directory any more. */
static uid_t owner;

static void
forbid_owner(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(setresuid), 1,
	    SCMP_A0(SCMP_CMP_EQ, owner, 0));
	seccomp_load(filter);
}

Test(scenario_pid_file, without_a_keeper_haild_does_not_start)
{
	char path[SCRATCH_PATH], expected[PROCESS_LINE];
	struct process process;
	char *slash;

	owner = machine_fresh_user_or_skip();
	scratch_path("pid", path);
	slash = strrchr(path, '/');
	*slash = '\0';
	cr_assert_eq(chown(path, owner, owner), 0, "%m");
	*slash = '/';
	cr_expect_eq(process_run(&process,
			 ARGV(BUILD "/haild", "-P", path, "127.0.0.1", "0"),
			 &(struct process_options){.last = forbid_owner}),
	    EX_OSERR);
	snprintf(expected, sizeof(expected),
	    "haild: -P %s: cannot become user %u: Operation not permitted\n",
	    path, owner);
	cr_expect_str_eq(process.output[PROCESS_ERR].text, expected);
	cr_expect_str_eq(process.output[PROCESS_OUT].text, "");
	cr_expect_neq(access(path, F_OK), 0, "it is still there");
	process_assert_group_gone(&process);
	process_free(&process);
}
