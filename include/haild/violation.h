#ifndef HAILD_VIOLATION_H
#define HAILD_VIOLATION_H

#include <sys/types.h>

/*
 * A process of haild that makes a system call which its filter does not
 * permit ends by SIGSYS instead. All that wait(2) tells is that signal, so a
 * handler leaves the number of the call where the parent finds it, in a page
 * that all processes share, and then has the kernel end the process. (What a
 * process that was taken over writes there is what the log says of it; that
 * is all it is good for.)
 */

/* What violation_explain writes at most, with its NUL. */
#define VIOLATION_STRLEN 96

/*
 * Watch over this process and those it will fork. This process itself has
 * nobody to say it for it: it writes a line to standard error. Returns 0, or
 * -1 with errno.
 */
int violation_watch(void);

/*
 * Why a process of ours that was reaped ended by this signal, for the log:
 * "killed by signal 9", "killed for calling openat, which its sandbox
 * forbids". To be asked once for each. Returns buf.
 */
char *violation_explain(pid_t, int signal, char buf[VIOLATION_STRLEN]);

#endif
