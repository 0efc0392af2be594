#include "haild/lane.h"

#include <sys/epoll.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <sysexits.h>
#include <unistd.h>

#include "duration.h"
#include "haild/accept.h"

/* Without descriptors or memory accepting stops for so long. */
#define PAUSE (50 * NS_PER_MS)

/* A channel that took no more is tried again when it says so, or after. */
#define RETRY (10 * NS_PER_MS)

/* Listeners looked at, and connections handed over, before looking again. */
#define EVENTS 64
#define LOT    8

#define CHANNEL UINT32_MAX /* among the indices of listeners */

static int
watch(const struct lane *lane, int descriptor, uint32_t events, uint32_t i)
{
	struct epoll_event event = { .events = events, .data.u32 = i };

	return epoll_ctl(lane->ready, EPOLL_CTL_ADD, descriptor, &event);
}

int
lane_open(struct lane *lane, struct acceptor_task *task,
    _Atomic uint64_t *in_hand)
{
	uint32_t i;

	lane->task = task;
	lane->in_hand = in_hand;
	lane->ready = epoll_create1(EPOLL_CLOEXEC);
	if (lane->ready == -1 ||
	    queue_open(&lane->queue, task->max_queued) == -1)
		return -1;
	for (i = 0; i < task->listeners.count; i++)
		if (listeners_listens(&task->listeners, i) &&
		    watch(lane, task->listeners.sockets[i], EPOLLIN, i) == -1)
			return -1;
	return watch(lane, task->channel, EPOLLIN | EPOLLOUT | EPOLLET,
	    CHANNEL);
}

/*
 * May one more be accepted? If not, ask the parent for a note when there is
 * room, and look again: the parent may have made it just before.
 */
static bool
has_room(const struct lane *lane)
{
	struct ledger *ledger = lane->task->ledger;

	if (ledger_queued(ledger) < lane->task->max_queued)
		return !queue_full(&lane->queue);
	ledger->awaits_room = true;
	return ledger_queued(ledger) < lane->task->max_queued &&
	    !queue_full(&lane->queue);
}

static void
accept_from(struct lane *lane, int listener)
{
	/* One, and the next when epoll names this listener again. */
	switch (accept_one(listener, queue_place(&lane->queue))) {
	case ACCEPT_TAKEN:
		ledger_accept(lane->task->ledger);
		queue_push(&lane->queue);
		++*lane->in_hand;
		return;
	case ACCEPT_EMPTY:
	case ACCEPT_AGAIN:
		return;
	case ACCEPT_PAUSE:
		lane->task->ledger->pauses++;
		lane->paused_until = monotonic_now() + PAUSE;
		return;
	case ACCEPT_BROKEN:
		err(EX_SOFTWARE, "acceptor: accept4");
	}
}

static void
hand_over(struct lane *lane)
{
	struct connection *connection;
	int lot;

	for (lot = 0; lot < LOT; lot++) {
		connection = queue_first(&lane->queue);
		if (connection == NULL)
			return;
		switch (handover_send(lane->task->channel, connection)) {
		case SENT:
			close(connection->descriptor);
			queue_pop(&lane->queue);
			--*lane->in_hand;
			break;
		case SENT_FULL:
			lane->full = true;
			lane->retry_at = monotonic_now() + RETRY;
			return;
		case SENT_GONE:
			lane->gone = true;
			return;
		}
	}
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When to look again if nothing happens: 0 is at once. */
static int64_t
next_alarm(const struct lane *lane, bool accepting, int64_t alarm)
{
	if (lane->queue.count > 0 && !lane->full)
		return 0;
	if (lane->queue.count > 0)
		alarm = earlier(alarm, lane->retry_at);
	if (lane->paused_until != 0)
		alarm = earlier(alarm, lane->paused_until);
	else if (!accepting)
		/* Of several lanes one reads the note that there is room. */
		alarm = earlier(alarm, monotonic_now() + RETRY);
	return alarm;
}

/*
 * Wait for listeners and channel, or for the channel alone while listeners
 * must wait. Returns how many events there are.
 */
static int
wait_for_events(struct lane *lane, struct epoll_event events[EVENTS],
    int64_t alarm)
{
	const bool accepting = lane->paused_until == 0 && has_room(lane);
	struct pollfd channel = {
		.fd = lane->task->channel,
		.events = lane->full ? POLLIN | POLLOUT : POLLIN,
	};
	int timeout;

	alarm = next_alarm(lane, accepting, alarm);
	timeout = alarm == 0 ? 0 : poll_timeout(alarm);
	if (accepting)
		return epoll_wait(lane->ready, events, EVENTS, timeout);
	events[0].data.u32 = CHANNEL;
	return poll(&channel, 1, timeout);
}

static void
look_at_clock(struct lane *lane)
{
	int64_t now;

	if (!lane->full && lane->paused_until == 0)
		return;
	now = monotonic_now();
	if (lane->full && lane->retry_at <= now)
		lane->full = false;
	if (lane->paused_until <= now)
		lane->paused_until = 0;
}

bool
lane_work(struct lane *lane, int64_t alarm)
{
	struct epoll_event events[EVENTS];
	const int *sockets = lane->task->listeners.sockets;
	bool channel = false, busy = false;
	int i, count;

	count = wait_for_events(lane, events, alarm);
	for (i = 0; i < count; i++) {
		if (events[i].data.u32 == CHANNEL) {
			channel = true;
			lane->full = false;
		} else if (lane->paused_until == 0 && has_room(lane)) {
			accept_from(lane, sockets[events[i].data.u32]);
			busy = true;
		}
	}
	if (!busy && !lane->full)
		hand_over(lane);
	look_at_clock(lane);
	return channel;
}
