#include "haild/acceptor.h"

#include <sys/epoll.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "duration.h"
#include "haild/accept.h"
#include "haild/descriptors.h"
#include "haild/queue.h"
#include "haild/shelf.h"

/* Without descriptors or memory accepting stops for so long. */
#define PAUSE (50 * NS_PER_MS)

/* A channel that took no more is tried again when it says so, or after. */
#define RETRY (10 * NS_PER_MS)

/*
 * After NOTE_STOP: no new handshake can begin. When none has been completed
 * for so long, the last one is through.
 */
#define QUIET (250 * NS_PER_MS)

#define TITLE_INTERVAL NS_PER_S

/* Listeners looked at, and connections handed over, before looking again. */
#define EVENTS 64
#define LOT    8

#define CHANNEL UINT32_MAX /* among the indices of listeners */

struct acceptor {
	struct acceptor_task *task;
	struct queue queue;
	int ready; /* epoll(7) of listeners and channel */
	int64_t paused_until, retry_at, quiet_at, title_at;
	uint64_t titled; /* what the title says was accepted */
	bool full;	 /* the channel took no more */
	bool stopping;
	bool finished;
};

static void
watch(int ready, int descriptor, uint32_t events, uint32_t index)
{
	struct epoll_event event = { .events = events, .data.u32 = index };

	if (epoll_ctl(ready, EPOLL_CTL_ADD, descriptor, &event) == -1)
		err(EX_OSERR, "acceptor: epoll_ctl");
}

static uint64_t
queued(const struct acceptor *acceptor)
{
	const struct ledger *ledger = acceptor->task->ledger;

	return ledger->accepted - ledger->received;
}

/*
 * May one more be accepted? If not, ask the parent for a note when there is
 * room, and look again: the parent may have made it just before.
 */
static bool
has_room(struct acceptor *acceptor)
{
	if (queued(acceptor) < acceptor->task->max_queued)
		return true;
	acceptor->task->ledger->awaits_room = true;
	return queued(acceptor) < acceptor->task->max_queued;
}

static void
accept_from(struct acceptor *acceptor, int listener)
{
	struct ledger *ledger = acceptor->task->ledger;
	uint64_t waiting;

	/* One, and the next when epoll names this listener again. */
	switch (accept_one(listener, queue_place(&acceptor->queue))) {
	case ACCEPT_TAKEN:
		queue_push(&acceptor->queue);
		ledger->accepted++;
		waiting = queued(acceptor);
		if (waiting > ledger->most_queued)
			ledger->most_queued = waiting;
		if (acceptor->stopping)
			acceptor->quiet_at = monotonic_now() + QUIET;
		return;
	case ACCEPT_EMPTY:
	case ACCEPT_AGAIN:
		return;
	case ACCEPT_PAUSE:
		ledger->pauses++;
		acceptor->paused_until = monotonic_now() + PAUSE;
		return;
	case ACCEPT_BROKEN:
		err(EX_SOFTWARE, "acceptor: accept4");
	}
}

static void
hand_over(struct acceptor *acceptor)
{
	struct connection *connection;
	int lot;

	for (lot = 0; lot < LOT; lot++) {
		connection = queue_first(&acceptor->queue);
		if (connection == NULL)
			return;
		switch (handover_send(acceptor->task->channel, connection)) {
		case SENT:
			close(connection->descriptor);
			queue_pop(&acceptor->queue);
			break;
		case SENT_FULL:
			acceptor->full = true;
			acceptor->retry_at = monotonic_now() + RETRY;
			return;
		case SENT_GONE:
			acceptor->finished = true;
			return;
		}
	}
}

static void
begin_to_stop(struct acceptor *acceptor)
{
	acceptor->stopping = true;
	acceptor->quiet_at = monotonic_now() + QUIET;
	if (listeners_shut_doors(&acceptor->task->listeners) == -1)
		warn("acceptor: cannot shut the door");
}

static void
read_notes(struct acceptor *acceptor)
{
	struct connection connection;
	enum note note;

	for (;;) {
		switch (handover_receive(acceptor->task->channel, &connection,
		    &note)) {
		case HANDOVER_NOTE:
			if (note == NOTE_STOP)
				begin_to_stop(acceptor);
			break;
		case HANDOVER_EMPTY:
			return;
		default:
			acceptor->finished = true;
			return;
		}
	}
}

