#ifndef HAILD_SESSION_H
#define HAILD_SESSION_H

#include "address.h"
#include "greeting.h"

#include <stdbool.h>
#include <stdint.h>

/* How a session ended: the exit status of the child that held it. */
enum session_end {
	GREETED = 0,   /* the peer's TCP acknowledged the whole greeting */
	PEER_GONE = 3, /* the peer reset the connection, or left it, before */
	TIMED_OUT = 4, /* not all was acknowledged within the timeout */
	FAILED = 5,    /* an error of this machine */
};

struct session {
	int conn; /* non-blocking */
	struct address peer;
	struct greeting greeting;
	int64_t started; /* ns, of monotonic_now */
	int64_t timeout; /* ns, for all of the greeting to be acknowledged */
	int64_t linger;	 /* ns, for the client's FIN after that */
};

/*
 * Greet and hang up: write the greeting, half-close, read and throw away
 * until the client's FIN or until linger has passed, because closing with
 * unread input would send a RST that destroys a greeting in flight (RFC 1122
 * 4.2.2.13, RFC 9112 9.6). Blocks for at most timeout + linger. Leaves conn
 * open for its owner to close; after TIMED_OUT closing it resets it, so that
 * a cut greeting never looks like a whole one.
 */
enum session_end session_run(const struct session *);

/*
 * How much of what was sent is not yet acknowledged: true when nothing is,
 * but perhaps the FIN. It holds even after a reset (tcp_ioctl, SIOCOUTQ).
 */
bool session_delivered(int conn);

/*
 * Read and throw away what came, 256 KiB at most. Returns 0 at the end of
 * input, -1 with errno otherwise: EAGAIN when that is not reached, ECONNRESET.
 */
int session_discard(int conn);

/* Shall closing reset the connection, and throw away what is not sent? */
void session_reset_on_close(int conn, bool on);

#endif
