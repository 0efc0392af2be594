#include "haild/supervise.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "duration.h"
#include "haild/pid_file.h"
#include "haild/recruit.h"
#include "haild/steward.h"
#include "haild/violation.h"

/* An acceptor that lived so long did not die of a habit. */
#define HEALTHY	    (10 * NS_PER_S)
#define FIRST_PAUSE (10 * NS_PER_MS)
#define LAST_PAUSE  (1 * NS_PER_S)

/* fork(2) failed: try again so soon. */
#define FORK_PAUSE (100 * NS_PER_MS)

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

	/*
	 * What it sent is there, and then comes the end, even if its own end
	 * of the channel is open somewhere: in flight, say, to itself.
	 */
	if (intake->lineage.channel != -1)
		shutdown(intake->lineage.channel, SHUT_RD);
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
		log_about(intake->log, TOPIC_ASLEEP,
		    "the acceptor was stopped by signal %d: connections "
		    "wait until it is continued",
		    WSTOPSIG(status));
	else if (intake->asleep)
		log_about(intake->log, TOPIC_ASLEEP, "the acceptor goes on");
	intake->asleep = WIFSTOPPED(status);
}

void
supervise_look(struct intake *intake)
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
supervise_alarm(const struct intake *intake)
{
	return lineage_has_place(&intake->lineage) ? intake->restart_at : NEVER;
}

void
supervise_tend(struct intake *intake)
{
	if (supervise_alarm(intake) > monotonic_now())
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
supervise_stop(struct intake *intake)
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
supervise_cut(struct intake *intake)
{
	close_shelf(intake);
	if (intake->acceptor != 0)
		steward_kill(intake->acceptor, SIGKILL);
}
