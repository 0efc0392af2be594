#ifndef HAIL_OUTPUT_H
#define HAIL_OUTPUT_H

#include <limits.h>
#include <stdio.h>

#include "reason.h"

/*
 * A file that is being written: readers of path see the old one or the whole
 * new one, never a half. What is not a regular file ("/dev/null", a FIFO) is
 * written in place, and "-" is stdout.
 */
struct output {
	FILE *stream;
	const char *path;	  /* the caller's */
	char temporary[PATH_MAX]; /* beside path; "" when written in place */
};

/*
 * Begin. The caller writes to stream and ends with output_finish or
 * output_abandon. Returns 0, or -1 with a reason that names path.
 */
int output_begin(struct output *, const char *path, struct reason *);

/*
 * Write what is left, wait until the disk has it, put it in its place.
 * Returns 0, or -1 with a reason; path is then as it was before.
 */
int output_finish(struct output *, struct reason *);

/* Forget it: path is as it was before. */
void output_abandon(struct output *);

#endif
