#ifndef HAILD_PID_FILE_H
#define HAILD_PID_FILE_H

#include <sys/types.h>

#include <stdbool.h>

#include "haild/log.h"
#include "reason.h"

/*
 * A pid file, locked and named by pidfile_open(3bsd) while we serve. A small
 * process holds it, because removing it may need more rights than we still
 * have by then: as root it becomes the owner of the file's directory, sees
 * nothing but that directory, and has no capability. It removes the file when
 * we end, however we end.
 */
struct pid_file {
	const char *path;
	pid_t keeper; /* 0: there is none, or none any more */
	int lifeline; /* its end tells the keeper */
};

/*
 * Take the file and write our process id into it; path, which must last, may
 * be NULL for none. Once, as there is one at most; it must stay where it is.
 * filters: the process that holds it confines itself (sandbox.h), and does so
 * before this returns 0; or -1 with a reason that repeats path:
 * EX_UNAVAILABLE with the process id of a live owner, EX_NOPERM, EX_NOINPUT,
 * EX_OSERR.
 */
int pid_file_hold(
    struct pid_file *, const char *path, bool filters, struct reason *);

/*
 * A child of ours was reaped, or has stopped. If it was the keeper and is
 * gone, say so: what it held is not locked any more.
 */
void pid_file_bury(pid_t, int status, struct log *);

/*
 * Have the file removed; blocks until it is, for six seconds at most, after
 * which it may still be there. SIGCHLD must be blocked.
 */
void pid_file_release(struct pid_file *);

#endif
