#include "haild/children.h"

#include <sys/wait.h>

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "duration.h"
#include "haild/session.h"
#include "haild/spawn.h"
#include "haild/steward.h"
#include "haild/violation.h"

/* fork(2) is not tried again sooner after a failure. */
#define FORK_PAUSE (100 * NS_PER_MS)

/* When it has not failed for so long, it works again. */
#define FORK_WORKS (10 * NS_PER_S)

#define SWEEP_PAUSE NS_PER_S

/*
 * A child ends by itself after its deadlines. One that is stopped (SIGSTOP),
 * or was taken over, does not, and would keep its place for ever. The others
 * have so long to get to a processor, and where many want to end at once, so
 * much more for each of them.
 */
#define GRACE	   (5 * NS_PER_S)
#define GRACE_EACH NS_PER_MS

static bool
may_fork(const struct parent *parent)
{
	return parent->fork_again_at == 0 ||
	    parent->fork_again_at <= monotonic_now();
}

bool
children_room(const struct parent *parent)
{
	if (parent->cut)
		return true;
	if (parent->holding || parent->roster.alive == parent->roster.capacity)
		return false;
	return may_fork(parent) || standin_has_room(&parent->standin);
}

static void
fork_failed(struct parent *parent)
{
	const int64_t now = monotonic_now();

	if (parent->forks_failed == 0)
		log_line(&parent->log,
		    "fork: %s; it is tried again, and "
		    "meanwhile the parent itself greets",
		    strerror(errno));
	parent->forks_failed++;
	parent->ledger->forks_failed++;
	parent->fork_again_at = now + FORK_PAUSE;
	parent->fork_works_at = now + FORK_WORKS;
}

static void
fork_works(struct parent *parent)
{
	parent->fork_again_at = 0;
	if (parent->forks_failed == 0 ||
	    monotonic_now() < parent->fork_works_at)
		return;
	log_line(&parent->log, "fork works again, after %" PRIu64 " failures",
	    parent->forks_failed);
	parent->forks_failed = 0;
}

/* Reserve a slot, fork; undo. Returns whether a child serves it now. */
static bool
spawn(struct parent *parent, const struct session *session)
{
	struct slot *slot;
	pid_t pid;

	slot = roster_assign(&parent->roster);
	if (slot == NULL)
		return false;
	pid = spawn_session(session, parent->pass);
	if (pid == -1) {
		roster_release(&parent->roster, slot);
		fork_failed(parent);
		return false;
	}
	roster_enter(&parent->roster, slot, pid);
	slot->peer = session->peer;
	slot->since = parent->awake.time;
	slot->overdue = false;
	close(session->conn);
	fork_works(parent);
	if (parent->roster.alive > parent->ledger->most_children)
		parent->ledger->most_children = parent->roster.alive;
	return true;
}

/* Returns false, with the connection still to be served, for want of all. */
static bool
serve(struct parent *parent, const struct connection *connection)
{
	const struct session session = {
	    .conn = connection->descriptor,
	    .peer = connection->peer,
	    .greeting = parent->greeting,
	    .started = monotonic_now(),
	    .timeout = parent->options.timeout,
	    .linger = parent->options.linger,
	};

	if (parent->cut) {
		close(connection->descriptor);
		admission_left(&parent->admission, &connection->peer);
		ledger_book(parent->ledger, ACCOUNT_LOST, 1);
		return true;
	}
	return (may_fork(parent) && spawn(parent, &session)) ||
	    standin_take(&parent->standin, &session);
}

void
children_serve(struct parent *parent, const struct connection *connection)
{
	char name[ADDRESS_STRLEN];

	if (parent->options.verbosity >= 0)
		log_about(&parent->log, TOPIC_CONNECTION,
		    "Got a connection from %s",
		    address_format(&connection->peer, name));
	parent->holding = !serve(parent, connection);
	if (parent->holding)
		parent->held = *connection;
}

void
children_retry(struct parent *parent)
{
	if (parent->holding && (may_fork(parent) || parent->cut))
		parent->holding = !serve(parent, &parent->held);
}

