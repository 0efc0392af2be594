#include "haild/lane.h"

#include <sys/epoll.h>

#include <errno.h>
#include <poll.h>
#include <sysexits.h>
#include <unistd.h>

#include "duration.h"
#include "haild/accept.h"

/* Without descriptors or memory accepting stops for so long. */
#define PAUSE (50 * NS_PER_MS)

/* Listeners looked at before anything is handed over. */
#define EVENTS 64

/*
 * How long a lane leads after the last connection, and when another looks
 * at what it left to the leader.
 */
#define LEAD (2 * NS_PER_MS)

#define CHANNEL UINT32_MAX /* among the indices of listeners */

static int
watch(const struct lane *lane, int listener, uint32_t i)
{
	struct epoll_event event = {
	    .events = lane->alone ? EPOLLIN : EPOLLIN | EPOLLET,
	    .data.u32 = i,
	};

	return epoll_ctl(lane->ready, EPOLL_CTL_ADD, listener, &event);
}

int
lane_open(struct lane *lane, struct acceptor_task *task, struct lanes *all)
{
	uint32_t i;

	lane->task = task;
	lane->all = all;
	lane->look_again_at = NEVER;
	rest_plan(&lane->rest, &task->listeners, lane->alone);
	lane->ready = epoll_create1(EPOLL_CLOEXEC);
	if (lane->ready == -1 ||
	    outlet_open(&lane->outlet, task->channel, lane->ready, CHANNEL,
		task->max_queued) == -1)
		return -1;
	for (i = 0; i < task->listeners.count; i++)
		if (listeners_listens(&task->listeners, i) &&
		    watch(lane, task->listeners.sockets[i], i) == -1)
			return -1;
	return 0;
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
		return !queue_full(&lane->outlet.queue);
	ledger->awaits_room = true;
	return ledger_queued(ledger) < lane->task->max_queued &&
	    !queue_full(&lane->outlet.queue);
}

bool
lane_accepts(const struct lane *lane)
{
	return lane->paused_until == 0 && has_room(lane);
}

/* The lane where a connection came in leads from now on. */
static void
follow(struct lane *lane, int conn)
{
	unsigned processor = lane->processor;
	socklen_t length = sizeof(processor);

	getsockopt(conn, SOL_SOCKET, SO_INCOMING_CPU, &processor, &length);
	if (processor < CPU_SETSIZE &&
	    CPU_ISSET(processor, &lane->all->processors))
		lane->all->leader = processor;
	lane->all->lead_ends = monotonic_now() + LEAD;
}

/* Take one connection. Returns whether there may be more. */
static bool
accept_from(struct lane *lane, int listener)
{
	struct connection *place = queue_place(&lane->outlet.queue);
	enum accepted accepted;

	/* Before: at no instant may one be there and not be in hand. */
	++lane->all->in_hand;
	accepted = accept_one(listener, place);
	if (accepted != ACCEPT_TAKEN)
		--lane->all->in_hand;
	switch (accepted) {
	case ACCEPT_TAKEN:
		if (!lane->alone)
			follow(lane, place->descriptor);
		ledger_accept(lane->task->ledger);
		queue_push(&lane->outlet.queue);
		rest_earn(&lane->rest);
		return true;
	case ACCEPT_AGAIN:
		return true;
	case ACCEPT_EMPTY:
		return false;
	case ACCEPT_PAUSE:
		lane->task->ledger->pauses++;
		lane->paused_until = monotonic_now() + PAUSE;
		return false;
	default:
		/* Nobody would hear why; that it was so the parent tells. */
		_exit(EX_SOFTWARE);
	}
}

/* May we reach for what is there? */
static bool
in_lead(const struct lane *lane)
{
	return lane->alone || lane->all->leader == lane->processor ||
	    lane->all->lead_ends <= monotonic_now();
}

/* When to look at what could not be taken now. */
static int64_t
next_look(const struct lane *lane)
{
	const int64_t now = monotonic_now();

	if (lane->paused_until != 0)
		return lane->paused_until;
	return now + (has_room(lane) ? LEAD : OUTLET_RETRY);
}

/*
 * A listener has something. Alone, take one: epoll names it again if there
 * are more. With others it was named once (EPOLLET): take all, or look again.
 */
static void
serve(struct lane *lane, int listener)
{
	bool more = true;

	while (more && in_lead(lane) && lane_accepts(lane)) {
		more = accept_from(lane, listener);
		if (lane->alone)
			return;
	}
	if (!lane->alone && (more || lane->paused_until != 0) &&
	    lane->look_again_at == NEVER)
		lane->look_again_at = next_look(lane);
}

static void
look_again(struct lane *lane)
{
	const struct listeners *listeners = &lane->task->listeners;
	size_t i;

	lane->look_again_at = NEVER;
	for (i = 0; i < listeners->count; i++)
		if (listeners_listens(listeners, i))
			serve(lane, listeners->sockets[i]);
}

bool
lane_is_quiet(struct lane *lane)
{
	const struct listeners *listeners = &lane->task->listeners;
	size_t i;

	for (i = 0; i < listeners->count; i++) {
		if (!listeners_listens(listeners, i))
			continue;
		if (!lane_accepts(lane) ||
		    accept_from(lane, listeners->sockets[i]) ||
		    lane->paused_until != 0)
			return false;
	}
	return true;
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
	alarm = earlier(alarm, outlet_alarm(&lane->outlet));
	alarm = earlier(alarm, lane->look_again_at);
	if (lane->paused_until != 0)
		alarm = earlier(alarm, lane->paused_until);
	else if (!accepting)
		/* Of several lanes one reads the note that there is room. */
		alarm = earlier(alarm, monotonic_now() + OUTLET_RETRY);
	return alarm;
}

/*
 * Wait for listeners and channel, or for the channel alone while listeners
 * must wait. Returns how many events there are.
 */
static int
wait_for_events(
    struct lane *lane, struct epoll_event events[EVENTS], int64_t alarm)
{
	const bool accepting = lane_accepts(lane);
	struct pollfd channel = {
	    .fd = lane->task->channel,
	    .events = outlet_events(&lane->outlet),
	};
	int timeout;

	/* A note that another lane is to read would be there again at once. */
	if (!lane->first)
		channel.events &= ~POLLIN;

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

	outlet_look_at_clock(&lane->outlet);
	if (lane->paused_until == 0 && lane->look_again_at == NEVER)
		return;
	now = monotonic_now();
	if (lane->paused_until <= now)
		lane->paused_until = 0;
	if (lane->look_again_at <= now)
		look_again(lane);
}

bool
lane_work(struct lane *lane, int64_t alarm)
{
	struct epoll_event events[EVENTS];
	const int *sockets = lane->task->listeners.sockets;
	const unsigned had = lane->outlet.queue.count;
	bool channel = false;
	int i, count, listener;

	if (had == 0)
		rest_take(&lane->rest, lane->task->ledger, lane->task->channel);
	count = wait_for_events(lane, events, alarm);
	for (i = 0; i < count; i++) {
		if (events[i].data.u32 == CHANNEL) {
			channel = true;
			outlet_hear(&lane->outlet);
			continue;
		}
		listener = sockets[events[i].data.u32];
		serve(lane, listener);
	}
	look_at_clock(lane);
	if (lane->outlet.queue.count == had && outlet_is_ready(&lane->outlet))
		lane->all->in_hand -= outlet_send(&lane->outlet);
	return channel;
}
