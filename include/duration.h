#ifndef DURATION_H
#define DURATION_H

#include <stddef.h>
#include <stdint.h>

#include "reason.h"

/* Durations and instants are nanoseconds in an int64_t, everywhere. */
#define NS_PER_US 1000LL
#define NS_PER_MS 1000000LL
#define NS_PER_S  1000000000LL

/* An instant that never comes. */
#define NEVER INT64_MAX

/* What duration_format writes at most, with its NUL. */
#define DURATION_STRLEN 32

/*
 * Read "250us", "10ms", "1.5s", "2m", "1h" or a plain number of seconds.
 * Returns 0, or -1 with a reason that repeats text (EX_USAGE): not a
 * duration, or outside [min, max].
 */
int duration_parse(
    const char *text, int64_t min, int64_t max, int64_t *ns, struct reason *);

/*
 * Write ns with three significant digits and the unit that suits: "58.1us".
 * Returns buf. duration_parse reads it back to within that precision.
 */
char *duration_format(int64_t ns, char buf[DURATION_STRLEN]);

/* Now, by CLOCK_MONOTONIC: a clock that is set does not move it. */
int64_t monotonic_now(void);

/*
 * What poll(2) takes to wait until deadline: milliseconds rounded up, 0 when
 * it has passed, -1 for NEVER.
 */
int poll_timeout(int64_t deadline);

#endif
