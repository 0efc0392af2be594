#ifndef HAILD_QUEUE_H
#define HAILD_QUEUE_H

#include <stdbool.h>

#include "haild/handover.h"

/*
 * Connections in the order in which they were accepted: a ring of fixed
 * capacity, mapped once. It owns the descriptors in it.
 */
struct queue {
	struct connection *ring;
	unsigned capacity;
	unsigned first;
	unsigned count;
};

/* Returns 0, or -1 with errno. capacity is at least 1. */
int queue_open(struct queue *, unsigned capacity);

bool queue_full(const struct queue *);

/* The place behind the last, to be filled before queue_push. Not when full. */
struct connection *queue_place(struct queue *);
void queue_push(struct queue *);

/* The first, or NULL; queue_pop forgets it without closing it. */
struct connection *queue_first(struct queue *);
void queue_pop(struct queue *);

#endif
