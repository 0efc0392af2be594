#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "deadline.h"
#include "duration.h"
#include "haild/sandbox.h"
#include "intruder.h"
#include "machine.h"
#include "peer.h"
#include "procfs.h"
#include "scratch.h"

/* What somebody gets who has taken over a process of haild. */

/* A haild with a pid file, and a client that keeps its child waiting. */
struct scene {
	struct daemon daemon;
	char pid_file[SCRATCH_PATH];
	int conn;
	pid_t child;
};

static void
skip_without_sandbox(void)
{
	if (!SANDBOX_POSSIBLE)
		cr_skip_test("built with sanitizers: no sandbox");
}

static void
start_with(struct scene *scene, char *more, const void *greeting, size_t length)
{
	struct daemon *daemon = &scene->daemon;

	skip_without_sandbox();
	scratch_path("pid", scene->pid_file);
	daemon_start(daemon,
	    &(struct daemon_options){
		.words = ARGV("-l", "10m", "-P", scene->pid_file, more)});
	scene->conn = peer_connect(daemon->port);
	peer_expect(scene->conn, greeting, length);
	daemon_await_children(daemon, 1, &scene->child);
}

static void
start(struct scene *scene, char *more)
{
	start_with(scene, more, DAEMON_GREETING, DAEMON_LENGTH);
}

static void
stop(struct scene *scene)
{
	close(scene->conn);
	daemon_stop(&scene->daemon);
	process_free(&scene->daemon.process);
}

static void
assert_status(pid_t pid, const char *field, const char *wanted)
{
	char value[256] = "";

	cr_assert(procfs_status(pid, field, value, sizeof(value)));
	cr_expect_str_eq(value, wanted, "%s of %d: %s, not %s", field, (int)pid,
	    value, wanted);
}

static void
assert_confined(pid_t pid, const char *seccomp)
{
	static const char none[] = "0000000000000000";

	assert_status(pid, "NoNewPrivs", "1");
	assert_status(pid, "Seccomp", seccomp);
	assert_status(pid, "CapInh", none);
	assert_status(pid, "CapPrm", none);
	assert_status(pid, "CapEff", none);
	assert_status(pid, "CapAmb", none);
	if (machine_is_root())
		assert_status(pid, "CapBnd", none);
}

/* Every process, and both threads of the parent. */
static void
assert_all_confined(const struct scene *scene, const char *seccomp)
{
	pid_t threads[8];
	size_t count, i;

	count = procfs_threads(scene->daemon.process.pid, threads, 8);
	cr_expect_eq(count, strcmp(seccomp, "2") == 0 ? 2 : 1);
	for (i = 0; i < count; i++)
		assert_confined(threads[i], seccomp);
	assert_confined(daemon_acceptor(&scene->daemon), seccomp);
	assert_confined(scene->child, seccomp);
	assert_confined(daemon_keeper(&scene->daemon), seccomp);
}

Test(scenario_sandbox, every_process_has_given_up_what_it_can)
{
	struct scene scene;

	start(&scene, NULL);
	assert_all_confined(&scene, "2");
	stop(&scene);
}

Test(scenario_sandbox, so_has_root_when_it_is_to_stay_root)
{
	struct scene scene;

	machine_root_or_skip();
	start(&scene, "-uroot");
	assert_all_confined(&scene, "2");
	assert_status(scene.child, "Uid", "0\t0\t0\t0");
	stop(&scene);
}

Test(scenario_sandbox, so_has_an_acceptor_that_took_over)
{
	struct scene scene;
	pid_t acceptor;

	start(&scene, NULL);
	acceptor = daemon_acceptor(&scene.daemon);
	cr_assert_eq(kill(acceptor, SIGKILL), 0);
	process_await_line(&scene.daemon.process, PROCESS_ERR,
	    "haild: acceptor restarted", NULL);
	cr_assert_neq(daemon_acceptor(&scene.daemon), acceptor);
	assert_all_confined(&scene, "2");
	daemon_visit(&scene.daemon);
	stop(&scene);
}

/* --- intruders ------------------------------------------------------------ */

static struct criterion_test_params
all_calls(void)
{
	const struct intruder_call *calls;
	size_t count = intruder_calls(&calls);

	return cr_make_param_array(
	    struct intruder_call, (struct intruder_call *)calls, count);
}

