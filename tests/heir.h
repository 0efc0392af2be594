#ifndef TESTS_HEIR_H
#define TESTS_HEIR_H

#include <stdbool.h>

/* Does a process that is forked from here now have this byte of memory? */
bool heir_has(const void *byte);

#endif
