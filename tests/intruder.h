#ifndef TESTS_INTRUDER_H
#define TESTS_INTRUDER_H

#include <sys/types.h>

/*
 * In place of an argument: the address of the path "/", our parent, or the
 * address of a greeting that all processes share.
 */
#define INTRUDER_PATH	  (-101L)
#define INTRUDER_PARENT	  (-102L)
#define INTRUDER_GREETING (-103L)

/* A system call that somebody tries who has taken over a process. */
struct intruder_call {
	char name[24];
	long number;
	long arguments[6];
};

/*
 * Those that no process of haild may make: open, socket, execve, ptrace,
 * kill of the parent, and others that would lead there. Returns how many.
 */
size_t intruder_calls(const struct intruder_call **);

/*
 * Have a process, which waits in a system call, make this one instead, by
 * ptrace(2), and let it go. Skips the test where that is not possible.
 */
void intruder_make(pid_t, const struct intruder_call *);

/* Have it do nothing instead, without end, and without a system call. */
void intruder_spin(pid_t);

#endif
