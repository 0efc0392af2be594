#include "haild/pid_file.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <libutil.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "haild/descriptors.h"

static _Noreturn void
keep(struct pidfh *file, int lifeline)
{
	char byte;

	descriptors_close_but(lifeline, pidfile_fileno(file));
	setproctitle("pid file");
	while (read(lifeline, &byte, 1) == -1 && errno == EINTR)
		continue;
	pidfile_remove(file);
	_exit(0);
}

/* Fork the keeper. Returns 0, or -1 with errno. */
static int
start_keeper(struct pid_file *pid_file, struct pidfh *file)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	pid_file->keeper = fork();
	if (pid_file->keeper == 0)
		keep(file, ends[0]);
	close(ends[0]);
	pid_file->lifeline = ends[1];
	if (pid_file->keeper != -1)
		return 0;
	close(ends[1]);
	return -1;
}

int
pid_file_hold(struct pid_file *pid_file, const char *path, struct reason *why)
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
	if (pidfile_write(file) == -1 || start_keeper(pid_file, file) == -1) {
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
