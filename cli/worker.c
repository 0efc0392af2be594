#include "hail/worker.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "duration.h"

#define EVENTS	    (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)
#define EVENT_BATCH 64
#define START_BATCH 64

/* A connection that starts later than this is late. */
#define LATE (10 * NS_PER_MS)

/* How long after the end of the run a late connection may still start. */
#define GRACE (100 * NS_PER_MS)

/* How long to start none after ports or descriptors ran out. */
#define PAUSE (10 * NS_PER_MS)

struct worker {
	const struct worker_plan *plan;
	struct worker_share *share;
	int epoll, control;
	bool stopping;

	struct connection *pool; /* plan->concurrency of them, never touched */
	uint64_t touched;	 /* before their first use */
	struct connection_list idle;
	struct connection_list prepared;   /* the first wave */
	struct connection_list running;	   /* by start */
	struct connection_list connecting; /* by start */
	struct connection_list waiting;	   /* by handshake */
	uint64_t in_flight;

	uint64_t started;
	int64_t last_start; /* none starts after this instant */
	int64_t resume;	    /* none starts before this one */
	bool capped;	    /* the next one is late for want of a slot */
	size_t target;	    /* the address that answered last */
	unsigned char buffer[65536];
};

static struct connection *
take_connection(struct worker *w)
{
	struct connection *conn;

	if ((conn = TAILQ_FIRST(&w->idle)) != NULL)
		TAILQ_REMOVE(&w->idle, conn, by_start);
	else
		conn = &w->pool[w->touched++];
	memset(conn, 0, sizeof(*conn));
	return conn;
}

/* Give conn a socket for its target that the loop will hear of. */
static void
prepare(struct worker *w, struct connection *conn)
{
	struct epoll_event event = {.events = EVENTS, .data.ptr = conn};

	connection_open(conn, &w->plan->targets->at[conn->target],
	    w->plan->sources, w->started);
	if (conn->error == 0 &&
	    epoll_ctl(w->epoll, EPOLL_CTL_ADD, conn->socket, &event) == -1)
		conn->error = errno;
}

/* When the number-th connection of this worker is meant to start. */
static int64_t
intended_start(const struct worker *w, uint64_t number)
{
	const struct worker_plan *plan = w->plan;

	if (plan->rate == 0)
		return w->share->start;
	return w->share->start +
	    (int64_t)((double)(plan->first + number * plan->stride) *
		(double)NS_PER_S / plan->rate);
}

static void
remember_difference(struct worker_share *share, const struct connection *conn)
{
	if (conn->difference.at == UINT64_MAX || share->difference_started != 0)
		return;
	share->difference = conn->difference;
	share->difference_started = conn->started;
}

/* The list of those whose phase has a deadline of its own, or NULL. */
static struct connection_list *
phase_list(struct worker *w, enum connection_state state)
{
	if (state == CONNECTION_CONNECTING)
		return &w->connecting;
	return state == CONNECTION_WAITING ? &w->waiting : NULL;
}

static void
change_phase(
    struct worker *w, struct connection *conn, enum connection_state before)
{
	struct connection_list *from = phase_list(w, before);
	struct connection_list *to = phase_list(w, conn->state);

	if (from == to)
		return;
	if (from != NULL)
		TAILQ_REMOVE(from, conn, by_phase);
	if (to != NULL)
		TAILQ_INSERT_TAIL(to, conn, by_phase);
}

/* Count an ended connection and free its place. */
static void
settle(struct worker *w, struct connection *conn, int64_t now)
{
	struct tally *tally = &w->share->tally;
	struct latency *latency = tally->latency[conn->outcome];

	connection_close(conn, now);
	/* First the end, then its times: a tally never holds more times. */
	tally->ended[conn->outcome]++;
	tally->bytes += conn->received;
	tally->retried_syns += conn->retried_syns;
	tally->connections_retried += conn->retried_syns > 0;
	if (conn->connected != 0)
		latency_record(
		    &latency[PHASE_CONNECT], conn->connected - conn->intended);
	if (conn->first_byte != 0)
		latency_record(&latency[PHASE_FIRST_BYTE],
		    conn->first_byte - conn->intended);
	latency_record(&latency[PHASE_WHOLE], now - conn->intended);
	remember_difference(w->share, conn);
	if (conn->outcome == OUTCOME_LOCAL_ERROR)
		w->share->local_error = conn->error;
	if (outcome_is_local(conn->outcome))
		w->resume = now + PAUSE;
	w->share->finish = now;
	TAILQ_REMOVE(&w->running, conn, by_start);
	TAILQ_INSERT_HEAD(&w->idle, conn, by_start);
	w->in_flight--;
}

