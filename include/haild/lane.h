#ifndef HAILD_LANE_H
#define HAILD_LANE_H

#include <sched.h>

#include "haild/acceptor.h"
#include "haild/queue.h"

/*
 * One thread of the acceptor: it waits, accepts, queues and hands over.
 * Accepting always comes first. When the queue is full, or the system has no
 * descriptor or memory left, the listeners leave its wait set until there is
 * room or a short time has passed.
 *
 * Where there are several lanes, a connection wakes them all. To begin with
 * all reach for it; from then on the lane of the processor that connections
 * come in on has the lead, and the others keep away from the lock of the
 * listener, which the leader would have to wait for. The lead ends when
 * nothing has come for a while.
 */
struct lanes {
	cpu_set_t processors;	 /* that have one */
	_Atomic unsigned leader; /* its processor */
	_Atomic int64_t lead_ends;
	_Atomic uint64_t in_hand; /* in all queues, or being accepted */
};

struct lane {
	struct acceptor_task *task;
	struct lanes *all;
	unsigned processor;    /* ours, if there are several */
	bool alone;	       /* there is but one lane */
	int64_t look_again_at; /* at what was left to others; NEVER */
	struct queue queue;
	int ready;	      /* epoll(7) of listeners and channel */
	int64_t paused_until; /* 0: not paused */
	int64_t retry_at;     /* to hand over, after it failed */
	bool full;	      /* because the channel took no more */
	bool lacking;	      /* because something else is short: handover.h */
	int64_t rest;	      /* how long, ns; 0: not at all */
	uint64_t busy;	      /* so many in hand are enough for now */
	bool tired;	      /* took a connection since the last rest */
	unsigned taken;	      /* connections, modulo 2^32 */
	int64_t breath_at;    /* when it has used so much of a processor */
	bool gone;	      /* there is nobody to hand over to */
};

/*
 * Make a lane of task, whose sockets are open; all else in it is zero but
 * processor and alone. Returns 0, or -1 with errno.
 */
int lane_open(struct lane *, struct acceptor_task *, struct lanes *);

/*
 * Does it reach for what comes? Not while the queue is full or a resource is
 * lacking.
 */
bool lane_accepts(const struct lane *);

/*
 * One round: wait, until alarm at the latest (monotonic ns), then accept
 * what has come or, when nothing has, hand over what waits. Returns true if
 * something happened on the channel: a note, room, or its end.
 */
bool lane_work(struct lane *, int64_t alarm);

#endif
