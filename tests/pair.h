#ifndef TESTS_PAIR_H
#define TESTS_PAIR_H

/*
 * Both ends of a TCP connection over loopback, without a server between
 * them. What goes wrong fails the test; descriptors are the caller's.
 */
struct pair {
	int conn;   /* as a server has it: non-blocking */
	int client; /* for peer.h */
};

/* A non-blocking listener at a free port of 127.0.0.1. */
int pair_listen(unsigned *port);

/*
 * Wait until a connection is there to be accepted: a client may be connected
 * a moment earlier.
 */
void pair_await(int listener);

void pair_open(struct pair *);

/*
 * The same between buffers as small as the kernel allows: what is larger
 * than PAIR_NARROW never goes out before the client reads.
 */
void pair_open_narrow(struct pair *);
#define PAIR_NARROW (64 << 10)

#endif
