#ifndef HAILD_SPAWN_H
#define HAILD_SPAWN_H

#include <sys/types.h>

#include <signal.h>

#include "haild/pass.h"
#include "haild/session.h"

/* Make forks of this process cheaper. Call it once, before the first. */
void spawn_prepare(void);

/*
 * What tells the parent that a child has ended, instead of SIGCHLD: of a
 * real-time signal each one is kept, with the pid it is about (signal(7)), so
 * that nobody has to search all children for those that ended. When the queue
 * of signals is full (RLIMIT_SIGPENDING) it is lost.
 */
#define SPAWN_ENDED SIGRTMIN

/*
 * Fork a child that holds the session and exits with its session_end. It has
 * no other descriptor of the parent's, but without a sandbox (pass is NULL)
 * keeps 0 to 2, and ends with the parent. The parent's copy of the connection
 * stays the caller's to close. wait(2) knows it only by __WCLONE, because of
 * SPAWN_ENDED. Returns the process id, or -1 with errno.
 */
pid_t spawn_session(const struct session *, const pass_t *pass);

/* Reap this one, without blocking. Returns whether it had ended. */
bool spawn_reap(pid_t, int *status);

#endif