ParameterizedTestParameters(scenario_sandbox, a_child_gets_none_of_it)
{
	return all_calls();
}

ParameterizedTest(
    struct intruder_call *call, scenario_sandbox, a_child_gets_none_of_it)
{
	char expected[PROCESS_LINE], name[ADDRESS_STRLEN];
	struct scene scene;

	start(&scene, NULL);
	intruder_make(scene.child, call);
	snprintf(expected, sizeof(expected),
	    "haild: child %d of %s: killed for calling %s (%ld), which its "
	    "sandbox forbids",
	    (int)scene.child, peer_name(scene.conn, name), call->name,
	    call->number);
	process_await_line(&scene.daemon.process, PROCESS_ERR, expected, NULL);
	daemon_visit(&scene.daemon);
	stop(&scene);
	cr_expect_eq(books_count(&scene.daemon.books, "killed"), 1);
	cr_expect_eq(books_count(&scene.daemon.books, "greeted"), 1);
}

ParameterizedTestParameters(scenario_sandbox, an_acceptor_gets_none_of_it)
{
	return all_calls();
}

ParameterizedTest(
    struct intruder_call *call, scenario_sandbox, an_acceptor_gets_none_of_it)
{
	char expected[PROCESS_LINE];
	struct scene scene;

	start(&scene, NULL);
	intruder_make(daemon_acceptor(&scene.daemon), call);
	snprintf(expected, sizeof(expected),
	    "haild: the acceptor was killed for calling %s (%ld), which its "
	    "sandbox forbids",
	    call->name, call->number);
	process_await_line(&scene.daemon.process, PROCESS_ERR, expected, NULL);
	process_await_line(&scene.daemon.process, PROCESS_ERR,
	    "haild: acceptor restarted", NULL);
	daemon_visit(&scene.daemon);
	stop(&scene);
}

ParameterizedTestParameters(scenario_sandbox, the_parent_gets_none_of_it)
{
	return all_calls();
}

ParameterizedTest(
    struct intruder_call *call, scenario_sandbox, the_parent_gets_none_of_it)
{
	char expected[PROCESS_LINE];
	struct scene scene;

	start(&scene, NULL);
	intruder_make(scene.daemon.process.pid, call);
	cr_expect_eq(process_wait(&scene.daemon.process), -SIGSYS);
	snprintf(expected, sizeof(expected),
	    "haild: ended by its own sandbox: system call %5ld\n",
	    call->number);
	cr_expect_not_null(
	    strstr(scene.daemon.process.output[PROCESS_ERR].text, expected),
	    "%s", scene.daemon.process.output[PROCESS_ERR].text);
	/* And nobody is left behind. */
	procfs_await_end(scene.child);
	close(scene.conn);
	process_free(&scene.daemon.process);
}

ParameterizedTestParameters(scenario_sandbox, the_keeper_gets_none_of_it)
{
	return all_calls();
}

ParameterizedTest(
    struct intruder_call *call, scenario_sandbox, the_keeper_gets_none_of_it)
{
	char expected[PROCESS_LINE];
	struct scene scene;

	start(&scene, NULL);
	intruder_make(daemon_keeper(&scene.daemon), call);
	snprintf(expected, sizeof(expected),
	    "haild: the keeper of the pid file was killed for calling %s "
	    "(%ld), which its sandbox forbids: nobody holds the file any more",
	    call->name, call->number);
	process_await_line(&scene.daemon.process, PROCESS_ERR, expected, NULL);
	daemon_visit(&scene.daemon);
	stop(&scene);
	/* It was ended, and did not get to its own end. */
	cr_expect_eq(access(scene.pid_file, F_OK), 0);
}

