#ifndef HAIL_FLEET_H
#define HAIL_FLEET_H

#include <stdint.h>

#include "hail/connection.h"
#include "hail/worker.h"

/*
 * All connections of one worker: started, moved on, ended and counted.
 *
 * All deadlines of one kind are equally long, so that a list in the order of
 * their beginnings is in the order of their ends: each costs nothing until
 * it is the first in line, however many there are.
 */
struct fleet {
	const struct worker_plan *plan;
	struct worker_share *share;
	int epoll;

	struct connection *pool; /* plan->concurrency of them, of which */
	uint64_t touched;	 /* so many were ever used */
	struct connection_list idle;
	struct connection_list prepared;   /* not started yet */
	struct connection_list running;	   /* by start */
	struct connection_list connecting; /* by start */
	struct connection_list waiting;	   /* by handshake */

	size_t turn; /* of the sources */
	uint64_t started;
	uint64_t in_flight;
	int64_t
	    resume;    /* start none before, this machine is out of something */
	size_t target; /* the address that answered last */
	unsigned char buffer[65536];
};

/*
 * Begin with a zeroed fleet; sockets are registered with epoll, their
 * connection in data.ptr. Returns 0, or -1 with errno.
 */
int fleet_open(struct fleet *, const struct worker_plan *,
    struct worker_share *, int epoll);

/* Give the next count connections their sockets ahead of time. */
void fleet_prepare(struct fleet *, uint64_t count);

/* Start the next one; in_flight must be below plan->concurrency. */
void fleet_start(struct fleet *, int64_t intended, int64_t now);

/* Move a connection on by what epoll says of it. */
void fleet_advance(struct fleet *, struct connection *, uint32_t events);

/* End those whose time is up; when that will be for the next one. */
void fleet_expire(struct fleet *, int64_t now);
int64_t fleet_deadline(const struct fleet *);

/* End all that are under way: the run is over. */
void fleet_abort(struct fleet *, int64_t now);

#endif
