#include "hail/worker.h"

#include <sys/epoll.h>
#include <sys/prctl.h>

#include <errno.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "duration.h"
#include "hail/fleet.h"

#define EVENT_BATCH 64
#define START_BATCH 64

/* How long after the end of the run a late connection may still start. */
#define GRACE (100 * NS_PER_MS)

struct worker {
	const struct worker_plan *plan;
	struct worker_share *share;
	int epoll;
	int control; /* its end means: stop */
	bool stopping;
	int64_t last_start; /* none starts after this instant */
	struct fleet fleet;
};

/* When the next connection is meant to start. */
static int64_t
intended_start(const struct worker *w)
{
	const struct worker_plan *plan = w->plan;

	if (plan->rate == 0)
		return w->share->start;
	return w->share->start +
	    (int64_t)((double)(plan->first + w->fleet.started * plan->stride) *
		(double)NS_PER_S / plan->rate);
}

/* Whether none is to be started any more. */
static bool
all_started(const struct worker *w)
{
	return w->stopping || w->fleet.started == w->plan->connections ||
	    monotonic_now() > w->last_start;
}

/*
 * Start those that are due. In a closed loop that is one for each free
 * place, one after the other without a look at what comes in between: a
 * genuine burst. In an open loop a late worker looks now and then.
 */
static void
start_due(struct worker *w)
{
	const struct worker_plan *plan = w->plan;
	int64_t intended, now;
	int left = START_BATCH;

	while (w->fleet.in_flight < plan->concurrency && !all_started(w)) {
		now = monotonic_now();
		intended = intended_start(w);
		if (now < intended || now < w->fleet.resume)
			return;
		if (plan->rate > 0) {
			if (left-- == 0)
				return;
			latency_record(&w->share->tally.lag, now - intended);
		} else {
			intended = now;
		}
		fleet_start(&w->fleet, intended, now);
	}
}

/* When something is to be done even if nothing happens. */
static int64_t
next_deadline(const struct worker *w)
{
	int64_t next = fleet_deadline(&w->fleet), start;

	if (w->fleet.in_flight == w->plan->concurrency || all_started(w))
		return next;
	start = intended_start(w);
	if (start < w->fleet.resume)
		start = w->fleet.resume;
	return start < next ? start : next;
}

static void
wait_and_advance(struct worker *w)
{
	struct epoll_event events[EVENT_BATCH];
	struct timespec timeout = {0};
	int64_t deadline = next_deadline(w), left;
	int count, i;

	/* Nanoseconds, for an even rate above 1,000/s needs them. */
	if ((left = deadline - monotonic_now()) > 0) {
		timeout.tv_sec = left / NS_PER_S;
		timeout.tv_nsec = left % NS_PER_S;
	}
	count = epoll_pwait2(w->epoll, events, EVENT_BATCH,
	    deadline == NEVER ? NULL : &timeout, NULL);
	for (i = 0; i < count; i++) {
		if (events[i].data.ptr == NULL)
			w->stopping = true;
		else
			fleet_advance(
			    &w->fleet, events[i].data.ptr, events[i].events);
	}
}

/* Say that all is prepared; wait for the go. False: stop instead. */
static bool
wait_for_start(struct worker *w, int ready)
{
	/* No events asked for: only the end of the pipe is told. */
	struct epoll_event event = {.data.ptr = NULL};
	char byte = 0;
	ssize_t got;

	while (write(ready, &byte, 1) == -1 && errno == EINTR)
		continue;
	do
		got = read(w->control, &byte, 1);
	while (got == -1 && errno == EINTR);
	if (got != 1)
		return false;
	if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->control, &event) == -1)
		return false;
	w->last_start = NEVER;
	if (w->plan->duration != 0)
		w->last_start = w->share->start + w->plan->duration +
		    (w->plan->rate > 0 ? GRACE : 0);
	w->share->finish = w->share->start;
	return true;
}

/*
 * Go to a processor of our own, the number-th of those allowed: the first
 * wave is to come from several at once, and a scheduler that has yet to see
 * how busy we will be may well wake all workers on the same one.
 */
static void
take_processor(const cpu_set_t *allowed, uint64_t number)
{
	cpu_set_t own;
	size_t cpu = 0;

	number %= (uint64_t)CPU_COUNT(allowed);
	while (!CPU_ISSET(cpu, allowed) || number-- > 0)
		cpu++;
	CPU_ZERO(&own);
	CPU_SET(cpu, &own);
	sched_setaffinity(0, sizeof(own), &own);
}

/* Start the first wave, together with the other workers. */
static void
start_wave(struct worker *w)
{
	struct timespec start = {
	    .tv_sec = w->share->start / NS_PER_S,
	    .tv_nsec = w->share->start % NS_PER_S,
	};
	bool together = w->plan->rate == 0 && w->plan->stride > 1;
	cpu_set_t allowed;

	CPU_ZERO(&allowed);
	if (sched_getaffinity(0, sizeof(allowed), &allowed) == -1)
		together = false;
	if (together)
		take_processor(&allowed, w->plan->first);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &start, NULL) ==
	    EINTR)
		continue;
	start_due(w);
	if (together)
		sched_setaffinity(0, sizeof(allowed), &allowed);
}

static int
set_up(struct worker *w)
{
	const struct worker_plan *plan = w->plan;

	prctl(PR_SET_TIMERSLACK, 1);
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (w->epoll == -1 ||
	    fleet_open(&w->fleet, plan, w->share, w->epoll) == -1)
		return -1;
	/* The sockets of the first wave, so that it is only connect(2). */
	if (plan->rate == 0)
		fleet_prepare(&w->fleet,
		    plan->concurrency < plan->connections ? plan->concurrency
							  : plan->connections);
	return 0;
}

int
worker_run(const struct worker_plan *plan, struct worker_share *share,
    int control, int ready)
{
	static struct worker w;

	w.plan = plan;
	w.share = share;
	w.control = control;
	if (set_up(&w) == -1)
		return -1;
	if (!wait_for_start(&w, ready))
		return 0;
	start_wave(&w);
	while (w.fleet.in_flight > 0 || !all_started(&w)) {
		wait_and_advance(&w);
		fleet_expire(&w.fleet, monotonic_now());
		if (w.stopping)
			fleet_abort(&w.fleet, monotonic_now());
		start_due(&w);
	}
	return 0;
}
