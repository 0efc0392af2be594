#ifndef HAILD_AWAKE_H
#define HAILD_AWAKE_H

#include <stdint.h>

/*
 * A clock for what others have to do in time. It stands still while we do, by
 * SIGSTOP or in a debugger, because they may have been stopped as well: of
 * what has passed since somebody looked it counts two seconds at most.
 */
struct awake {
	int64_t looked_at; /* monotonic ns */
	int64_t time;	   /* ns, of this clock */
};

/* Look at it, at least once a second. Returns its time, from 0. */
int64_t awake_look(struct awake *, int64_t now);

#endif
