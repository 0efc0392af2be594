#ifndef TESTS_SAMPLE_H
#define TESTS_SAMPLE_H

#include "hail/result.h"
#include "scratch.h"

/*
 * Fill a result as a run of 100 connections at 127.0.0.1:9999 would: 97 ok,
 * 2 stranded, 1 refused, with latencies that seed decides. Every field has a
 * value of its own. The books balance.
 */
void sample_fill(struct result *, unsigned short seed);

/* Save it as a file of the test, called name. Returns path. */
char *
sample_save(const struct result *, const char *name, char path[SCRATCH_PATH]);

#endif
