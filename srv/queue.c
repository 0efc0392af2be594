#include "haild/queue.h"

#include <sys/mman.h>

int
queue_open(struct queue *queue, unsigned capacity)
{
	void *ring;

	ring = mmap(NULL, capacity * sizeof(*queue->ring),
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ring == MAP_FAILED)
		return -1;
	*queue = (struct queue){.ring = ring, .capacity = capacity};
	return 0;
}

bool
queue_full(const struct queue *queue)
{
	return queue->count == queue->capacity;
}

struct connection *
queue_place(struct queue *queue)
{
	/* 64 bits: first + count may pass what an unsigned holds. */
	return &queue->ring[((size_t)queue->first + queue->count) %
	    queue->capacity];
}

void
queue_push(struct queue *queue)
{
	queue->count++;
}

struct connection *
queue_first(struct queue *queue)
{
	return queue->count == 0 ? NULL : &queue->ring[queue->first];
}

void
queue_pop(struct queue *queue)
{
	queue->first = (queue->first + 1) % queue->capacity;
	queue->count--;
	/* Empty: begin at the start again, so that few pages are touched. */
	if (queue->count == 0)
		queue->first = 0;
}
