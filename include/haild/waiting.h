#ifndef HAILD_WAITING_H
#define HAILD_WAITING_H

#include <stdbool.h>
#include <stdint.h>

#include "haild/handover.h"

/*
 * So few, because they are in the parent's descriptor table, which each fork
 * copies: 256 make it slower by a quarter.
 */
#define WAITING_MAX 256

/*
 * Connections that wait for a turn of their source, in the order in which
 * they came. Those of other sources pass them.
 */
struct waiting {
	struct waiting_one {
		struct connection connection;
		int64_t until; /* it is refused then; monotonic ns */
	} at[WAITING_MAX];
	unsigned count;
	unsigned places; /* at most WAITING_MAX */
	int64_t look_at; /* when one may have its turn, or is too late */
};

/* Take the connection over; false if there is no room. */
bool waiting_add(struct waiting *, const struct connection *, int64_t until);

/* Take those out whose descriptor is -1; the others keep their order. */
void waiting_close_ranks(struct waiting *);

#endif
