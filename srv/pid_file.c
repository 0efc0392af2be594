#include "haild/pid_file.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libutil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "haild/descriptors.h"
#include "haild/privilege.h"
#include "haild/sandbox.h"

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

/* In the directory: may its owner's rights, and no more, be ours. */
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

static _Noreturn void
keep(const char *name, int lifeline)
{
	char byte;

	setproctitle("pid file");
	while (read(lifeline, &byte, 1) == -1 && errno == EINTR)
		continue;
	unlink(name);
	_exit(0);
}

static _Noreturn void
be_keeper(const char *path, int file, int lifeline, bool filters)
{
	char *name = strdup(path);
	struct reason why;

	descriptors_close_but(lifeline, file);
	if (name == NULL || (name = go_to(name)) == NULL)
		err(EX_OSERR, "-P %s", path);
	if (confine(filters, &why) == -1) {
		unlink(name);
		errx(why.status, "-P %s: %s", path, why.text);
	}
	keep(name, lifeline);
}

/* Fork the keeper. Returns 0, or -1 with errno. */
static int
start_keeper(
    struct pid_file *pid_file, const char *path, int file, bool filters)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	pid_file->keeper = fork();
	if (pid_file->keeper == 0)
		be_keeper(path, file, ends[0], filters);
	close(ends[0]);
	pid_file->lifeline = ends[1];
	if (pid_file->keeper != -1)
		return 0;
	close(ends[1]);
	return -1;
}

int
pid_file_hold(struct pid_file *pid_file, const char *path, bool filters,
    struct reason *why)
{
	struct pidfh *file;
	pid_t owner = 0;

	*pid_file = (struct pid_file){.keeper = 0, .lifeline = -1};
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
	if (pidfile_write(file) == -1 ||
	    start_keeper(pid_file, path, pidfile_fileno(file), filters) == -1) {
		reason_set(why, reason_status(errno), "-P %s: %s", path,
		    strerror(errno));
		pid_file->keeper = 0;
		pidfile_remove(file);
		return -1;
	}
	/* The lock is the open file's, which the keeper has too. */
	pidfile_close(file);
	return 0;
}

void
pid_file_release(struct pid_file *pid_file)
{
	if (pid_file->keeper == 0)
		return;
	close(pid_file->lifeline);
	waitpid(pid_file->keeper, NULL, 0);
	pid_file->keeper = 0;
}
