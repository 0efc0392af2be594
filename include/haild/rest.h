#ifndef HAILD_REST_H
#define HAILD_REST_H

#include <stdbool.h>
#include <stdint.h>

#include "haild/ledger.h"
#include "haild/listen.h"

/* When who accepts waits although nothing makes it wait: see rest.c. */
struct rest {
	int64_t length;	   /* ns; 0: there is none */
	uint64_t busy;	   /* so many in hand are enough for now */
	bool earned;	   /* a connection was accepted since the last one */
	unsigned taken;	   /* connections */
	int64_t breath_at; /* processor time of this thread, ns */
};

/* For who accepts at these listeners, alone or with others. */
void rest_plan(struct rest *, const struct listeners *, bool alone);

/* A connection was accepted. Once in a while this waits for a moment. */
void rest_earn(struct rest *);

/*
 * With nothing to hand over, before the next connection: rest, if one was
 * accepted since the last time and enough are in hand. A note ends it.
 */
void rest_take(struct rest *, const struct ledger *, int channel);

#endif
