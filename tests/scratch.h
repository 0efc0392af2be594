#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <stddef.h>

#define SCRATCH_PATH 192

/*
 * Files of the test, in a directory of its own that others may read; it is
 * removed when the test has ended. The first call makes it.
 */

/* The path of a file called name, which need not exist. Returns path. */
char *scratch_path(const char *name, char path[SCRATCH_PATH]);

/* Make or replace the file called name, for all to read. Returns path. */
char *scratch_write(const char *name, const void *bytes, size_t length,
    char path[SCRATCH_PATH]);

/* Write into the file at path, which stays the same file. */
void scratch_overwrite(const char *path, const void *bytes, size_t length);

#endif
