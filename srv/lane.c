#include "haild/lane.h"

#include <sys/epoll.h>

#include <errno.h>
#include <poll.h>
#include <sysexits.h>
#include <time.h>
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

/*
 * How long a lane leads after the last connection, and when another looks
 * at what it left to the leader.
 */
#define LEAD (2 * NS_PER_MS)

/*
 * A connection that comes alone is accepted at once. But while so many for
 * each processor are in hand, their children keep it busy for longer than
 * the longest rest, and to wake for each that comes only takes time from
 * them: the acceptor rests first, and then takes all that have come.
 */
#define BUSY	   8
#define REST_LEAST (50 * NS_PER_US)
#define REST_MOST  (500 * NS_PER_US)

/*
 * Who has real-time priority and never waits is ended by the kernel
 * (privilege.h). While connections come faster than they can be accepted
 * nobody would have to wait: so a lane does, for a moment, whenever it has
 * used so much of a processor. After so many connections it looks.
 */
#define BREATH	     NS_PER_S
#define BREATH_LOOKS 256

/* The pace of handshakes on one processor, at its fastest. */
#define PACE (9 * NS_PER_US)

#define CHANNEL UINT32_MAX /* among the indices of listeners */

static int
watch(const struct lane *lane, int operation, int descriptor, uint32_t events,
    uint32_t i)
{
	struct epoll_event event = {.events = events, .data.u32 = i};

	return epoll_ctl(lane->ready, operation, descriptor, &event);
}

/*
 * Watch the channel for room only while it is full: each connection that the
 * parent takes out would wake us otherwise.
 */
static void
set_full(struct lane *lane, bool full)
{
	if (lane->full == full)
		return;
	lane->full = full;
	watch(lane, EPOLL_CTL_MOD, lane->task->channel,
	    full ? EPOLLIN | EPOLLOUT | EPOLLET : EPOLLIN | EPOLLET, CHANNEL);
}

/* In a rest clients on all processors fill an eighth of our places at most. */
static void
plan_rest(struct lane *lane)
{
	const struct listeners *listeners = &lane->task->listeners;
	const unsigned places = listeners->each * (listeners->backlog + 1);
	unsigned processors = 1;
	cpu_set_t allowed;
	int64_t rest;

	/* Not sysconf(3), which would open a file. */
	if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
		processors = (unsigned)CPU_COUNT(&allowed);
	rest = places * PACE / 8 / processors;

	if (rest > REST_MOST)
		rest = REST_MOST;
	lane->rest = lane->alone && rest >= REST_LEAST ? rest : 0;
	lane->busy = BUSY * processors;
}

int
lane_open(struct lane *lane, struct acceptor_task *task, struct lanes *all)
{
	const uint32_t events = lane->alone ? EPOLLIN : EPOLLIN | EPOLLET;
	uint32_t i;

	lane->task = task;
	lane->all = all;
	lane->look_again_at = NEVER;
	lane->breath_at = BREATH;
	plan_rest(lane);
	lane->ready = epoll_create1(EPOLL_CLOEXEC);
	if (lane->ready == -1 ||
	    queue_open(&lane->queue, task->max_queued) == -1)
		return -1;
	for (i = 0; i < task->listeners.count; i++)
		if (listeners_listens(&task->listeners, i) &&
		    watch(lane, EPOLL_CTL_ADD, task->listeners.sockets[i],
			events, i) == -1)
			return -1;
	return watch(
	    lane, EPOLL_CTL_ADD, task->channel, EPOLLIN | EPOLLET, CHANNEL);
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

static void
breathe(struct lane *lane)
{
	static const struct timespec moment = {.tv_nsec = REST_LEAST};
	struct timespec used;
	int64_t now;

	if (++lane->taken % BREATH_LOOKS != 0)
		return;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	now = used.tv_sec * NS_PER_S + used.tv_nsec;
	if (now < lane->breath_at)
		return;
	ppoll(NULL, 0, &moment, NULL);
	lane->breath_at = now + BREATH;
}

/* Take one connection. Returns whether there may be more. */
static bool
accept_from(struct lane *lane, int listener)
{
	struct connection *place = queue_place(&lane->queue);
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
		queue_push(&lane->queue);
		lane->tired = true;
		breathe(lane);
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

/*
 * A listener has something. Alone, take one: epoll names it again if there
 * are more. With others it was named once (EPOLLET): take all, or look again.
 */
static void
serve(struct lane *lane, int listener)
{
	while (in_lead(lane) && lane_accepts(lane))
		if (!accept_from(lane, listener) || lane->alone)
			return;
	if (!lane->alone && lane->look_again_at == NEVER)
		lane->look_again_at = monotonic_now() + LEAD;
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
			--lane->all->in_hand;
			break;
		case SENT_FULL:
			set_full(lane, true);
			lane->retry_at = monotonic_now() + RETRY;
			return;
		case SENT_LACKING:
			lane->lacking = true;
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

static bool
may_hand_over(const struct lane *lane)
{
	return !lane->full && !lane->lacking;
}

/* When to look again if nothing happens: 0 is at once. */
static int64_t
next_alarm(const struct lane *lane, bool accepting, int64_t alarm)
{
	if (lane->queue.count > 0 && may_hand_over(lane))
		return 0;
	if (lane->queue.count > 0)
		alarm = earlier(alarm, lane->retry_at);
	alarm = earlier(alarm, lane->look_again_at);
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
wait_for_events(
    struct lane *lane, struct epoll_event events[EVENTS], int64_t alarm)
{
	const bool accepting = lane_accepts(lane);
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

	if (may_hand_over(lane) && lane->paused_until == 0 &&
	    lane->look_again_at == NEVER)
		return;
	now = monotonic_now();
	if (!may_hand_over(lane) && lane->retry_at <= now) {
		set_full(lane, false);
		lane->lacking = false;
	}
	if (lane->paused_until <= now)
		lane->paused_until = 0;
	if (lane->look_again_at <= now)
		look_again(lane);
}

/* After some connections, before the next; a note ends it. */
static void
rest(struct lane *lane)
{
	const struct timespec longest = {.tv_nsec = (long)lane->rest};
	struct pollfd channel = {.fd = lane->task->channel, .events = POLLIN};

	lane->tired = false;
	if (lane->rest > 0 && ledger_in_hand(lane->task->ledger) >= lane->busy)
		ppoll(&channel, 1, &longest, NULL);
}

bool
lane_work(struct lane *lane, int64_t alarm)
{
	struct epoll_event events[EVENTS];
	const int *sockets = lane->task->listeners.sockets;
	const unsigned had = lane->queue.count;
	bool channel = false;
	int i, count, listener;

	if (lane->tired && lane->queue.count == 0)
		rest(lane);
	count = wait_for_events(lane, events, alarm);
	for (i = 0; i < count; i++) {
		if (events[i].data.u32 == CHANNEL) {
			channel = true;
			set_full(lane, false);
			continue;
		}
		listener = sockets[events[i].data.u32];
		serve(lane, listener);
	}
	look_at_clock(lane);
	if (lane->queue.count == had && may_hand_over(lane))
		hand_over(lane);
	return channel;
}
