#ifndef HAILD_PLACES_H
#define HAILD_PLACES_H

#include "haild/parent.h"

/*
 * Share out the descriptors that a process may have: in the acceptor between
 * so many listening sockets and the queue, in the parent between those who
 * wait, those who are told that it is busy and those whom it greets itself.
 * Returns 0, or -1 with a reason: too few for the burst (EX_OSERR) or for the
 * queue that was asked for (EX_USAGE).
 */
int places_share(
    struct parent *, unsigned descriptors, size_t sockets, struct reason *);

#endif