/* What those who fork them may do, children may not. */
ParameterizedTestParameters(scenario_sandbox, a_child_gets_no_more_than_needed)
{
	static struct intruder_call calls[] = {
	    {"clone", SYS_clone, {SIGCHLD, 0, 0, 0, 0, 0}},
	    {"clone", SYS_clone, {34, 0, 12345, 0, 0, 0}},
	    {"kill", SYS_kill, {INTRUDER_PARENT, SIGKILL, 0, 0, 0, 0}},
	    {"connect", SYS_connect, {3, 0, 0, 0, 0, 0}},
	    {"accept4", SYS_accept4, {3, 0, 0, 0, 0, 0}},
	    {"sendmsg", SYS_sendmsg, {3, 0, 0, 0, 0, 0}},
	    {"mprotect", SYS_mprotect, {0, 4096, 3, 0, 0, 0}},
	    {"mmap", SYS_mmap, {0, 4096, 5, 34, -1, 0}},
	    {"setsockopt", SYS_setsockopt, {3, 1, 15, 0, 0, 0}},
	    {"prctl", SYS_prctl, {1, 0, 0, 0, 0, 0}},
	    {"seccomp", SYS_seccomp, {1, 0, 0, 0, 0, 0}},
	};

	return cr_make_param_array(
	    struct intruder_call, calls, sizeof(calls) / sizeof(calls[0]));
}

ParameterizedTest(struct intruder_call *call, scenario_sandbox,
    a_child_gets_no_more_than_needed)
{
	char expected[64], line[PROCESS_LINE];
	struct scene scene;

	start(&scene, NULL);
	intruder_make(scene.child, call);
	snprintf(expected, sizeof(expected), "haild: child %d of ",
	    (int)scene.child);
	process_await_line(&scene.daemon.process, PROCESS_ERR, expected, line);
	snprintf(
	    expected, sizeof(expected), "killed for calling %s (", call->name);
	cr_expect_not_null(strstr(line, expected), "%s", line);
	stop(&scene);
	cr_expect_eq(books_count(&scene.daemon.books, "killed"), 1);
}

/* --- a greeting that all processes share -----------------------------------
 */

#define LARGE 5000

/* Who has this one is ended; the next client gets all of it. */
static void
attack_greeting(const struct intruder_call *call, bool by_acceptor)
{
	char path[SCRATCH_PATH], option[SCRATCH_PATH + 16], bytes[LARGE];
	char expected[64], line[PROCESS_LINE];
	struct scene scene;
	pid_t pid;

	skip_without_sandbox();
	memset(bytes, 'g', LARGE);
	scratch_write("greeting", bytes, LARGE, path);
	snprintf(option, sizeof(option), "--message-file=%s", path);
	start_with(&scene, option, bytes, LARGE);
	pid = by_acceptor ? daemon_acceptor(&scene.daemon) : scene.child;
	intruder_make(pid, call);
	peer_visit(scene.daemon.port, bytes, LARGE);
	process_await_line(&scene.daemon.process, PROCESS_ERR,
	    by_acceptor ? "haild: the acceptor was " : "haild: child ", line);
	snprintf(
	    expected, sizeof(expected), "killed for calling %s (", call->name);
	cr_expect_not_null(strstr(line, expected), "%s", line);
	stop(&scene);
}

static struct criterion_test_params
changes(void)
{
	static struct intruder_call calls[] = {
	    {"madvise", SYS_madvise,
		{INTRUDER_GREETING, LARGE, MADV_REMOVE, 0, 0, 0}},
	    {"mprotect", SYS_mprotect,
		{INTRUDER_GREETING, LARGE, PROT_READ | PROT_WRITE, 0, 0, 0}},
	};

	return cr_make_param_array(
	    struct intruder_call, calls, sizeof(calls) / sizeof(calls[0]));
}

ParameterizedTestParameters(
    scenario_sandbox, a_child_cannot_change_the_greeting)
{
	return changes();
}

ParameterizedTest(struct intruder_call *call, scenario_sandbox,
    a_child_cannot_change_the_greeting)
{
	attack_greeting(call, false);
}

ParameterizedTestParameters(
    scenario_sandbox, an_acceptor_cannot_change_the_greeting)
{
	return changes();
}

ParameterizedTest(struct intruder_call *call, scenario_sandbox,
    an_acceptor_cannot_change_the_greeting)
{
	attack_greeting(call, true);
}

