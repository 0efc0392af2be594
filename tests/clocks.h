#ifndef TESTS_CLOCKS_H
#define TESTS_CLOCKS_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * Which clocks a program looks at, by all its threads and processes. The
 * kernel's shortcut, vdso(7), is hidden from it, so that each look is a
 * system call, which a tracer counts.
 */
struct clocks {
	_Atomic uint64_t monotonic; /* looks at CLOCK_MONOTONIC */
	_Atomic uint64_t others;    /* looks at a clock that may be set */
};

/* Counts, all zero, for the one program that clocks_watch is called for. */
struct clocks *clocks_open(void);

/*
 * For process_options.last: have what this process becomes, and all that it
 * forks, watched until they end. Sanitizers cannot be traced.
 */
void clocks_watch(void);

#endif
