#ifndef HAILD_OUTLET_H
#define HAILD_OUTLET_H

#include <sys/epoll.h>

#include "haild/queue.h"

/* A channel that took no more is tried again when it says so, or after. */
#define OUTLET_RETRY (10 * NS_PER_MS)

/*
 * Where connections that were accepted wait to be handed over, and the
 * channel to the parent. An epoll(7) watches the channel for notes, and for
 * room only while it is full: each connection that the parent takes out
 * would wake its lane otherwise.
 */
struct outlet {
	struct queue queue;
	int channel;
	int ready;	  /* the epoll; the lane's */
	uint32_t name;	  /* that it calls the channel by */
	bool full;	  /* the channel took no more */
	bool lacking;	  /* something else is short: handover.h */
	bool gone;	  /* there is nobody to hand over to */
	int64_t retry_at; /* if it is one of the first two */
};

/* All else is zero. Returns 0, or -1 with errno. */
int outlet_open(
    struct outlet *, int channel, int ready, uint32_t name, unsigned capacity);

/* Something waits, and may be handed over now. */
bool outlet_is_ready(const struct outlet *);

/* When to look at it if nothing happens: 0 is at once; NEVER. */
int64_t outlet_alarm(const struct outlet *);

/* Hand over some. Returns how many; these are closed. Does not block. */
unsigned outlet_send(struct outlet *);

/* The channel says something: there may be room. */
void outlet_hear(struct outlet *);

/* If it is time, try again. */
void outlet_look_at_clock(struct outlet *);

/* What poll(2) is to wait for on the channel. */
short outlet_events(const struct outlet *);

#endif
