#ifndef TESTS_DEADLINE_H
#define TESTS_DEADLINE_H

#include <stdint.h>

/*
 * The instant (monotonic_now) by which whatever a test waits for must have
 * happened: far enough that a busy machine never gets there, five times
 * further in programs built with sanitizers. A test that meets it fails.
 */
int64_t deadline_from_now(void);

/* The instant by which a whole test that starts now must have ended. */
int64_t deadline_of_a_test(void);

#endif
