#include "haild/acceptor.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "duration.h"
#include "haild/descriptors.h"
#include "haild/lane.h"
#include "haild/sandbox.h"
#include "haild/shelf.h"

/*
 * With fewer places than this in the accept queues of an address a burst
 * fills them while another processor wakes the acceptor, which takes longer
 * than six connects. Then there is a lane on each processor: one wakes where
 * the client runs, and at once.
 */
#define FEW_PLACES 64
#define LANES_MAX  16

/*
 * After NOTE_STOP no new handshake can begin. When none has been completed
 * for so long, the last one is through: on loopback they take no time, and
 * elsewhere as long as the way to the client and back, by satellite perhaps.
 * Not longer than that, so that whose SYN was dropped meanwhile finds the
 * next server already when they try again, after a second.
 */
#define QUIET	  (100 * NS_PER_MS)
#define QUIET_FAR (750 * NS_PER_MS)

/* When it is quiet, and something is still to be handed over. */
#define LOOK_AGAIN (10 * NS_PER_MS)

#define TITLE_INTERVAL NS_PER_S

struct acceptor {
	struct acceptor_task *task;
	struct lane lanes[LANES_MAX];
	unsigned lane_count;
	struct lanes all;
	int64_t quiet; /* how long is long enough */
	int64_t quiet_at, title_at;
	uint64_t seen;	 /* accepted, when we last looked */
	uint64_t titled; /* what the title says was accepted */
	bool stopping;
	bool finished;
};

static int64_t
choose_quiet(const struct listeners *listeners)
{
	size_t i;

	for (i = 0; i < listeners->addresses.count; i++)
		if (!address_is_loopback(&listeners->addresses.at[i]))
			return QUIET_FAR;
	return QUIET;
}

static void
begin_to_stop(struct acceptor *acceptor)
{
	acceptor->stopping = true;
	acceptor->quiet_at = monotonic_now() + acceptor->quiet;
	if (listeners_shut_doors(&acceptor->task->listeners) == -1)
		acceptor->task->ledger->door_error = errno;
}