/*
 * What an ordinary client does when an address of the name refuses: try the
 * next one, within the same deadline. Returns whether there was one.
 */
static bool
try_next_target(struct worker *w, struct connection *conn, int64_t now)
{
	if (conn->outcome != OUTCOME_REFUSED &&
	    conn->outcome != OUTCOME_UNREACHABLE)
		return false;
	if (conn->target + 1 == w->plan->targets->count)
		return false;
	connection_close(conn, now);
	conn->target++;
	prepare(w, conn);
	connection_start(conn, &w->plan->targets->at[conn->target], now);
	return true;
}

/* What follows from a move of conn, which was in that state before. */
static void
moved(struct worker *w, struct connection *conn, enum connection_state before,
    int64_t now)
{
	while (conn->state == CONNECTION_ENDED && try_next_target(w, conn, now))
		continue;
	change_phase(w, conn, before);
	if (conn->connected != 0) {
		w->target = conn->target;
		w->share->targets_used |= UINT64_C(1) << conn->target;
	}
	if (conn->state == CONNECTION_ENDED)
		settle(w, conn, now);
}

static void
start_one(struct worker *w, int64_t intended, int64_t now)
{
	struct connection *conn;

	if ((conn = TAILQ_FIRST(&w->prepared)) != NULL) {
		TAILQ_REMOVE(&w->prepared, conn, by_start);
	} else {
		conn = take_connection(w);
		conn->target = w->target;
		prepare(w, conn);
	}
	w->started++;
	w->in_flight++;
	w->share->tally.started++;
	conn->intended = intended;
	TAILQ_INSERT_TAIL(&w->running, conn, by_start);
	connection_start(conn, &w->plan->targets->at[conn->target], now);
	moved(w, conn, CONNECTION_PREPARED, now);
}

/* Record how far the start at now is behind the intended one. */
static void
count_lag(struct worker *w, int64_t lag)
{
	latency_record(&w->share->tally.lag, lag);
	if (lag <= LATE)
		w->capped = false;
	else if (!w->capped)
		w->share->late++;
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

	while (w->started < plan->connections && !w->stopping) {
		now = monotonic_now();
		intended = intended_start(w, w->started);
		if (now < intended || now < w->resume || now > w->last_start)
			return;
		if (w->in_flight == plan->concurrency) {
			w->capped = true;
			return;
		}
		if (plan->rate > 0) {
			count_lag(w, now - intended);
			if (left-- == 0)
				return;
		} else {
			intended = now;
		}
		start_one(w, intended, now);
	}
}

static void
advance(struct worker *w, struct connection *conn, uint32_t events)
{
	struct epoll_event again = {.events = EVENTS, .data.ptr = conn};
	enum connection_state before = conn->state;
	int64_t now = monotonic_now();
	bool more;

	more = connection_advance(conn, events, w->plan->expectation,
	    w->plan->half_close, w->buffer, sizeof(w->buffer), now);
	if (more)
		epoll_ctl(w->epoll, EPOLL_CTL_MOD, conn->socket, &again);
	moved(w, conn, before, now);
}

/* The end of conn, which did not come to it by itself. */
static void
expire(struct worker *w, struct connection *conn, int64_t now)
{
	enum connection_state before = conn->state;

	connection_expire(conn);
	change_phase(w, conn, before);
	settle(w, conn, now);
}

