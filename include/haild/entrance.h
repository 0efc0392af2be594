#ifndef HAILD_ENTRANCE_H
#define HAILD_ENTRANCE_H

#include "haild/parent.h"

/*
 * How connections come from the acceptor to the children: past admission.h.
 * Those that have to wait for their source stand aside, up to WAITING_MAX of
 * them and for as long as a greeting may take; those for which --max-rate
 * has no place yet stay in the acceptor's queue.
 */

/* The descriptor to wait on for the next connection, or -1 for now. */
int entrance_descriptor(const struct parent *);

/* When to take in again even if no descriptor says so, or NEVER. */
int64_t entrance_alarm(const struct parent *);

/*
 * Take in a lot of connections, those that waited first. Returns true when
 * no more will ever come from the acceptor.
 */
bool entrance_take_in(struct parent *);

#endif
