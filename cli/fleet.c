#include "hail/fleet.h"

#include <sys/epoll.h>
#include <sys/mman.h>

#include <errno.h>
#include <string.h>

#include "duration.h"

#define EVENTS (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

/* How long to start none after ports or descriptors ran out. */
#define PAUSE (10 * NS_PER_MS)

static struct connection *
take_connection(struct fleet *fleet)
{
	struct connection *conn;

	if ((conn = TAILQ_FIRST(&fleet->idle)) != NULL)
		TAILQ_REMOVE(&fleet->idle, conn, by_start);
	else
		conn = &fleet->pool[fleet->touched++];
	memset(conn, 0, sizeof(*conn));
	return conn;
}

/* Give conn a socket for its target that the loop will hear of. */
static void
prepare(struct fleet *fleet, struct connection *conn)
{
	struct epoll_event event = {.events = EVENTS, .data.ptr = conn};

	connection_open(conn, &fleet->plan->targets->at[conn->target],
	    fleet->plan->sources, fleet->turn++);
	if (conn->error == 0 &&
	    epoll_ctl(fleet->epoll, EPOLL_CTL_ADD, conn->socket, &event) == -1)
		conn->error = errno;
}

/* The list of those whose phase has a deadline of its own, or NULL. */
static struct connection_list *
phase_list(struct fleet *fleet, enum connection_state state)
{
	if (state == CONNECTION_CONNECTING)
		return &fleet->connecting;
	return state == CONNECTION_WAITING ? &fleet->waiting : NULL;
}

static void
change_phase(
    struct fleet *fleet, struct connection *conn, enum connection_state before)
{
	struct connection_list *from = phase_list(fleet, before);
	struct connection_list *to = phase_list(fleet, conn->state);

	if (from == to)
		return;
	if (from != NULL)
		TAILQ_REMOVE(from, conn, by_phase);
	if (to != NULL)
		TAILQ_INSERT_TAIL(to, conn, by_phase);
}

static void
remember_difference(struct worker_share *share, const struct connection *conn)
{
	if (conn->difference.at == UINT64_MAX || share->difference_started != 0)
		return;
	share->difference = conn->difference;
	share->difference_started = conn->started;
}

/*
 * One more, where crew_started and crew_ended may be looking: they must not
 * see half a number, and nobody else writes it.
 */
static void
count_one(uint64_t *count)
{
	__atomic_store_n(count, *count + 1, __ATOMIC_RELAXED);
}

/* Count an ended connection and free its place. */
static void
settle(struct fleet *fleet, struct connection *conn, int64_t now)
{
	struct tally *tally = &fleet->share->tally;
	struct latency *latency = tally->latency[conn->outcome];

	connection_close(conn, now);
	/* First the end, then its times: a tally never holds more times. */
	count_one(&tally->ended[conn->outcome]);
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
	remember_difference(fleet->share, conn);
	if (conn->outcome == OUTCOME_OK && conn->retried_syns > 0) {
		fleet->share->delayed++;
		fleet->share->delayed_syns += conn->retried_syns;
	}
	if (conn->outcome == OUTCOME_LOCAL_ERROR)
		fleet->share->local_error = conn->error;
	if (outcome_is_local(conn->outcome))
		fleet->resume = now + PAUSE;
	fleet->share->finish = now;
	TAILQ_REMOVE(&fleet->running, conn, by_start);
	TAILQ_INSERT_HEAD(&fleet->idle, conn, by_start);
	fleet->in_flight--;
}

/*
 * What an ordinary client does when an address of the name refuses: try the
 * next one, within the same deadline. Returns whether there was one.
 */
static bool
try_next_target(struct fleet *fleet, struct connection *conn, int64_t now)
{
	if (conn->outcome != OUTCOME_REFUSED &&
	    conn->outcome != OUTCOME_UNREACHABLE)
		return false;
	if (conn->target + 1 == fleet->plan->targets->count)
		return false;
	connection_close(conn, now);
	conn->target++;
	prepare(fleet, conn);
	connection_start(conn, &fleet->plan->targets->at[conn->target], now);
	return true;
}

/* What follows from a move of conn, which was in that state before. */
static void
moved(struct fleet *fleet, struct connection *conn,
    enum connection_state before, int64_t now)
{
	while (conn->state == CONNECTION_ENDED &&
	    try_next_target(fleet, conn, now))
		continue;
	change_phase(fleet, conn, before);
	if (conn->connected != 0) {
		fleet->target = conn->target;
		fleet->share->targets_used |= UINT64_C(1) << conn->target;
	}
	if (conn->state == CONNECTION_ENDED)
		settle(fleet, conn, now);
}

