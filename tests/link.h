#ifndef TESTS_LINK_H
#define TESTS_LINK_H

#include <sys/types.h>

#include <stdint.h>

#include "address.h"

#define LINK_SERVER "10.9.0.1"
#define LINK_CLIENT "10.9.0.2"

/*
 * Two hosts, each a network namespace, and a wire between them that delays
 * each packet and loses some: a process that carries them from one tun(4)
 * device to the other. Needs root and /dev/net/tun.
 */
struct link {
	pid_t carrier;
	int hosts[2]; /* namespaces: server, client */
	int quality;  /* where the carrier gets another one from */
};

struct link_quality {
	int64_t delay; /* ns, each way */
	unsigned lost; /* of a thousand packets, each way */
};

/* Make both hosts; the test is on the server's from now on. */
void link_open_or_skip(struct link *, struct link_quality);

/* From now on. */
void link_change(struct link *, struct link_quality);

/*
 * Move the test, and all that it starts from now on, to one of the hosts;
 * what runs already stays where it is.
 */
void link_go_to_server(const struct link *);
void link_go_to_client(const struct link *);

/* The server's address and this port. */
struct address link_server(unsigned port);

/* How many handshakes the server's host is in the middle of. */
unsigned link_handshakes(const struct link *);

#endif
