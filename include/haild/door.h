#ifndef HAILD_DOOR_H
#define HAILD_DOOR_H

#include <stdbool.h>

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

/*
 * Let a socket hear no SYN, or hear them again: they are dropped, for a while
 * in which the door does not help, because the group is not complete. When
 * the first of it has closed, the program finds no door where it was, and a
 * socket that is about to close would let the next SYN in; while only the
 * first of it listens, that would get them all. The socket demands of each
 * packet to have passed no router with the longest time to live (RFC 5082),
 * which is 64 or 128 of almost all hosts, and not 255; and so do connections
 * that are made meanwhile. family is AF_INET or AF_INET6.
 */
void door_deafen(int listener, int family, bool deaf);

#endif