/* All deadlines of a kind are equally long: the first in line is first. */
static void
expire_due(struct worker *w)
{
	const struct worker_plan *plan = w->plan;
	int64_t now = monotonic_now();
	struct connection *conn;

	while ((conn = TAILQ_FIRST(&w->running)) != NULL &&
	    now >= conn->started + plan->timeout)
		expire(w, conn, now);
	while ((conn = TAILQ_FIRST(&w->connecting)) != NULL &&
	    now >= conn->started + plan->connect_timeout)
		expire(w, conn, now);
	while ((conn = TAILQ_FIRST(&w->waiting)) != NULL &&
	    now >= conn->connected + plan->first_byte_timeout)
		expire(w, conn, now);
}

/* Whether none is to be started any more. */
static bool
all_started(const struct worker *w)
{
	return w->stopping || w->started == w->plan->connections ||
	    monotonic_now() > w->last_start;
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When something is to be done even if nothing happens. */
static int64_t
next_deadline(const struct worker *w)
{
	const struct worker_plan *plan = w->plan;
	const struct connection *conn;
	int64_t next = NEVER, start;

	if ((conn = TAILQ_FIRST(&w->running)) != NULL)
		next = sooner(next, conn->started + plan->timeout);
	if ((conn = TAILQ_FIRST(&w->connecting)) != NULL)
		next = sooner(next, conn->started + plan->connect_timeout);
	if ((conn = TAILQ_FIRST(&w->waiting)) != NULL)
		next = sooner(next, conn->connected + plan->first_byte_timeout);
	if (w->in_flight < plan->concurrency && !all_started(w)) {
		start = intended_start(w, w->started);
		next = sooner(next, start > w->resume ? start : w->resume);
	}
	return next;
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
			advance(w, events[i].data.ptr, events[i].events);
	}
}

static void
abort_all(struct worker *w)
{
	struct connection *conn;
	enum connection_state before;
	int64_t now = monotonic_now();

	while ((conn = TAILQ_FIRST(&w->running)) != NULL) {
		before = conn->state;
		connection_end(conn, OUTCOME_ABORTED);
		change_phase(w, conn, before);
		settle(w, conn, now);
	}
}

/* The sockets of the first wave, so that it is only connect(2). */
static void
prepare_wave(struct worker *w)
{
	const struct worker_plan *plan = w->plan;
	struct connection *conn;
	uint64_t i;

	if (plan->rate > 0)
		return;
	for (i = 0; i < plan->concurrency && i < plan->connections; i++) {
		conn = take_connection(w);
		prepare(w, conn);
		TAILQ_INSERT_TAIL(&w->prepared, conn, by_start);
	}
}

/* Say that all is prepared; wait for the instant. False: stop instead. */
static bool
wait_for_start(struct worker *w, int ready)
{
	/* No events asked for: only the end of the pipe is told. */
	struct epoll_event event = {.data.ptr = NULL};
	struct timespec start;
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
	start.tv_sec = w->share->start / NS_PER_S;
	start.tv_nsec = w->share->start % NS_PER_S;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &start, NULL) ==
	    EINTR)
		continue;
	w->last_start = NEVER;
	if (w->plan->duration != 0)
		w->last_start = w->share->start + w->plan->duration +
		    (w->plan->rate > 0 ? GRACE : 0);
	w->share->finish = w->share->start;
	return true;
}

static int
set_up(struct worker *w)
{
	TAILQ_INIT(&w->idle);
	TAILQ_INIT(&w->prepared);
	TAILQ_INIT(&w->running);
	TAILQ_INIT(&w->connecting);
	TAILQ_INIT(&w->waiting);
	prctl(PR_SET_TIMERSLACK, 1);
	w->pool = mmap(NULL, w->plan->concurrency * sizeof(*w->pool),
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
	    -1, 0);
	if (w->pool == MAP_FAILED)
		return -1;
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	return w->epoll == -1 ? -1 : 0;
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
	prepare_wave(&w);
	if (!wait_for_start(&w, ready))
		return 0;
	for (;;) {
		start_due(&w);
		if (w.stopping)
			abort_all(&w);
		if (w.in_flight == 0 && all_started(&w))
			return 0;
		wait_and_advance(&w);
		expire_due(&w);
	}
}