static void
read_notes(struct acceptor *acceptor)
{
	struct connection connection;
	enum note note;

	for (;;) {
		switch (handover_receive(
		    acceptor->task->channel, &connection, &note)) {
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
	const struct listeners *listeners = &acceptor->task->listeners;

	acceptor->titled = acceptor->task->ledger->accepted;
	acceptor->title_at = now + TITLE_INTERVAL;
	setproctitle("acceptor: %zu sockets, %" PRIu64 " accepted, %" PRIu64
		     " queued%s",
	    listeners->each * listeners->addresses.count, acceptor->titled,
	    ledger_queued(acceptor->task->ledger),
	    acceptor->stopping ? ", stopping" : "");
}

static int64_t
next_alarm(const struct acceptor *acceptor)
{
	int64_t alarm = acceptor->stopping ? acceptor->quiet_at : NEVER;

	if (acceptor->titled != acceptor->task->ledger->accepted &&
	    acceptor->title_at < alarm)
		alarm = acceptor->title_at;
	return alarm;
}

static void
look_at_clock(struct acceptor *acceptor)
{
	const uint64_t accepted = acceptor->task->ledger->accepted;
	const int64_t now = monotonic_now();

	if (acceptor->titled != accepted && acceptor->title_at <= now)
		set_title(acceptor, now);
	/* It is not quiet where nobody listens. */
	if (acceptor->seen != accepted || !lane_accepts(&acceptor->lanes[0]))
		acceptor->quiet_at = now + acceptor->quiet;
	acceptor->seen = accepted;
	if (!acceptor->stopping || acceptor->quiet_at > now)
		return;
	/* In whichever lane: nothing tells this one when it is handed over. */
	if (acceptor->all.in_hand == 0)
		acceptor->finished = true;
	else
		acceptor->quiet_at = now + LOOK_AGAIN;
}

/* Be the lane of its processor. */
static void
settle_in(const struct lane *lane)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(lane->processor, &set);
	sched_setaffinity(0, sizeof(set), &set);
	privilege_keep_real_time();
}

static void *
run_lane(void *argument)
{
	struct lane *lane = argument;

	settle_in(lane);
	while (!lane->gone)
		lane_work(lane, NEVER);
	return NULL;
}

/*
 * Give each processor that we may use a lane. The descriptor table grows
 * first: for a table that threads share the kernel would wait for all
 * processors (RCU) in the middle of a burst.
 */
static void
open_lanes(struct acceptor *acceptor)
{
	unsigned processor;
	cpu_set_t allowed;
	struct lane *lane;
	int high;

	high = fcntl(acceptor->task->channel, F_DUPFD_CLOEXEC,
	    (int)acceptor->task->max_queued);
	close(high);
	sched_getaffinity(0, sizeof(allowed), &allowed);
	for (processor = 0; processor < CPU_SETSIZE; processor++) {
		if (!CPU_ISSET(processor, &allowed) ||
		    acceptor->lane_count == LANES_MAX)
			continue;
		lane = &acceptor->lanes[acceptor->lane_count++];
		lane->processor = processor;
		CPU_SET(processor, &acceptor->all.processors);
	}
}

static void
start_lanes(struct acceptor *acceptor)
{
	pthread_t thread;
	unsigned i;

	for (i = 1; i < acceptor->lane_count; i++) {
		errno = pthread_create(
		    &thread, NULL, run_lane, &acceptor->lanes[i]);
		if (errno != 0)
			err(EX_OSERR, "acceptor: a thread");
	}
	if (acceptor->lane_count > 1)
		settle_in(&acceptor->lanes[0]);
	else
		privilege_keep_real_time();
}

static bool
few_places(const struct listeners *listeners)
{
	return listeners->each * (listeners->backlog + 1) < FEW_PLACES;
}

static void
prepare(struct acceptor *acceptor, pid_t parent)
{
	struct acceptor_task *task = acceptor->task;
	const bool real_time = privilege_real_time();
	struct reason why;
	unsigned i;

	/* A later one is forked by a parent that has none any more. */
	if (task->first && privilege_drop(&task->identity, &why) == -1)
		errx(why.status, "acceptor: %s", why.text);
	if (!privilege_die_with(parent))
		_exit(EX_UNAVAILABLE);
	descriptors_close_but(task->channel, task->shelf);
	if (shelf_copy(task->shelf, task->listeners.sockets,
		task->listeners.count) == -1)
		err(EX_OSERR, "acceptor: the listening sockets");
	close(task->shelf);
	if (real_time && few_places(&task->listeners))
		open_lanes(acceptor);
	else
		acceptor->lane_count = 1;
	acceptor->lanes[0].alone = acceptor->lane_count == 1;
	for (i = 0; i < acceptor->lane_count; i++)
		if (lane_open(&acceptor->lanes[i], task, &acceptor->all) == -1)
			err(EX_OSERR, "acceptor");
	start_lanes(acceptor);
	listeners_deafen(&task->listeners, false);
	if (task->filters && sandbox_enter(SANDBOX_ACCEPTOR, &why) == -1)
		errx(why.status, "acceptor: %s", why.text);
	if (task->filters)
		descriptors_silence(acceptor->lanes[0].ready);
	set_title(acceptor, monotonic_now());
	handover_note(task->channel, real_time ? NOTE_READY : NOTE_LATE);
}

pid_t
acceptor_start(struct acceptor_task *task)
{
	static struct acceptor acceptor;
	const pid_t parent = getpid();
	pid_t pid;

	pid = fork();
	if (pid != 0)
		return pid;
	acceptor = (struct acceptor){
	    .task = task,
	    .quiet = choose_quiet(&task->listeners),
	};
	prepare(&acceptor, parent);
	while (!acceptor.finished && !acceptor.lanes[0].gone) {
		if (lane_work(&acceptor.lanes[0], next_alarm(&acceptor)))
			read_notes(&acceptor);
		look_at_clock(&acceptor);
	}
	listeners_deafen(&task->listeners, true);
	_exit(0);
}
