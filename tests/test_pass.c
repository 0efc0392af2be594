#include "haild/pass.h"
#include "haild/sandbox.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "duration.h"
#include "haild/spawn.h"
#include "peer.h"

static pid_t
fork_showing(pass_t pass)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, pass, NULL, 0);
}

/* In a process of its own: require a pass, and fork with this one instead. */
static int
status_of_fork(pass_t changed)
{
	const pass_t *pass;
	struct reason why;
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		pass = pass_require(&why);
		if (pass == NULL)
			_exit(100);
		pid = fork_showing(*pass ^ changed);
		if (pid == 0)
			_exit(3);
		waitpid(pid, &status, 0);
		_exit(WEXITSTATUS(status) + 1);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

Test(pass, with_it_one_may_fork)
{
	cr_expect_eq(status_of_fork(0), 4);
}

Test(pass, who_shows_another_is_killed)
{
	int bit;

	for (bit = 0; bit < 64; bit++)
		cr_expect_eq(status_of_fork((pass_t)1 << bit), -SIGSYS);
}

/* How often bytes are found in the memory of another process. */
static unsigned
count_in_memory(pid_t pid, const void *bytes, size_t length)
{
	unsigned long from, to;
	unsigned found = 0;
	char path[64], line[512], mode[8];
	char *memory, *at;
	ssize_t got;
	FILE *maps;
	int file;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	file = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	cr_assert(file != -1 && maps != NULL, "%s: %m", path);
	while (fgets(line, sizeof(line), maps) != NULL) {
		cr_assert_eq(sscanf(line, "%lx-%lx %7s", &from, &to, mode), 3);
		/* Not the shadow of a sanitizer, of terabytes. */
		if (mode[0] != 'r' || mode[1] != 'w' || to - from > 1UL << 30)
			continue;
		memory = malloc(to - from);
		got = pread(file, memory, to - from, (off_t)from);
		for (at = memory; got > 0 &&
		     (at = memmem(at, (size_t)(memory + got - at), bytes,
			  length)) != NULL;
		     at++)
			found++;
		free(memory);
	}
	fclose(maps);
	close(file);
	return found;
}

/* Nor can it be found in what a child inherits, on stack, heap or elsewhere. */
Test(pass, a_child_does_not_know_it)
{
	static const char marker[] = "what a child does inherit";
	struct session session = {
	    .greeting = {(const unsigned char *)"x", 1},
	    .started = monotonic_now(),
	    .timeout = 600 * NS_PER_S,
	    .linger = 600 * NS_PER_S,
	};
	char *inherited;
	struct reason why;
	const pass_t *pass;
	sigset_t ended;
	int ends[2];
	pid_t pid;

	/* Memory is looked through: not that of a sanitizer, too. */
	if (!SANDBOX_POSSIBLE)
		cr_skip_test("built with sanitizers: no sandbox");
	inherited = strdup(marker);
	pass = pass_require(&why);
	cr_assert_not_null(pass, "%s", why.text);
	sigemptyset(&ended);
	sigaddset(&ended, SPAWN_ENDED);
	cr_assert_eq(sigprocmask(SIG_BLOCK, &ended, NULL), 0);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	session.conn = ends[0];
	pid = spawn_session(&session, pass);
	cr_assert_gt(pid, 0, "%m");
	peer_await_input(ends[1], 1);
	cr_expect_geq(count_in_memory(pid, marker, sizeof(marker)), 1);
	cr_expect_eq(count_in_memory(pid, pass, sizeof(*pass)), 0);
	cr_expect_geq(count_in_memory(getpid(), pass, sizeof(*pass)), 1);
	kill(pid, SIGKILL);
	free(inherited);
}
