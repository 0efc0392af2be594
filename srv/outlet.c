#include "haild/outlet.h"

#include <poll.h>
#include <unistd.h>

#include "duration.h"

/* Handed over before new ones are looked for. */
#define LOT 8

static int
watch(const struct outlet *outlet, int operation, uint32_t events)
{
	struct epoll_event event = {
	    .events = events | EPOLLET,
	    .data.u32 = outlet->name,
	};

	return epoll_ctl(outlet->ready, operation, outlet->channel, &event);
}

int
outlet_open(struct outlet *outlet, int channel, int ready, uint32_t name,
    unsigned capacity)
{
	*outlet = (struct outlet){
	    .channel = channel,
	    .ready = ready,
	    .name = name,
	};
	if (queue_open(&outlet->queue, capacity) == -1)
		return -1;
	return watch(outlet, EPOLL_CTL_ADD, EPOLLIN);
}

static bool
is_open(const struct outlet *outlet)
{
	return !outlet->full && !outlet->lacking;
}

bool
outlet_is_ready(const struct outlet *outlet)
{
	return outlet->queue.count > 0 && is_open(outlet);
}

int64_t
outlet_alarm(const struct outlet *outlet)
{
	if (outlet->queue.count == 0)
		return NEVER;
	return is_open(outlet) ? 0 : outlet->retry_at;
}

static void
set_full(struct outlet *outlet, bool full)
{
	if (outlet->full == full)
		return;
	outlet->full = full;
	watch(outlet, EPOLL_CTL_MOD, full ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

unsigned
outlet_send(struct outlet *outlet)
{
	struct connection *connection;
	unsigned sent;

	for (sent = 0; sent < LOT; sent++) {
		connection = queue_first(&outlet->queue);
		if (connection == NULL)
			return sent;
		switch (handover_send(outlet->channel, connection)) {
		case SENT:
			close(connection->descriptor);
			queue_pop(&outlet->queue);
			break;
		case SENT_FULL:
			set_full(outlet, true);
			outlet->retry_at = monotonic_now() + OUTLET_RETRY;
			return sent;
		case SENT_LACKING:
			outlet->lacking = true;
			outlet->retry_at = monotonic_now() + OUTLET_RETRY;
			return sent;
		case SENT_GONE:
			outlet->gone = true;
			return sent;
		}
	}
	return sent;
}

void
outlet_hear(struct outlet *outlet)
{
	set_full(outlet, false);
}

void
outlet_look_at_clock(struct outlet *outlet)
{
	if (is_open(outlet) || outlet->retry_at > monotonic_now())
		return;
	set_full(outlet, false);
	outlet->lacking = false;
}

short
outlet_events(const struct outlet *outlet)
{
	return outlet->full ? POLLIN | POLLOUT : POLLIN;
}
