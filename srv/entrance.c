#include "haild/entrance.h"

#include <unistd.h>

#include "duration.h"
#include "haild/children.h"

/* Connections taken in before the next look at signals. */
#define LOT 16

static bool
is_open(const struct parent *parent, int64_t now)
{
	return children_room(parent) &&
	    admission_opens_at(&parent->admission) <= now;
}

int
entrance_descriptor(const struct parent *parent)
{
	return is_open(parent, monotonic_now())
	    ? intake_descriptor(&parent->intake)
	    : -1;
}

int64_t
entrance_alarm(const struct parent *parent)
{
	const struct admission *admission = &parent->admission;
	const struct waiting *waiting = &parent->waiting;
	const int64_t opens = admission_opens_at(admission);
	int64_t alarm = waiting->count > 0 ? waiting->look_at : NEVER;
	const bool call = waiting->count > 0 && admission->turn;

	/* Where there is no room for a child the end of one wakes us. */
	if (children_room(parent) && opens < alarm &&
	    (call || opens > monotonic_now()))
		alarm = opens;
	return alarm;
}

/* Hang up; if there is a message for those who come at a bad time, say it. */
static void
turn_away(struct parent *parent, const struct connection *connection,
    enum cause cause)
{
	const struct session session = {
	    .conn = connection->descriptor,
	    .peer = connection->peer,
	    .greeting = parent->busy,
	    .timeout = parent->options.timeout,
	    .linger = parent->options.linger,
	};
	char name[ADDRESS_STRLEN], why[ADMISSION_STRLEN];

	if (parent->options.verbosity >= 0)
		log_about(&parent->log, TOPIC_REFUSED, "refused %s: %s",
		    address_format(&connection->peer, name),
		    admission_explain(
			&parent->admission, &connection->peer, cause, why));
	if (cause != CAUSE_RULE && parent->busy.length > 0) {
		if (!standin_has_room(&parent->refusals))
			standin_make_room(&parent->refusals);
		if (standin_take(&parent->refusals, &session))
			return;
	}
	close(connection->descriptor);
	ledger_book(parent->ledger, ACCOUNT_REFUSED, 1);
}

static void
receive(struct parent *parent, const struct connection *connection, int64_t now)
{
	enum cause cause;

	switch (admission_decide(
	    &parent->admission, &connection->peer, now, &cause)) {
	case ADMIT:
		children_serve(parent, connection);
		return;
	case WAIT:
		if (waiting_add(&parent->waiting, connection,
			now + parent->options.timeout)) {
			/* Let the next round find out until when. */
			parent->admission.turn = true;
			return;
		}
		cause = CAUSE_NO_ROOM;
		admission_give_up(&parent->admission, &connection->peer, cause);
		break;
	case REFUSE:
		break;
	}
	turn_away(parent, connection, cause);
}

/* Returns true if it does not wait any more: it was taken over. */
static bool
call(struct parent *parent, const struct waiting_one *one, int64_t now,
    int64_t *again_at)
{
	const struct connection *connection = &one->connection;
	struct admission *admission = &parent->admission;
	enum cause cause;

	if (one->until <= now && !admission->hurry) {
		cause = CAUSE_LATE;
		admission_give_up(admission, &connection->peer, cause);
		turn_away(parent, connection, cause);
		return true;
	}
	*again_at = NEVER;
	if (!is_open(parent, now)) {
		admission->turn = true;
		return false;
	}
	switch (admission_call(
	    admission, &connection->peer, now, &cause, again_at)) {
	case ADMIT:
		children_serve(parent, connection);
		return true;
	case REFUSE:
		turn_away(parent, connection, cause);
		return true;
	default:
		return false;
	}
}

static void
call_those_who_wait(struct parent *parent, int64_t now)
{
	struct waiting *waiting = &parent->waiting;
	struct waiting_one *one;
	int64_t again_at;

	if (waiting->count == 0 ||
	    (!parent->admission.turn && waiting->look_at > now))
		return;
	parent->admission.turn = false;
	waiting->look_at = NEVER;
	for (one = waiting->at; one < waiting->at + waiting->count; one++) {
		if (call(parent, one, now, &again_at)) {
			one->connection.descriptor = -1;
			continue;
		}
		if (one->until < waiting->look_at)
			waiting->look_at = one->until;
		if (again_at < waiting->look_at)
			waiting->look_at = again_at;
	}
	waiting_close_ranks(waiting);
}

bool
entrance_take_in(struct parent *parent)
{
	const int64_t now = monotonic_now();
	struct connection connection;
	int lot;

	call_those_who_wait(parent, now);
	for (lot = 0; lot < LOT && is_open(parent, now); lot++) {
		switch (intake_receive(&parent->intake, &connection)) {
		case HANDOVER_CONNECTION:
			receive(parent, &connection, now);
			break;
		case HANDOVER_GONE:
			return true;
		case HANDOVER_EMPTY:
			return false;
		default:
			break;
		}
	}
	return false;
}
