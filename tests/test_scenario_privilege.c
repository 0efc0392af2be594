#include <criterion/criterion.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "haild/sandbox.h"
#include "machine.h"
#include "peer.h"
#include "procfs.h"

/* Whose rights haild's processes have. */

static void
assert_ids(pid_t pid, const char *field, unsigned id)
{
	char value[256], wanted[256];

	snprintf(wanted, sizeof(wanted), "%u\t%u\t%u\t%u", id, id, id, id);
	cr_assert(procfs_status(pid, field, value, sizeof(value)));
	cr_assert_str_eq(value, wanted, "%s of %d: %s", field, (int)pid, value);
}

static void
assert_serves_as(const char *name, char *const words[])
{
	const struct passwd *user = getpwnam(name);
	struct daemon daemon;
	pid_t pids[3];
	int conn;
	size_t i;

	daemon_start(&daemon, &(struct daemon_options){.words = words});
	conn = peer_connect(daemon.port);
	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	daemon_await_children(&daemon, 1, &pids[0]);
	pids[1] = daemon_acceptor(&daemon);
	pids[2] = daemon.process.pid;
	for (i = 0; i < 3; i++) {
		assert_ids(pids[i], "Uid", user->pw_uid);
		assert_ids(pids[i], "Gid", user->pw_gid);
	}
	close(conn);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_privilege, root_serves_as_nobody)
{
	machine_root_or_skip();
	assert_serves_as("nobody", ARGV("-l", "10m"));
}

Test(scenario_privilege, root_serves_as_who_is_asked_for)
{
	machine_root_or_skip();
	assert_serves_as("daemon", ARGV("-l", "10m", "-u", "daemon"));
}

Test(scenario_privilege, root_serves_as_root_when_asked_to)
{
	machine_root_or_skip();
	assert_serves_as("root", ARGV("-l", "10m", "--user", "root"));
}

Test(scenario_privilege, nobody_has_no_groups_and_no_capabilities)
{
	const char *const none = "0000000000000000";
	struct daemon daemon;
	char value[256];
	pid_t pids[2];
	size_t i;

	machine_root_or_skip();
	daemon_start(&daemon, NULL);
	pids[0] = daemon.process.pid;
	pids[1] = daemon_acceptor(&daemon);
	for (i = 0; i < 2; i++) {
		cr_assert(procfs_status(pids[i], "CapEff", value, 256));
		cr_assert_str_eq(value, none);
		cr_assert(procfs_status(pids[i], "CapPrm", value, 256));
		cr_assert_str_eq(value, none);
		cr_assert(procfs_status(pids[i], "Groups", value, 256));
		cr_assert_eq((unsigned)atoi(value), getpwnam("nobody")->pw_gid);
		cr_assert_null(strchr(value, '\t'));
	}
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_privilege, an_ordinary_user_serves_as_itself)
{
	const struct passwd *user;
	struct daemon daemon;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.process = {.user = machine_is_root() ? "nobody" : NULL}});
	user = machine_is_root() ? getpwnam("nobody") : getpwuid(getuid());
	assert_ids(daemon.process.pid, "Uid", user->pw_uid);
	assert_ids(daemon_acceptor(&daemon), "Uid", user->pw_uid);
	daemon_visit(&daemon);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

Test(scenario_privilege, a_child_holds_its_own_connection_and_nothing_else)
{
	const int descriptors = SANDBOX_POSSIBLE ? 1 : 4;
	struct daemon daemon;
	pid_t children[2];
	int first, second;

	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-l", "10m")});
	first = peer_connect(daemon.port);
	peer_expect(first, DAEMON_GREETING, DAEMON_LENGTH);
	second = peer_connect(daemon.port);
	peer_expect(second, DAEMON_GREETING, DAEMON_LENGTH);
	daemon_await_children(&daemon, 2, children);
	cr_assert_eq(procfs_descriptors(children[0]), descriptors);
	cr_assert_eq(procfs_descriptors(children[1]), descriptors);
	close(first);
	close(second);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

/* Of what it says without being asked nothing can reach a log or the books. */
Test(scenario_privilege, an_acceptor_has_nowhere_to_write)
{
	char path[64], target[64];
	struct daemon daemon;
	ssize_t length;
	pid_t acceptor;
	int i;

	if (!SANDBOX_POSSIBLE)
		cr_skip_test("built with sanitizers: no sandbox");
	daemon_start(&daemon, NULL);
	acceptor = daemon_acceptor(&daemon);
	for (i = 0; i < 3; i++) {
		snprintf(
		    path, sizeof(path), "/proc/%d/fd/%d", (int)acceptor, i);
		length = readlink(path, target, sizeof(target) - 1);
		cr_assert_gt(length, 0, "%s: %m", path);
		target[length] = '\0';
		cr_expect_str_eq(target, "anon_inode:[eventpoll]");
	}
	daemon_visit(&daemon);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}
