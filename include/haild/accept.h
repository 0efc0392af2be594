#ifndef HAILD_ACCEPT_H
#define HAILD_ACCEPT_H

#include "haild/handover.h"

/* What to do after one accept4(2). */
enum accepted {
	ACCEPT_TAKEN,  /* a connection came */
	ACCEPT_EMPTY,  /* none is waiting: wait for the next event */
	ACCEPT_AGAIN,  /* this one failed by itself: take the next */
	ACCEPT_PAUSE,  /* a resource ran out: leave the listeners for a while */
	ACCEPT_BROKEN, /* the listener is not one: a defect of ours */
};

/* What an errno of accept4(2) means; the only place that decides it. */
enum accepted accept_decide(int error);

/*
 * Take one connection from a non-blocking listener. The descriptor is closed
 * on exec and non-blocking, and the caller's. errno is set unless
 * ACCEPT_TAKEN.
 */
enum accepted accept_one(int listener, struct connection *);

#endif
