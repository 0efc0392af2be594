#ifndef HAILD_STANDIN_H
#define HAILD_STANDIN_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "haild/admission.h"
#include "haild/ledger.h"
#include "haild/session.h"

/* The most connections that the parent serves by itself at once. */
#define STANDIN_MAX 64

/*
 * Connections that the parent greets itself while fork(2) fails, or tells
 * that it is busy. It never blocks: only a message that fits the socket's
 * buffer is sent, and the lingering close (session.h) is waited for in the
 * parent's own poll(2).
 */
struct standin {
	struct ledger *ledger;
	struct admission *admission; /* that is told when one is over, or NULL
					and they are refused, however it ends */
	unsigned places;	     /* at most STANDIN_MAX */
	unsigned count;
	struct pollfd events[STANDIN_MAX]; /* for poll(2), in this order */
	struct standing {
		int conn;
		struct address peer;
		int64_t deadline; /* first the timeout's, then linger's */
		int64_t look_at;  /* for acknowledgements, which wake nobody */
		int64_t pause;	  /* until then, the last time */
		int64_t linger;
		bool delivered;
		bool ended; /* the client's FIN has come */
	} standing[STANDIN_MAX];
};

/*
 * May one more come? When all places are taken, one whose client has the
 * greeting and holds on gives way.
 */
bool standin_has_room(const struct standin *);

/* Make a place: the one that has waited for longest is closed and booked. */
void standin_make_room(struct standin *);

/*
 * Take a session's connection over, greet it and half-close. Returns false,
 * having sent nothing and with the connection still the caller's, if there
 * is no room or the greeting may not fit its buffer.
 */
bool standin_take(struct standin *, const struct session *);

/*
 * Look at those whose revents are set or whose time has come; book and close
 * those that are over.
 */
void standin_tend(struct standin *);

/* When to look next if nothing happens, or NEVER. */
int64_t standin_alarm(const struct standin *);

/* Close them all, booked as they stand. */
void standin_close(struct standin *);

#endif
