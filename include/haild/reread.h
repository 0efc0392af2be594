#ifndef HAILD_REREAD_H
#define HAILD_REREAD_H

#include <stdio.h>

#include "reason.h"

/*
 * A file that is read at start and again on SIGHUP. Once haild serves it may
 * open nothing any more, so the file is opened once, ahead, and read again
 * from its start with pread(2). What is written into the file is seen; what
 * is put in its place, as mv(1) and many editors do, is another file, which
 * is not: that is refused with a reason that says what to do.
 */
struct reread {
	int file;	  /* open while haild lives; closed on exec */
	const char *path; /* in the user's words; borrowed */
};

/* Open path. Returns 0, or -1 with a reason (EX_NOINPUT, EX_NOPERM...). */
int reread_open(struct reread *, const char *path, struct reason *);

/*
 * What is in the file, from its start, as a stream that is the caller's to
 * close. NULL with a reason (EX_OSERR) if it cannot be had.
 */
FILE *reread_stream(const struct reread *, struct reason *);

/*
 * To be asked before the file is read again: is it still what path names, as
 * far as one can tell without a look at path? Returns 0, or -1 with a reason:
 * it was replaced or removed, or it is none that can be read twice (a pipe,
 * a terminal). Does not block.
 */
int reread_check(const struct reread *, struct reason *);

#endif
