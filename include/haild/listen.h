#ifndef HAILD_LISTEN_H
#define HAILD_LISTEN_H

#include <stdbool.h>

#include "address.h"

/* Besides those that listen an address has its door and the plug of it. */
#define LISTENERS_DOOR 2

/*
 * The listening sockets of a server: for each address as many as a burst
 * needs, since each holds no more than backlog + 1 finished connections.
 */
struct listeners {
	struct address_list addresses; /* with the port that was given */
	unsigned backlog;	       /* as the kernel keeps it */
	unsigned burst;
	unsigned each; /* listening sockets for one address */
	size_t count;  /* all sockets, LISTENERS_DOOR included */
	int *sockets;  /* by address: each listening ones, and the door */
};

/*
 * Bind and listen. With port 0 all addresses get the same free port. Of
 * several addresses those that this machine does not have are left out.
 * More than one socket for an address form a SO_REUSEPORT group that is
 * steered by the client's port (steering.h); the first listens before it has
 * SO_REUSEPORT, so that an address in use is refused whoever uses it.
 * Sockets are non-blocking and closed on exec; listeners_close ends them. They
 * are deaf to begin with: see listeners_deafen.
 * Returns 0, or -1 with a reason that names the address: EX_UNAVAILABLE (in
 * use, not of this machine), EX_NOPERM, EX_OSERR; then nothing is open.
 */
int listeners_open(struct listeners *, const struct address_list *,
    unsigned backlog, unsigned burst, struct reason *);

/* How many sockets that would be for one address. */
unsigned listeners_each(unsigned backlog, unsigned burst);

/* Close all sockets. */
void listeners_close(struct listeners *);

/* Is the i-th socket one that listens, and no door or plug? */
bool listeners_listens(const struct listeners *, size_t i);

/*
 * Let nobody new in (door.h); handshakes under way complete. Returns 0, or
 * -1 with errno when a door could not be shut.
 */
int listeners_shut_doors(const struct listeners *);

/*
 * Let no SYN in while that would end badly (door_deafen): before somebody
 * accepts, and when they are about to be closed, one after the other.
 */
void listeners_deafen(const struct listeners *, bool deaf);

#endif
