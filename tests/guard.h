#ifndef TESTS_GUARD_H
#define TESTS_GUARD_H

#include <sys/types.h>

/*
 * A process beside the test that kills, with SIGKILL, every process group it
 * was told of once the test has ended, however it ended. PR_SET_PDEATHSIG
 * does not do: a program that changes its user loses it, and its children
 * never had it. The first call starts the guard; it ends with the test.
 */
void guard_add(pid_t group);

/* The group is over: its number may belong to somebody else soon. */
void guard_remove(pid_t group);

#endif
