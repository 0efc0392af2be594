#ifndef HAILD_HANDOVER_H
#define HAILD_HANDOVER_H

#include "address.h"

/* A connection that was accepted, and who is at its other end. */
struct connection {
	int descriptor;
	struct address peer;
};

/* One byte from one process to the other, without a connection. */
enum note {
	NOTE_READY = 'r', /* acceptor: connections are being accepted */
	NOTE_LATE = 'l',  /* the same, but without real-time priority */
	NOTE_STOP = 's',  /* parent: let nobody new in, finish, end */
	NOTE_ROOM = 'q',  /* parent: the queue you found full has room */
};

enum handover {
	HANDOVER_CONNECTION, /* one was taken */
	HANDOVER_NOTE,	     /* a note was taken */
	HANDOVER_EMPTY,	     /* nothing there now */
	HANDOVER_TORN,	     /* a connection came without its descriptor */
	HANDOVER_GONE,	     /* the other process has ended */
};

enum sent {
	SENT,
	SENT_FULL,    /* the channel takes no more until some is received */
	SENT_LACKING, /* too many descriptors in flight, or no memory: no event
			 tells when that is over */
	SENT_GONE,    /* there is nobody to receive */
};

/*
 * Make a channel: a SOCK_SEQPACKET pair, both ends non-blocking and closed
 * on exec. It holds about as many messages as connections, as far as the
 * system permits. Returns 0, or -1 with errno.
 */
int handover_open(int ends[2], unsigned connections);

/*
 * Send a connection (SCM_RIGHTS, unix(7)). Does not block and does not close
 * it: after SENT the receiver has a descriptor of its own and the sender
 * closes this one; after SENT_FULL and SENT_LACKING the connection is still
 * the sender's, to try again.
 */
enum sent handover_send(int channel, const struct connection *);

/* Send a note; returns as handover_send does. */
enum sent handover_note(int channel, enum note);

/*
 * Take what comes next, without blocking. HANDOVER_CONNECTION fills the
 * connection, which the caller then owns; HANDOVER_NOTE fills the note.
 *
 * The sender may be in somebody else's hands. Whatever its message is (one
 * without a byte is a note of 0, which is none of ours), what it lacks of an
 * address is zero, and it leaves no descriptor behind but the first, that only
 * with a connection.
 */
enum handover handover_receive(int channel, struct connection *, enum note *);

#endif