/* The same intruder, where nothing stops it: so it is one. */
Test(scenario_sandbox, without_a_sandbox_a_call_goes_through)
{
	const struct intruder_call call = {
	    "socket", SYS_socket, {2, 1, 0, 0, 0, 0}};
	struct scene scene;
	char line[PROCESS_LINE];
	int64_t until;

	start(&scene, "--no-sandbox");
	assert_all_confined(&scene, "0");
	process_await_line(
	    &scene.daemon.process, PROCESS_ERR, "haild: --no-sandbox", line);
	cr_expect_str_eq(line,
	    "haild: --no-sandbox: no filter of system calls and no chroot: "
	    "this is for debugging only");
	cr_expect_eq(procfs_descriptors(scene.child), 4);
	intruder_make(scene.child, &call);
	until = deadline_from_now();
	do {
		cr_assert_lt(monotonic_now(), until, "no socket");
		daemon_read_books(&scene.daemon);
	} while (procfs_descriptors(scene.child) != 5);
	stop(&scene);
}

/* --- what a child sees -----------------------------------------------------
 */

Test(scenario_sandbox, a_child_can_write_to_one_page_that_others_see)
{
	char path[64], line[512];
	struct scene scene;
	int shared = 0;
	FILE *maps;

	start(&scene, NULL);
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)scene.child);
	maps = fopen(path, "re");
	cr_assert_not_null(maps, "%s: %m", path);
	while (fgets(line, sizeof(line), maps) != NULL) {
		unsigned long from, to;
		char mode[8];

		cr_assert_eq(sscanf(line, "%lx-%lx %7s", &from, &to, mode), 3);
		if (strcmp(mode, "rw-s") == 0)
			shared += (int)((to - from) / 4096);
	}
	fclose(maps);
	cr_expect_eq(shared, 1);
	stop(&scene);
}

static void
assert_root(pid_t pid, const char *wanted)
{
	char path[64], root[PATH_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	length = readlink(path, root, sizeof(root) - 1);
	cr_assert_gt(length, 0, "%s: %m", path);
	root[length] = '\0';
	cr_expect_not_null(
	    strstr(root, wanted), "root of %d: %s", (int)pid, root);
}

static void
assert_roots(const struct scene *scene, const char *wanted)
{
	assert_root(scene->daemon.process.pid, wanted);
	assert_root(daemon_acceptor(&scene->daemon), wanted);
	assert_root(scene->child, wanted);
}

Test(scenario_sandbox, root_is_confined_to_a_directory_that_is_no_more)
{
	struct scene scene;

	machine_root_or_skip();
	start(&scene, NULL);
	assert_roots(&scene, " (deleted)");
	stop(&scene);
}

Test(scenario_sandbox, or_to_the_directory_that_it_names)
{
	char path[SCRATCH_PATH], option[SCRATCH_PATH + 16];
	struct scene scene;

	machine_root_or_skip();
	*strrchr(scratch_path("x", path), '/') = '\0';
	snprintf(option, sizeof(option), "--chroot=%s", path);
	start(&scene, option);
	assert_roots(&scene, path);
	stop(&scene);
	cr_expect_neq(access(scene.pid_file, F_OK), 0);
}

Test(scenario_sandbox, the_keeper_sees_the_directory_of_the_pid_file_only)
{
	char path[SCRATCH_PATH];
	struct scene scene;

	machine_root_or_skip();
	*strrchr(scratch_path("x", path), '/') = '\0';
	start(&scene, NULL);
	assert_root(daemon_keeper(&scene.daemon), path);
	stop(&scene);
	cr_expect_neq(access(scene.pid_file, F_OK), 0);
}

static void
assert_refused(char *option, bool as_nobody, int status, const char *reason)
{
	struct process process;

	cr_expect_eq(
	    process_run(&process, ARGV(BUILD "/haild", option, "::1", "0"),
		&(struct process_options){.user = as_nobody ? "nobody" : NULL}),
	    status);
	cr_expect_str_eq(process.output[PROCESS_ERR].text, reason);
	cr_expect_str_eq(process.output[PROCESS_OUT].text, "");
	process_assert_group_gone(&process);
	process_free(&process);
}

Test(scenario_sandbox, a_directory_that_is_not_there_is_refused)
{
	assert_refused("--chroot=/nowhere", false, EX_NOINPUT,
	    "haild: --chroot /nowhere: No such file or directory\n");
}

Test(scenario_sandbox, only_root_may_name_a_directory)
{
	assert_refused("--chroot=/", machine_is_root(), EX_NOPERM,
	    "haild: --chroot /: Operation not permitted (needs root or "
	    "CAP_SYS_CHROOT)\n");
}
