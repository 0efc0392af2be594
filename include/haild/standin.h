#ifndef HAILD_STANDIN_H
#define HAILD_STANDIN_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "greeting.h"
#include "haild/ledger.h"

/* The most connections that the parent serves by itself at once. */
#define STANDIN_MAX 64

/*
 * Connections that the parent greets itself while fork(2) fails. It never
 * blocks: only a greeting that fits the socket's buffer is sent, and the
 * lingering close is waited for in the parent's own poll(2).
 */
struct standin {
	struct pollfd conns[STANDIN_MAX];
	int64_t deadlines[STANDIN_MAX];
	unsigned count;
};

bool standin_full(const struct standin *);

/*
 * Take conn over, greet it and half-close. Returns false, having sent
 * nothing and with conn still the caller's, if there is no place for it or
 * the greeting may not fit its buffer.
 */
bool standin_take(
    struct standin *, int conn, const struct greeting *, int64_t linger);

/*
 * Look at those whose revents are set or whose time has come; book and close
 * those that are over.
 */
void standin_tend(struct standin *, struct ledger *);

/* The next deadline, or NEVER. */
int64_t standin_alarm(const struct standin *);

/* Close them all, booked as they stand. */
void standin_close(struct standin *, struct ledger *);

#endif
