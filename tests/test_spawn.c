#include "haild/spawn.h"

#include <sys/wait.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "deadline.h"
#include "duration.h"
#include "haild/sandbox.h"
#include "machine.h"
#include "pair.h"
#include "peer.h"
#include "procfs.h"

#define LONG (3600 * NS_PER_S)

static struct pair ends;

/* As haild does, so that no end of a child is missed. */
static void
block_signal(void)
{
	sigset_t ended;

	sigemptyset(&ended);
	sigaddset(&ended, SPAWN_ENDED);
	cr_assert_eq(sigprocmask(SIG_BLOCK, &ended, NULL), 0, "%m");
	pair_open(&ends);
}

TestSuite(spawn, .init = block_signal);

static pid_t
spawn(const struct pair *pair, const pass_t *pass)
{
	const struct session session = {
	    .conn = pair->conn,
	    .greeting = {(const unsigned char *)"hello\n", 6},
	    .started = monotonic_now(),
	    .timeout = LONG,
	    .linger = LONG,
	};
	pid_t pid = spawn_session(&session, pass);

	cr_assert_gt(pid, 0, "%m");
	return pid;
}

/* Wait for the signal that says that a child has ended: its pid. */
static pid_t
await_signal(void)
{
	const struct timespec patience = {
	    .tv_sec = (deadline_from_now() - monotonic_now()) / NS_PER_S,
	};
	siginfo_t signal;
	sigset_t ended;

	sigemptyset(&ended);
	sigaddset(&ended, SPAWN_ENDED);
	cr_assert_eq(sigtimedwait(&ended, &signal, &patience), SPAWN_ENDED,
	    "no child has ended in time");
	return signal.si_pid;
}

static void
assert_reaped(pid_t pid, enum session_end end)
{
	int status;

	cr_assert(spawn_reap(pid, &status));
	cr_assert(WIFEXITED(status), "%#x", status);
	cr_expect_eq(WEXITSTATUS(status), (int)end);
	cr_expect_not(spawn_reap(pid, &status), "a second time");
}

Test(spawn, a_child_greets_and_its_end_is_told)
{
	pid_t pid = spawn(&ends, NULL);
	int status;

	peer_await_input(ends.client, 6);
	cr_expect_not(spawn_reap(pid, &status), "it has not ended");
	cr_expect_eq(waitpid(pid, &status, WNOHANG), -1);
	cr_expect_eq(errno, ECHILD, "others would wait for it");
	cr_expect_neq(fcntl(ends.conn, F_GETFD), -1, "it is ours to close");
	close(ends.conn);
	peer_expect(ends.client, "hello\n", 6);
	close(ends.client);
	cr_expect_eq(await_signal(), pid);
	assert_reaped(pid, GREETED);
}

Test(spawn, how_it_ended_is_its_exit_status)
{
	pid_t pid;

	peer_reset(ends.client);
	pid = spawn(&ends, NULL);
	cr_expect_eq(await_signal(), pid);
	assert_reaped(pid, PEER_GONE);
}

Test(spawn, one_that_was_killed_is_told_as_well)
{
	pid_t pid = spawn(&ends, NULL);
	int status;

	kill(pid, SIGKILL);
	cr_expect_eq(await_signal(), pid);
	cr_assert(spawn_reap(pid, &status));
	cr_expect(WIFSIGNALED(status));
	cr_expect_eq(WTERMSIG(status), SIGKILL);
}

/* Of SIGCHLD there would be one. */
Test(spawn, of_many_that_end_at_once_each_is_told)
{
	pid_t pids[40], pid;
	struct pair pair;
	int i, found;

	spawn_prepare();
	for (i = 0; i < 40; i++) {
		pair_open(&pair);
		pids[i] = spawn(&pair, NULL);
		close(pair.conn);
		close(pair.client);
	}
	for (i = 0; i < 40; i++)
		procfs_await_end(pids[i]);
	for (i = 0; i < 40; i++) {
		pid = await_signal();
		for (found = 0; found < 40 && pids[found] != pid; found++)
			continue;
		cr_assert_lt(found, 40, "%d is none of ours", (int)pid);
		pids[found] = 0;
	}
}

/* The name that the kernel has for what is open there. */
static void
name_of(pid_t pid, int descriptor, char name[64])
{
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, descriptor);
	length = readlink(path, name, 63);
	cr_assert_gt(length, 0, "%s: %m", path);
	name[length] = '\0';
}

static void
assert_has_its_connection(pid_t pid, int others)
{
	char own[64], childs[64];

	peer_await_input(ends.client, 6);
	cr_expect_eq(procfs_descriptors(pid), 1 + others);
	name_of(getpid(), ends.conn, own);
	name_of(pid, ends.conn, childs);
	cr_expect_str_eq(childs, own);
	kill(pid, SIGKILL);
}

Test(spawn, a_child_has_its_connection_and_the_standard_ones)
{
	assert_has_its_connection(spawn(&ends, NULL), 3);
}

Test(spawn, with_a_pass_it_has_its_connection_alone)
{
	const pass_t *pass;
	struct reason why;

	if (!SANDBOX_POSSIBLE)
		cr_skip_test("built with sanitizers: no sandbox");
	pass = pass_require(&why);
	cr_assert_not_null(pass, "%s", why.text);
	assert_has_its_connection(spawn(&ends, pass), 0);
}

Test(spawn, a_child_ends_with_its_parent)
{
	int channel[2];
	pid_t parent, child;

	cr_assert_eq(pipe(channel), 0, "%m");
	parent = fork();
	if (parent == 0) {
		child = spawn(&ends, NULL);
		if (write(channel[1], &child, sizeof(child)) == -1)
			_exit(1);
		for (;;)
			pause();
	}
	cr_assert_eq(read(channel[0], &child, sizeof(child)), sizeof(child));
	peer_await_input(ends.client, 6);
	kill(parent, SIGKILL);
	procfs_await_end(child);
	waitpid(parent, NULL, 0);
}

Test(spawn, without_a_process_to_be_had_nothing_is_forked)
{
	const struct session session = {.conn = ends.conn};

	machine_be_fresh_user_or_skip();
	machine_limit(RLIMIT_NPROC, 0);
	cr_expect_eq(spawn_session(&session, NULL), -1);
	cr_expect_eq(errno, EAGAIN, "%m");
	cr_expect_neq(fcntl(ends.conn, F_GETFD), -1);
	machine_limit(RLIMIT_NPROC, RLIM_INFINITY);
}
