#ifndef HAIL_EXHIBIT_H
#define HAIL_EXHIBIT_H

#include <stdbool.h>
#include <stddef.h>

#include "reason.h"

#define EXHIBIT_SIZE 65536

/*
 * What a server says, on its way to stdout: byte for byte, or as terminal.h
 * shows it if that is a terminal.
 */
struct exhibit {
	unsigned char bytes[EXHIBIT_SIZE];
	size_t pending; /* of them, not shown yet */
	bool quiet;	/* show nothing */
	bool terminal;
};

void exhibit_open(struct exhibit *, bool quiet);

/* Where the next bytes are to be put, and for how many there is room: > 0. */
unsigned char *exhibit_room(struct exhibit *, size_t *room);

/*
 * Show length bytes that were put there. The beginning of a character whose
 * end is still to come waits. Blocks as long as stdout does.
 * Returns 0, or -1 with a reason (EX_IOERR).
 */
int exhibit_show(struct exhibit *, size_t length, struct reason *);

/* Show what is left; the same. */
int exhibit_close(struct exhibit *, struct reason *);

#endif