int
fleet_open(struct fleet *fleet, const struct worker_plan *plan,
    struct worker_share *share, int epoll)
{
	fleet->plan = plan;
	fleet->share = share;
	fleet->epoll = epoll;
	TAILQ_INIT(&fleet->idle);
	TAILQ_INIT(&fleet->prepared);
	TAILQ_INIT(&fleet->running);
	TAILQ_INIT(&fleet->connecting);
	TAILQ_INIT(&fleet->waiting);
	/* What a run does not use of it costs no memory. */
	fleet->pool = mmap(NULL, plan->concurrency * sizeof(*fleet->pool),
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
	    -1, 0);
	return fleet->pool == MAP_FAILED ? -1 : 0;
}

void
fleet_prepare(struct fleet *fleet, uint64_t count)
{
	struct connection *conn;

	for (; count > 0; count--) {
		conn = take_connection(fleet);
		prepare(fleet, conn);
		TAILQ_INSERT_TAIL(&fleet->prepared, conn, by_start);
	}
}

void
fleet_start(struct fleet *fleet, int64_t intended, int64_t now)
{
	struct connection *conn;

	if ((conn = TAILQ_FIRST(&fleet->prepared)) != NULL) {
		TAILQ_REMOVE(&fleet->prepared, conn, by_start);
	} else {
		conn = take_connection(fleet);
		conn->target = fleet->target;
		prepare(fleet, conn);
	}
	fleet->started++;
	fleet->in_flight++;
	count_one(&fleet->share->tally.started);
	conn->intended = intended;
	TAILQ_INSERT_TAIL(&fleet->running, conn, by_start);
	connection_start(conn, &fleet->plan->targets->at[conn->target], now);
	moved(fleet, conn, CONNECTION_PREPARED, now);
}

void
fleet_advance(struct fleet *fleet, struct connection *conn, uint32_t events)
{
	struct epoll_event again = {.events = EVENTS, .data.ptr = conn};
	enum connection_state before = conn->state;
	int64_t now = monotonic_now();
	bool more;

	/* epoll has something to say even of a socket before connect(2). */
	if (before == CONNECTION_PREPARED)
		return;
	more = connection_advance(conn, events, fleet->plan->expectation,
	    fleet->plan->half_close, fleet->buffer, sizeof(fleet->buffer), now);
	if (more)
		epoll_ctl(fleet->epoll, EPOLL_CTL_MOD, conn->socket, &again);
	moved(fleet, conn, before, now);
}

/* The end of conn, which did not come to it by itself. */
static void
expire(struct fleet *fleet, struct connection *conn, int64_t now)
{
	enum connection_state before = conn->state;

	connection_expire(conn);
	change_phase(fleet, conn, before);
	settle(fleet, conn, now);
}

void
fleet_expire(struct fleet *fleet, int64_t now)
{
	const struct worker_plan *plan = fleet->plan;
	struct connection *conn;

	while ((conn = TAILQ_FIRST(&fleet->running)) != NULL &&
	    now >= conn->started + plan->timeout)
		expire(fleet, conn, now);
	while ((conn = TAILQ_FIRST(&fleet->connecting)) != NULL &&
	    now >= conn->started + plan->connect_timeout)
		expire(fleet, conn, now);
	while ((conn = TAILQ_FIRST(&fleet->waiting)) != NULL &&
	    now >= conn->connected + plan->first_byte_timeout)
		expire(fleet, conn, now);
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t
fleet_deadline(const struct fleet *fleet)
{
	const struct worker_plan *plan = fleet->plan;
	const struct connection *conn;
	int64_t next = NEVER;

	if ((conn = TAILQ_FIRST(&fleet->running)) != NULL)
		next = sooner(next, conn->started + plan->timeout);
	if ((conn = TAILQ_FIRST(&fleet->connecting)) != NULL)
		next = sooner(next, conn->started + plan->connect_timeout);
	if ((conn = TAILQ_FIRST(&fleet->waiting)) != NULL)
		next = sooner(next, conn->connected + plan->first_byte_timeout);
	return next;
}

void
fleet_abort(struct fleet *fleet, int64_t now)
{
	struct connection *conn;
	enum connection_state before;

	while ((conn = TAILQ_FIRST(&fleet->running)) != NULL) {
		before = conn->state;
		connection_end(conn, OUTCOME_ABORTED);
		change_phase(fleet, conn, before);
		settle(fleet, conn, now);
	}
}