static void
set_title(struct acceptor *acceptor, int64_t now)
{
	acceptor->titled = acceptor->task->ledger->accepted;
	acceptor->title_at = now + TITLE_INTERVAL;
	setproctitle("acceptor: %u sockets, %" PRIu64 " accepted, %" PRIu64
	    " queued%s", acceptor->task->listeners.each *
	    (unsigned)acceptor->task->listeners.addresses.count, acceptor->titled,
	    queued(acceptor), acceptor->stopping ? ", stopping" : "");
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Until when there is nothing to do if nothing happens. */
static int64_t
next_alarm(const struct acceptor *acceptor)
{
	int64_t alarm = NEVER;

	if (acceptor->queue.count > 0)
		alarm = acceptor->full ? acceptor->retry_at : 0;
	if (acceptor->paused_until != 0)
		alarm = earlier(alarm, acceptor->paused_until);
	if (acceptor->stopping)
		alarm = earlier(alarm, acceptor->quiet_at);
	if (acceptor->titled != acceptor->task->ledger->accepted)
		alarm = earlier(alarm, acceptor->title_at);
	return alarm;
}

/* Wait for the channel alone: the listeners have left the wait set. */
static int
wait_for_channel(struct acceptor *acceptor, struct epoll_event *event)
{
	struct pollfd channel = {
		.fd = acceptor->task->channel,
		.events = acceptor->full ? POLLIN | POLLOUT : POLLIN,
	};

	event->data.u32 = CHANNEL;
	return poll(&channel, 1, poll_timeout(next_alarm(acceptor)));
}

static void
look_at_channel(struct acceptor *acceptor)
{
	acceptor->full = false;
	read_notes(acceptor);
}

/* One round: wait, accept what there is, else hand over what waits. */
static void
work(struct acceptor *acceptor)
{
	struct epoll_event events[EVENTS];
	const bool accepting = acceptor->paused_until == 0 &&
	    has_room(acceptor);
	const int64_t alarm = next_alarm(acceptor);
	int i, count;

	count = accepting ?
	    epoll_wait(acceptor->ready, events, EVENTS,
		alarm == 0 ? 0 : poll_timeout(alarm)) :
	    wait_for_channel(acceptor, events);
	for (i = 0; i < count; i++) {
		if (events[i].data.u32 == CHANNEL)
			look_at_channel(acceptor);
		else if (acceptor->paused_until == 0 && has_room(acceptor))
			accept_from(acceptor,
			    acceptor->task->listeners
				.sockets[events[i].data.u32]);
	}
	if (count <= 0 && !acceptor->full)
		hand_over(acceptor);
}

/* What time brings: the end of a pause, a retry, a title, the end. */
static void
look_at_clock(struct acceptor *acceptor)
{
	const int64_t now = monotonic_now();

	if (acceptor->paused_until <= now)
		acceptor->paused_until = 0;
	if (acceptor->retry_at <= now)
		acceptor->full = false;
	if (acceptor->title_at <= now &&
	    acceptor->titled != acceptor->task->ledger->accepted)
		set_title(acceptor, now);
	if (acceptor->stopping && acceptor->quiet_at <= now &&
	    acceptor->queue.count == 0)
		acceptor->finished = true;
}

static void
prepare(struct acceptor *acceptor, pid_t parent)
{
	struct acceptor_task *task = acceptor->task;
	struct reason why;
	uint32_t i;

	if (!privilege_real_time() && task->say_so)
		warnx("no real-time priority for the acceptor (needs root, "
		      "CAP_SYS_NICE or RLIMIT_RTPRIO): in a burst some "
		      "clients may have to try again");
	if (privilege_drop(&task->identity, &why) == -1)
		errx(why.status, "acceptor: %s", why.text);
	if (!privilege_die_with(parent))
		_exit(EX_UNAVAILABLE);
	descriptors_close_but(task->channel, task->shelf);
	if (shelf_copy(task->shelf, task->listeners.sockets,
		task->listeners.count) == -1)
		err(EX_OSERR, "acceptor: the listening sockets");
	close(task->shelf);
	acceptor->ready = epoll_create1(EPOLL_CLOEXEC);
	if (acceptor->ready == -1 ||
	    queue_open(&acceptor->queue, task->max_queued) == -1)
		err(EX_OSERR, "acceptor");
	for (i = 0; i < task->listeners.count; i++)
		if (listeners_listens(&task->listeners, i))
			watch(acceptor->ready, task->listeners.sockets[i],
			    EPOLLIN, i);
	watch(acceptor->ready, task->channel, EPOLLIN | EPOLLOUT | EPOLLET,
	    CHANNEL);
	set_title(acceptor, monotonic_now());
	handover_note(task->channel, NOTE_READY);
}

pid_t
acceptor_start(struct acceptor_task *task)
{
	struct acceptor acceptor = { .task = task };
	const pid_t parent = getpid();
	pid_t pid;

	pid = fork();
	if (pid != 0)
		return pid;
	prepare(&acceptor, parent);
	while (!acceptor.finished) {
		work(&acceptor);
		look_at_clock(&acceptor);
	}
	_exit(0);
}
