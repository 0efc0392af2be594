#ifndef HAIL_NETSTAT_H
#define HAIL_NETSTAT_H

#include <stdint.h>
#include <stdio.h>

#include "hail/result.h"

/*
 * Read the kernel's counters of this network namespace from
 * /proc/net/netstat; one that this kernel does not know is 0.
 * Returns 0, or -1 if there is no such file or it is not what it should be.
 */
int netstat_read(int64_t counters[COUNTERS]);

/* The same from an open file: lines in pairs, first names, then numbers. */
int netstat_scan(FILE *, int64_t counters[COUNTERS]);

#endif
