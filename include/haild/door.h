#ifndef HAILD_DOOR_H
#define HAILD_DOOR_H

#include "address.h"

/*
 * How a server that stops lets nobody new in and yet resets nobody. A SYN
 * that meets a full accept queue is dropped, as if the network had lost it:
 * its client tries again, a second later, and finds the next server. The
 * door is one more socket of the address whose accept queue has one place
 * (backlog 0), which a connection of our own, the plug, takes. Once all SYNs
 * are steered there, handshakes under way complete elsewhere, and no more
 * begin.
 *
 * A filter on the listeners (SO_ATTACH_FILTER) would do the same, but there
 * are kernels that ask for a privilege for that, which by then is gone.
 */
struct door {
	int listener; /* bound, and not listening before the end */
	int plug;
};

/*
 * Bind the door of address, which a socket with SO_REUSEADDR has bound and
 * does not listen on yet. Both sockets are the caller's to close, after a
 * failure too, when either may be -1. Returns 0, or -1 with errno.
 */
int door_open(struct door *, const struct address *);

/*
 * Shut it: first is the first of each sockets that listen on the address and
 * are steered by a program. To shut it again changes nothing. Returns 0, or -1
 * with errno; EADDRINUSE if the plug could not take its place.
 */
int door_shut(
    const struct door *, const struct address *, int first, unsigned each);

#endif
