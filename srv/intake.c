#include "haild/intake.h"

#include <sys/wait.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "duration.h"
#include "haild/descriptors.h"
#include "haild/shelf.h"
#include "haild/steward.h"
#include "haild/violation.h"

/* An acceptor that lived so long did not die of a habit. */
#define HEALTHY	    (10 * NS_PER_S)
#define FIRST_PAUSE (10 * NS_PER_MS)
#define LAST_PAUSE  (1 * NS_PER_S)
#define READY_WAIT  (10 * NS_PER_S)

struct start {
	struct intake *intake;
	bool first;
	int result;
};

static int
start_here(struct intake *intake, bool first)
{
	int ends[2];

	if (handover_open(ends, intake->max_queued) == -1)
		return -1;
	ledger_share(intake->ledger, true);
	intake->acceptor = acceptor_start(&(struct acceptor_task){
	    .listeners = intake->listeners,
	    .shelf = intake->shelf,
	    .identity = intake->identity,
	    .ledger = intake->ledger,
	    .channel = ends[1],
	    .max_queued = intake->max_queued,
	    .first = first,
	    .filters = intake->filters,
	});
	ledger_share(intake->ledger, false);
	close(ends[1]);
	if (intake->acceptor == -1) {
		intake->acceptor = 0;
		close(ends[0]);
		return -1;
	}
	intake->channel = ends[0];
	intake->started = monotonic_now();
	return 0;
}

static void
start_by_steward(void *argument)
{
	struct start *start = argument;

	start->result = start_here(start->intake, start->first);
}

/* Fork an acceptor and make its channel. Returns 0, or -1 with errno. */
static int
start(struct intake *intake, bool first)
{
	struct start start = {.intake = intake, .first = first};

	steward_do(start_by_steward, &start);
	return start.result;
}

static int
wait_until_ready(const struct intake *intake, struct reason *why)
{
	struct pollfd channel = {.fd = intake->channel, .events = POLLIN};
	struct connection connection;
	enum note note;

	if (poll(&channel, 1, poll_timeout(monotonic_now() + READY_WAIT)) <= 0)
		return reason_set(why, EX_OSERR, "the acceptor does not start");
	/* If it failed it has said why. */
	if (handover_receive(intake->channel, &connection, &note) !=
	    HANDOVER_NOTE)
		return reason_set(why, EX_OSERR, "the acceptor did not start");
	return 0;
}

int
intake_open(
    struct intake *intake, struct listeners *listeners, struct reason *why)
{
	size_t i;

	intake->listeners = *listeners;
	intake->channel = intake->old_channel = -1;
	intake->restart_at = NEVER;
	intake->pause = 0;
	intake->shelf = shelf_put(listeners->sockets, listeners->count);
	if (intake->shelf == -1 || start(intake, true) == -1)
		return reason_set(
		    why, EX_OSERR, "acceptor: %s", strerror(errno));
	/* The numbers of closed descriptors: each acceptor fills in its own. */
	for (i = 0; i < listeners->count; i++)
		close(listeners->sockets[i]);
	descriptors_lower(&intake->shelf);
	descriptors_lower(&intake->channel);
	return wait_until_ready(intake, why);
}

int
intake_descriptor(const struct intake *intake)
{
	return intake->old_channel != -1 ? intake->old_channel
					 : intake->channel;
}

/*
 * The end of a channel: what its acceptor accepted and did not hand over is
 * lost. It may be read before the acceptor is reaped, but after it closed
 * its descriptors, and so after it counted for the last time.
 */
static void
settle(struct intake *intake)
{
	struct ledger *ledger = intake->ledger;
	uint64_t accepted, lost;

	if (intake->old_channel != -1) {
		close(intake->old_channel);
		intake->old_channel = -1;
		accepted = intake->accepted_by_dead;
	} else {
		close(intake->channel);
		intake->channel = -1;
		accepted = ledger->accepted;
	}
	lost = accepted - ledger->received;
	ledger->received += lost;
	ledger_book(ledger, ACCOUNT_LOST, lost);
	if (lost > 0)
		log_line(intake->log,
		    "%" PRIu64 " connections were lost with the acceptor",
		    lost);
}

/* The acceptor waits for room: if it does, tell it that there is some. */
static void
tell_room(struct intake *intake)
{
	if (intake->ledger->awaits_room &&
	    atomic_exchange(&intake->ledger->awaits_room, false))
		handover_note(intake->channel, NOTE_ROOM);
}

enum handover
intake_receive(struct intake *intake, struct connection *connection)
{
	enum note note;
	int channel;

	while ((channel = intake_descriptor(intake)) != -1) {
		switch (handover_receive(channel, connection, &note)) {
		case HANDOVER_CONNECTION:
			intake->ledger->received++;
			tell_room(intake);
			return HANDOVER_CONNECTION;
		case HANDOVER_TORN:
			intake->ledger->received++;
			ledger_book(intake->ledger, ACCOUNT_LOST, 1);
			log_about(intake->log, TOPIC_LOST,
			    "a connection was lost: "
			    "no descriptor to take it over");
			break;
		case HANDOVER_NOTE:
			if (intake->pause > 0)
				log_line(intake->log, "acceptor restarted");
			break;
		case HANDOVER_EMPTY:
			return HANDOVER_EMPTY;
		case HANDOVER_GONE:
			settle(intake);
			break;
		}
	}
	return intake->shelf == -1 ? HANDOVER_GONE : HANDOVER_EMPTY;
}

bool
intake_reaped(struct intake *intake, pid_t pid, int status)
{
	const int64_t now = monotonic_now();
	char how[VIOLATION_STRLEN];

	if (pid != intake->acceptor || pid == 0)
		return false;
	intake->acceptor = 0;
	if (intake->shelf == -1)
		return true;
	if (WIFSIGNALED(status))
		log_line(intake->log, "the acceptor was %s",
		    violation_explain(pid, WTERMSIG(status), how));
	else
		log_line(intake->log, "the acceptor ended with status %d",
		    WEXITSTATUS(status));
	if (now - intake->started > HEALTHY)
		intake->pause = 0;
	intake->restart_at = now + intake->pause;
	intake->pause = intake->pause == 0 ? FIRST_PAUSE : 2 * intake->pause;
	if (intake->pause > LAST_PAUSE)
		intake->pause = LAST_PAUSE;
	return true;
}

int64_t
intake_alarm(const struct intake *intake)
{
	/* One dead acceptor's channel at a time. */
	return intake->old_channel == -1 ? intake->restart_at : NEVER;
}

void
intake_tend(struct intake *intake)
{
	if (intake_alarm(intake) > monotonic_now())
		return;
	/* The next one counts on from here. */
	intake->accepted_by_dead = intake->ledger->accepted;
	intake->old_channel = intake->channel;
	intake->channel = -1;
	intake->restart_at = NEVER;
	if (start(intake, false) == -1) {
		log_line(intake->log, "acceptor: %s", strerror(errno));
		intake->restart_at = monotonic_now() + LAST_PAUSE;
	}
}

void
intake_stop(struct intake *intake)
{
	/* Whoever holds the sockets must be told to stop: have somebody. */
	if (intake->acceptor == 0 && intake->old_channel == -1) {
		intake->restart_at = 0;
		intake_tend(intake);
	}
	close(intake->shelf);
	intake->shelf = -1;
	intake->restart_at = NEVER;
	if (intake->channel != -1)
		handover_note(intake->channel, NOTE_STOP);
}

void
intake_cut(struct intake *intake)
{
	if (intake->acceptor != 0)
		steward_kill(intake->acceptor, SIGKILL);
}