static const struct end {
	enum account account;
	const char *words;
} ends[] = {
    [GREETED] = {ACCOUNT_GREETED, "greeted"},
    [PEER_GONE] = {ACCOUNT_PEER_GONE, "peer gone"},
    [TIMED_OUT] = {ACCOUNT_TIMED_OUT, "timed out"},
    [FAILED] = {ACCOUNT_FAILED, "failed"},
};

/* What the exit status of a child says. */
static struct end
interpret(const struct parent *parent, int status)
{
	const size_t known = sizeof(ends) / sizeof(ends[0]);

	if (WIFEXITED(status) && (size_t)WEXITSTATUS(status) < known &&
	    ends[WEXITSTATUS(status)].words != NULL)
		return ends[WEXITSTATUS(status)];
	if (parent->cut)
		return (struct end){ACCOUNT_LOST, "cut off"};
	if (WIFSIGNALED(status))
		return (struct end){ACCOUNT_KILLED, "killed by a signal"};
	return ends[FAILED];
}

static void
say_who_was_killed(struct parent *parent, const struct slot *slot, int signal)
{
	char name[ADDRESS_STRLEN], how[VIOLATION_STRLEN];

	log_about(&parent->log, TOPIC_KILLED, "child %d of %s: %s",
	    (int)slot->pid, address_format(&slot->peer, name),
	    slot->overdue && signal == SIGKILL
		? "killed, as it held its place for too long"
		: violation_explain(slot->pid, signal, how));
}

static void
bury(struct parent *parent, struct slot *slot, int status)
{
	const struct end end = interpret(parent, status);
	char name[ADDRESS_STRLEN];

	admission_left(&parent->admission, &slot->peer);
	ledger_book(parent->ledger, end.account, 1);
	if (end.account == ACCOUNT_KILLED)
		say_who_was_killed(parent, slot, WTERMSIG(status));
	else if (parent->options.verbosity > 0)
		log_about(&parent->log, TOPIC_END, "%s: %s",
		    address_format(&slot->peer, name), end.words);
	roster_release(&parent->roster, slot);
}

void
children_reap(struct parent *parent, pid_t pid)
{
	struct slot *slot = roster_find(&parent->roster, pid);
	int status;

	if (slot != NULL && spawn_reap(pid, &status))
		bury(parent, slot, status);
}

int64_t
children_alarm(const struct parent *parent)
{
	return parent->roster.alive > 0 ? parent->sweep_at : NEVER;
}

/* SIGKILL for all, or for those that are overdue. */
static void
end_those(void *argument)
{
	const struct parent *parent = argument;
	const struct slot *slot;
	unsigned i;

	for (i = 0; i < parent->roster.capacity; i++) {
		slot = &parent->roster.slots[i];
		if (slot->pid != 0 && (parent->cut || slot->overdue))
			kill(slot->pid, SIGKILL);
	}
}

static bool
is_overdue(const struct parent *parent, const struct slot *slot)
{
	const struct haild_options *options = &parent->options;

	return parent->awake.time - slot->since > options->timeout +
	    options->linger + GRACE + parent->roster.alive * GRACE_EACH;
}

void
children_sweep(struct parent *parent)
{
	const int64_t now = monotonic_now();
	unsigned i, left = parent->roster.alive, overdue = 0;
	struct slot *slot;

	if (children_alarm(parent) > now)
		return;
	awake_look(&parent->awake, now);
	for (i = 0; left > 0; i++) {
		slot = &parent->roster.slots[i];
		if (slot->pid == 0)
			continue;
		left--;
		children_reap(parent, slot->pid);
		if (slot->pid == 0 || slot->overdue)
			continue;
		slot->overdue = is_overdue(parent, slot);
		overdue += slot->overdue;
	}
	if (overdue > 0)
		steward_do(end_those, parent);
	parent->sweep_at = now + SWEEP_PAUSE;
}

void
children_kill(struct parent *parent)
{
	steward_do(end_those, parent);
}
