#include "haild/intake.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "duration.h"
#include "haild/descriptors.h"
#include "haild/recruit.h"
#include "haild/shelf.h"
#include "haild/steward.h"

#define READY_WAIT (10 * NS_PER_S)

static void
say_if_late(struct intake *intake, enum note note)
{
	if (note == NOTE_LATE && !intake->late)
		log_line(intake->log,
		    "no real-time priority for the acceptor (needs root, "
		    "CAP_SYS_NICE or RLIMIT_RTPRIO): in a burst some "
		    "clients may have to try again");
	intake->late = note == NOTE_LATE;
}

static int
wait_until_ready(struct intake *intake, struct reason *why)
{
	struct pollfd channel = {
	    .fd = intake->lineage.channel,
	    .events = POLLIN,
	};
	struct connection connection;
	enum note note;

	if (poll(&channel, 1, poll_timeout(monotonic_now() + READY_WAIT)) <= 0)
		return reason_set(why, EX_OSERR, "the acceptor does not start");
	/* If it failed it has said why. */
	if (handover_receive(intake->lineage.channel, &connection, &note) !=
	    HANDOVER_NOTE)
		return reason_set(why, EX_OSERR, "the acceptor did not start");
	intake->ready = true;
	say_if_late(intake, note);
	log_flush(intake->log);
	return 0;
}

int
intake_open(
    struct intake *intake, struct listeners *listeners, struct reason *why)
{
	size_t i;

	intake->listeners = *listeners;
	intake->lineage.channel = -1;
	intake->restart_at = NEVER;
	intake->pause = 0;
	intake->shelf = shelf_put(listeners->sockets, listeners->count);
	if (intake->shelf == -1 && errno == ETOOMANYREFS)
		return reason_set(why, EX_OSERR,
		    "%zu sockets for a burst of %u: with what else this user "
		    "has in flight more than RLIMIT_NOFILE permits (give -B a "
		    "smaller number)",
		    listeners->count, listeners->burst);
	if (intake->shelf == -1 || recruit_acceptor(intake, true) == -1)
		return reason_set(
		    why, EX_OSERR, "acceptor: %s", strerror(errno));
	/* The numbers of closed descriptors: each acceptor fills in its own. */
	for (i = 0; i < listeners->count; i++)
		close(listeners->sockets[i]);
	descriptors_lower(&intake->shelf);
	descriptors_lower(&intake->lineage.channel);
	return wait_until_ready(intake, why);
}

int
intake_descriptor(const struct intake *intake)
{
	return lineage_next(&intake->lineage);
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

	accepted = lineage_close_next(&intake->lineage, ledger->accepted);
	if (accepted < ledger->received) {
		log_line(intake->log,
		    "the acceptor handed over more connections than it "
		    "counted: the books cannot balance");
		return;
	}
	lost = accepted - ledger->received;
	ledger->received += lost;
	ledger_book(ledger, ACCOUNT_LOST, lost);
	if (lost > 0)
		log_line(intake->log,
		    "%" PRIu64 " connections were lost with the acceptor",
		    lost);
}

/* Is the next channel that of one who is dead? */
static bool
sender_is_dead(const struct intake *intake)
{
	return intake->lineage.dead_count > 0 || intake->acceptor == 0;
}

/*
 * No acceptor of ours does that: this one is in somebody else's hands. Let
 * another take its place.
 */
static void
disown(struct intake *intake)
{
	if (!intake->disowned)
		log_line(intake->log,
		    "the acceptor does what none of ours does: it is killed");
	intake->disowned = true;
	steward_kill(intake->acceptor, SIGKILL);
}

/* Each acceptor says once that it is ready, and nothing else. */
static void
take_note(struct intake *intake, enum note note)
{
	if (sender_is_dead(intake))
		return;
	if (intake->ready || (note != NOTE_READY && note != NOTE_LATE)) {
		disown(intake);
		return;
	}
	intake->ready = true;
	log_line(intake->log, "acceptor restarted");
	say_if_late(intake, note);
}

/* The acceptor waits for room: if it does, tell it that there is some. */
static void
tell_room(struct intake *intake)
{
	if (intake->ledger->awaits_room &&
	    atomic_exchange(&intake->ledger->awaits_room, false))
		handover_note(intake->lineage.channel, NOTE_ROOM);
}

enum handover
intake_receive(struct intake *intake, struct connection *connection)
{
	enum handover what;
	enum note note;
	int channel;

	while ((channel = intake_descriptor(intake)) != -1) {
		what = handover_receive(channel, connection, &note);
		switch (what) {
		case HANDOVER_CONNECTION:
			intake->ledger->received++;
			tell_room(intake);
			return what;
		case HANDOVER_TORN:
			intake->ledger->received++;
			ledger_book(intake->ledger, ACCOUNT_LOST, 1);
			log_about(intake->log, TOPIC_LOST,
			    "a connection was lost: "
			    "no descriptor to take it over");
			return what;
		case HANDOVER_NOTE:
			take_note(intake, note);
			return what;
		case HANDOVER_EMPTY:
			return what;
		case HANDOVER_GONE:
			settle(intake);
		}
	}
	return intake->shelf == -1 ? HANDOVER_GONE : HANDOVER_EMPTY;
}
