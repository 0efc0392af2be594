#ifndef HAILD_STEWARD_H
#define HAILD_STEWARD_H

#include <sys/types.h>

#include <stdbool.h>

#include "reason.h"

/*
 * The second thread of the parent. Children inherit the filter of the thread
 * that forks them, so the thread that serves may do no more than they may
 * (SANDBOX_SERVING). What else the parent has to do now and then, the steward
 * does in its place while it waits: start another acceptor, end processes,
 * read files again. The two never run at the same time.
 */

/*
 * Start it. It has the filter that this thread has then, and will have what
 * is installed in all threads. Returns 0, or -1 with a reason (EX_OSERR).
 */
int steward_start(struct reason *);

/*
 * Have the steward do a task, and wait until it is done; without a steward,
 * do it. errno is as the task leaves it.
 */
void steward_do(void (*task)(void *), void *argument);

/* The same for kill(2), of SIGKILL or SIGCONT. */
void steward_kill(pid_t, int signal);

/*
 * Are processes forked from now on to have the steward's stack? Whom it forks
 * itself must, children need not.
 */
void steward_share(bool);

#endif
