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
#include "haild/pid_file.h"
#include "haild/recruit.h"
#include "haild/shelf.h"
#include "haild/steward.h"
#include "haild/violation.h"

/* An acceptor that lived so long did not die of a habit. */
#define HEALTHY	    (10 * NS_PER_S)
#define FIRST_PAUSE (10 * NS_PER_MS)
#define LAST_PAUSE  (1 * NS_PER_S)
#define READY_WAIT  (10 * NS_PER_S)

/* fork(2) failed: try again so soon. */
#define FORK_PAUSE (100 * NS_PER_MS)

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
		handover_note(intake->lineage.channel, NOTE_ROOM);
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
			log_line(intake->log, "acceptor restarted");
			say_if_late(intake, note);
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

/* Nobody will accept any more. */
static void
close_shelf(struct intake *intake)
{
	if (intake->shelf != -1)
		close(intake->shelf);
	intake->shelf = -1;
	intake->restart_at = NEVER;
}

static void
say_how_it_ended(struct intake *intake, pid_t pid, int status)
{
	char how[VIOLATION_STRLEN];

	if (WIFSIGNALED(status))
		log_line(intake->log, "the acceptor was %s",
		    violation_explain(pid, WTERMSIG(status), how));
	else
		log_line(intake->log, "the acceptor ended with status %d",
		    WEXITSTATUS(status));
}

static void
bury(struct intake *intake, int status)
{
	const int64_t now = monotonic_now();
	const pid_t pid = intake->acceptor;

	intake->acceptor = 0;
	intake->asleep = false;
	if (intake->stopping && status == 0)
		close_shelf(intake);
	if (intake->shelf == -1)
		return;
	say_how_it_ended(intake, pid, status);
	if (now - intake->started > HEALTHY)
		intake->pause = 0;
	intake->restart_at = now + intake->pause;
	intake->pause = intake->pause == 0 ? FIRST_PAUSE : 2 * intake->pause;
	if (intake->pause > LAST_PAUSE)
		intake->pause = LAST_PAUSE;
}

/* It was stopped, or continued, by somebody who is not us. */
static void
notice(struct intake *intake, int status)
{
	if (WIFSTOPPED(status) && intake->stopping)
		steward_kill(intake->acceptor, SIGCONT);
	else if (WIFSTOPPED(status))
		log_line(intake->log,
		    "the acceptor was stopped by signal %d: connections "
		    "wait until it is continued",
		    WSTOPSIG(status));
	else if (intake->asleep)
		log_line(intake->log, "the acceptor goes on");
	intake->asleep = WIFSTOPPED(status);
}

void
intake_look(struct intake *intake)
{
	int status;
	pid_t pid;

	/* Not those who serve. */
	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) >
	    0) {
		if (pid != intake->acceptor)
			pid_file_bury(pid, status, intake->log);
		else if (WIFSTOPPED(status) || WIFCONTINUED(status))
			notice(intake, status);
		else
			bury(intake, status);
	}
}

int64_t
intake_alarm(const struct intake *intake)
{
	return lineage_has_place(&intake->lineage) ? intake->restart_at : NEVER;
}

void
intake_tend(struct intake *intake)
{
	if (intake_alarm(intake) > monotonic_now())
		return;
	lineage_put_aside(&intake->lineage, intake->ledger->accepted);
	intake->restart_at = NEVER;
	if (recruit_acceptor(intake, false) == 0) {
		intake->forkless = false;
		if (intake->stopping)
			handover_note(intake->lineage.channel, NOTE_STOP);
		return;
	}
	if (!intake->forkless)
		log_line(intake->log,
		    "acceptor: %s; it is tried again, and meanwhile "
		    "connections wait",
		    strerror(errno));
	intake->forkless = true;
	intake->restart_at = monotonic_now() + FORK_PAUSE;
}

void
intake_stop(struct intake *intake)
{
	intake->stopping = true;
	if (intake->acceptor == 0) {
		/* Whoever holds the sockets must be told: have somebody. */
		intake->restart_at = 0;
		return;
	}
	handover_note(intake->lineage.channel, NOTE_STOP);
	steward_kill(intake->acceptor, SIGCONT);
}

void
intake_cut(struct intake *intake)
{
	close_shelf(intake);
	if (intake->acceptor != 0)
		steward_kill(intake->acceptor, SIGKILL);
}
