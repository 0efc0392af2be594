#ifndef HAILD_STANDIN_H
#define HAILD_STANDIN_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "haild/admission.h"
#include "haild/handover.h"
#include "haild/ledger.h"

/* The most connections that the parent serves by itself at once. */
#define STANDIN_MAX 64

/*
 * Connections that the parent greets itself while fork(2) fails, or tells
 * that it is busy. It never blocks: only a message that fits the socket's
 * buffer is sent, and the lingering close is waited for in the parent's own
 * poll(2).
 */
struct standin {
	struct pollfd conns[STANDIN_MAX];
	struct address peers[STANDIN_MAX];
	int64_t deadlines[STANDIN_MAX];
	unsigned count;
	struct ledger *ledger;
	struct admission *admission; /* that is told when one is over, or NULL
					and they are refused, however it ends */
};

bool standin_full(const struct standin *);

/* Make a place: the one that has waited for longest is closed and booked. */
void standin_make_room(struct standin *);

/*
 * Take the connection over, greet it and half-close. Returns false, having
 * sent nothing and with the connection still the caller's, if there is no
 * place for it or the greeting may not fit its buffer.
 */
bool standin_take(struct standin *, const struct connection *,
    const struct greeting *, int64_t linger);

/*
 * Look at those whose revents are set or whose time has come; book and close
 * those that are over.
 */
void standin_tend(struct standin *);

/* The next deadline, or NEVER. */
int64_t standin_alarm(const struct standin *);

/* Close them all, booked as they stand. */
void standin_close(struct standin *);

#endif
