#ifndef HAILD_LISTEN_H
#define HAILD_LISTEN_H

#include "address.h"

/*
 * The listening sockets of a server: for each address as many as a burst
 * needs, since each holds no more than backlog + 1 finished connections.
 */
struct listeners {
	struct address_list addresses; /* with the port that was given */
	unsigned backlog;	       /* as the kernel keeps it */
	unsigned burst;
	unsigned each; /* sockets for one address */
	int *sockets;  /* addresses.count * each, by address */
	size_t count;
};

/*
 * Bind and listen. With port 0 all addresses get the same free port. Of
 * several addresses those that this machine does not have are left out.
 * More than one socket for an address form a SO_REUSEPORT group that is
 * steered by the client's port (steering.h); the first of each is bound
 * without SO_REUSEPORT, so that an address in use is refused whoever uses it.
 * Sockets are non-blocking and closed on exec; listeners_close ends them.
 * Returns 0, or -1 with a reason that names the address: EX_UNAVAILABLE (in
 * use, not of this machine), EX_NOPERM, EX_OSERR; then nothing is open.
 */
int listeners_open(struct listeners *, const struct address_list *,
    unsigned backlog, unsigned burst, struct reason *);

/* How many sockets that would be for one address. */
unsigned listeners_each(unsigned backlog, unsigned burst);

void listeners_close(struct listeners *);

/*
 * Let nobody new in: drop each SYN before TCP sees it, as if it had been
 * lost, so that its client tries again and finds the next server. Handshakes
 * under way complete. Returns 0, or -1 with errno.
 */
int listeners_drop_syns(const struct listeners *);

#endif
