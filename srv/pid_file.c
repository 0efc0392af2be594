#include "haild/pid_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <libutil.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "duration.h"
#include "haild/descriptors.h"
#include "haild/privilege.h"
#include "haild/sandbox.h"
#include "haild/steward.h"
#include "haild/violation.h"

/* For the keeper to end in, and for the kernel to end it. */
#define RELEASE_WAIT (5 * NS_PER_S)
#define LAST_WAIT    (1 * NS_PER_S)

/* Whose keeper may be reaped by whoever reaps. */
static struct pid_file *held;

/* Go to the directory of path. Returns the file's name in it, or NULL. */
static char *
go_to(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL)
		return path;
	*slash = '\0';
	return chdir(slash == path ? "/" : path) == -1 ? NULL : slash + 1;
}

/* In the directory: its owner's rights, and no more, are to be ours. */
static int
confine(bool filters, struct reason *why)
{
	struct stat directory;
	struct identity owner = {.change = geteuid() == 0};

	if (stat(".", &directory) == -1)
		return reason_set(why, EX_OSERR, "%s", strerror(errno));
	owner.uid = directory.st_uid;
	owner.gid = directory.st_gid;
	snprintf(owner.name, sizeof(owner.name), "user %u", owner.uid);
	/* Where that is not permitted it sees more, and can do no more. */
	if (filters && owner.change && chroot(".") == -1 && errno != EPERM)
		return reason_set(why, EX_OSERR, "%s", strerror(errno));
	if (privilege_drop(&owner, why) == -1)
		return -1;
	return filters ? sandbox_enter(SANDBOX_KEEPER, why) : 0;
}

/* To the directory of path, and confined. Returns the file's name, or NULL. */
static const char *
settle(const char *path, bool filters, struct reason *why)
{
	char *name = strdup(path);

	if (name == NULL || (name = go_to(name)) == NULL)
		reason_set(why, EX_OSERR, "%s", strerror(errno));
	else if (confine(filters, why) == 0)
		return name;
	return NULL;
}

static _Noreturn void
be_keeper(const char *path, int file, int lifeline, bool filters)
{
	struct reason why = {.status = EX_OSERR};
	const char *name;
	char byte;

	descriptors_close_but(lifeline, file);
	setproctitle("pid file");
	name = settle(path, filters, &why);
	if (name == NULL) {
		send(lifeline, &why, sizeof(why), MSG_NOSIGNAL);
		_exit(why.status);
	}
	/* No word more from us: that is how we say that we keep it. */
	shutdown(lifeline, SHUT_WR);
	while (read(lifeline, &byte, 1) == -1 && errno == EINTR)
		continue;
	unlink(name);
	_exit(0);
}

/* Returns 0 when the keeper says nothing, or -1 with its reason. */
static int
hear(const struct pid_file *pid_file, struct reason *why)
{
	struct reason its;
	ssize_t got;

	do
		got = recv(pid_file->lifeline, &its, sizeof(its), 0);
	while (got == -1 && errno == EINTR);
	if (got == 0)
		return 0;
	if (got != sizeof(its))
		return reason_set(why, EX_OSERR, "-P %s: %s", pid_file->path,
		    strerror(errno));
	return reason_set(
	    why, its.status, "-P %s: %s", pid_file->path, its.text);
}

/* Fork the keeper. Returns 0 when it keeps, or -1 with a reason. */
static int
start_keeper(
    struct pid_file *pid_file, int file, bool filters, struct reason *why)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		return reason_set(why, EX_OSERR, "-P %s: %s", pid_file->path,
		    strerror(errno));
	pid_file->keeper = fork();
	if (pid_file->keeper == 0)
		be_keeper(pid_file->path, file, ends[0], filters);
	if (pid_file->keeper == -1)
		reason_set(why, EX_OSERR, "-P %s: %s", pid_file->path,
		    strerror(errno));
	close(ends[0]);
	pid_file->lifeline = ends[1];
	if (pid_file->keeper != -1 && hear(pid_file, why) == 0)
		return 0;
	close(ends[1]);
	if (pid_file->keeper != -1)
		waitpid(pid_file->keeper, NULL, 0);
	pid_file->keeper = 0;
	return -1;
}

int
pid_file_hold(struct pid_file *pid_file, const char *path, bool filters,
    struct reason *why)
{
	struct pidfh *file;
	pid_t owner = 0;
	int result;

	*pid_file = (struct pid_file){.path = path, .lifeline = -1};
	if (path == NULL)
		return 0;
	file = pidfile_open(path, 0644, &owner);
	if (file == NULL && errno == EEXIST)
		return reason_set(why, EX_UNAVAILABLE,
		    "-P %s: held by process %d, which is alive", path,
		    (int)owner);
	if (file == NULL)
		return reason_set(why, reason_status(errno), "-P %s: %s", path,
		    strerror(errno));
	result = pidfile_write(file);
	if (result == -1)
		reason_set(why, reason_status(errno), "-P %s: %s", path,
		    strerror(errno));
	else
		result =
		    start_keeper(pid_file, pidfile_fileno(file), filters, why);
	if (result == -1) {
		pidfile_remove(file);
		return -1;
	}
	/* The lock is the open file's, which the keeper has too. */
	pidfile_close(file);
	held = pid_file;
	return 0;
}

void
pid_file_bury(pid_t pid, int status, struct log *log)
{
	char how[VIOLATION_STRLEN];

	if (held == NULL || pid != held->keeper || WIFSTOPPED(status) ||
	    WIFCONTINUED(status))
		return;
	held->keeper = 0;
	if (WIFSIGNALED(status))
		violation_explain(pid, WTERMSIG(status), how);
	else
		snprintf(how, sizeof(how), "ended with status %d",
		    WEXITSTATUS(status));
	log_line(log,
	    "the keeper of the pid file %s%s: nobody holds the file any more",
	    WIFSIGNALED(status) ? "was " : "", how);
}

/* Wait for its end, which SIGCHLD tells of, blocked as it is. */
static bool
await_end(pid_t keeper, int64_t wait)
{
	const int64_t until = monotonic_now() + wait;
	struct timespec left;
	sigset_t ended;
	int64_t ns;

	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	while (waitpid(keeper, NULL, WNOHANG) == 0) {
		ns = until - monotonic_now();
		if (ns <= 0)
			return false;
		left.tv_sec = ns / NS_PER_S;
		left.tv_nsec = ns % NS_PER_S;
		sigtimedwait(&ended, NULL, &left);
	}
	return true;
}

/* Nobody may be there who reads it. */
static void
complain(const struct pid_file *pid_file)
{
	struct pollfd error = {.fd = STDERR_FILENO, .events = POLLOUT};

	if (poll(&error, 1, 0) == 1)
		warnx("-P %s: its keeper does not end: the file is left behind",
		    pid_file->path);
}

void
pid_file_release(struct pid_file *pid_file)
{
	if (pid_file->keeper == 0)
		return;
	close(pid_file->lifeline);
	steward_kill(pid_file->keeper, SIGCONT);
	if (!await_end(pid_file->keeper, RELEASE_WAIT)) {
		complain(pid_file);
		/* Not permitted where it is another user's. */
		steward_kill(pid_file->keeper, SIGKILL);
		await_end(pid_file->keeper, LAST_WAIT);
	}
	pid_file->keeper = 0;
}
