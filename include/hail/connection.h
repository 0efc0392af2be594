#ifndef HAIL_CONNECTION_H
#define HAIL_CONNECTION_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "hail/expectation.h"
#include "hail/outcome.h"
#include "hail/source.h"

/*
 * One connection of many: never blocks, verifies what comes, knows how it
 * ended. It knows nothing of the loop that moves it.
 *
 *	connection_open          connect(2)            EPOLLOUT
 *	   PREPARED -----------> CONNECTING ---------> WAITING
 *	                             |                    | first byte
 *	                             v                    v
 *	                           ENDED <------------ READING
 */
enum connection_state {
	CONNECTION_PREPARED,   /* has a socket, or the errno of why not */
	CONNECTION_CONNECTING, /* the handshake is under way */
	CONNECTION_WAITING,    /* connected, not one byte yet */
	CONNECTION_READING,    /* the greeting has begun */
	CONNECTION_ENDED       /* outcome says how */
};
#define CONNECTION_STATES (CONNECTION_ENDED + 1)

/* Where the greeting went wrong: nothing, as long as at is UINT64_MAX. */
struct difference {
	uint64_t at; /* bytes before it, all as expected */
	int came;    /* the byte, -1 for the end */
	int expected;
};

struct connection {
	TAILQ_ENTRY(connection) by_start; /* the loop's lists */
	TAILQ_ENTRY(connection) by_phase;
	int64_t intended; /* when it should have started, all ns */
	int64_t started;
	int64_t connected;  /* 0: never */
	int64_t first_byte; /* 0: never */
	uint64_t received;
	struct difference difference;
	int socket;	 /* -1: none */
	int error;	 /* errno of what ended it, 0: nothing did */
	bool peer_ended; /* by FIN or RST: nothing more can come */
	uint32_t retried_syns;
	enum connection_state state;
	enum outcome outcome;
	size_t target; /* the address being tried */
};

TAILQ_HEAD(connection_list, connection);

/*
 * Give a zeroed connection, or one refused by another address, a socket for
 * target, bound to a source. A failure is kept for connection_start, so that
 * nothing ends before it starts. The socket belongs to the connection until
 * connection_close.
 */
void connection_open(struct connection *, const struct address *target,
    const struct source_list *, size_t turn);

/* Connect. CONNECTING afterwards, or ENDED. */
void connection_start(
    struct connection *, const struct address *target, int64_t now);

/*
 * Move on by the events that epoll(7) reported (IN, OUT, RDHUP, all edge-
 * triggered). With half_close the FIN is sent once connected. Reads through
 * buffer, and no more than a few buffers' worth: returns true if more may be
 * waiting, so that the caller asks for another edge.
 */
bool connection_advance(struct connection *, uint32_t events,
    const struct expectation *, bool half_close, unsigned char *buffer,
    size_t size, int64_t now);

/* End it because its time is up: the state decides what that means. */
void connection_expire(struct connection *);

/* End it with that outcome, whatever its state. */
void connection_end(struct connection *, enum outcome);

/*
 * Close the socket. A connection that its peer did not end is reset: the FIN
 * of a stranded client would be taken by the server for a new connection
 * (DESIGN.md), and the port would be lost to TIME_WAIT.
 * Before that, when the handshake took long, ask how many SYNs it cost.
 */
void connection_close(struct connection *, int64_t now);

/* What an errno of this connection means, in the state that it is in. */
enum outcome connection_blame(int error, enum connection_state);

#endif
