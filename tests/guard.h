#ifndef TESTS_GUARD_H
#define TESTS_GUARD_H

#include <sys/types.h>

/* The longest path of a directory to be removed, with its NUL. */
#define GUARD_PATH 128

/*
 * A process beside the test that cleans up once the test has ended, however
 * it ended: it kills, with SIGKILL, every process group it was told of.
 * PR_SET_PDEATHSIG does not do: a program that changes its user loses it, and
 * its children never had it. The first call starts the guard, which also
 * kills a test that hangs (Criterion's --timeout does not).
 */
void guard_add(pid_t group);

/* The group is over: its number may belong to somebody else soon. */
void guard_remove(pid_t group);

/* Remove this directory and the files in it; one at most. */
void guard_directory(const char *path);

#endif
