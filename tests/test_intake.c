#include "haild/intake.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "post.h"

/*
 * What the parent makes of an acceptor that sends what it likes: somebody may
 * have taken it over.
 */

static struct intake intake;
static struct log log_of_it;
static int acceptors_end;

static void
open_intake(void)
{
	int ends[2];

	cr_assert_eq(handover_open(ends, 16), 0, "%m");
	acceptors_end = ends[1];
	log_open(&log_of_it, memfd_create("log", MFD_CLOEXEC));
	intake.log = &log_of_it;
	intake.ledger = ledger_open();
	intake.lineage.channel = ends[0];
}

TestSuite(intake, .init = open_intake);

/* How many lines of the log hold this text. */
static int
lines_with(const char *text)
{
	char line[512];
	FILE *file;
	int count = 0;

	log_flush(&log_of_it);
	file = fdopen(dup(log_of_it.descriptor), "r");
	rewind(file);
	while (fgets(line, sizeof(line), file) != NULL)
		count += strstr(line, text) != NULL;
	fclose(file);
	return count;
}

Test(intake, without_a_descriptor_a_connection_is_lost)
{
	struct connection connection;

	ledger_accept(intake.ledger);
	post_message(acceptors_end, "xx", 2, -1, 0);
	cr_assert_eq(intake_receive(&intake, &connection), HANDOVER_TORN);
	cr_expect_eq(intake.ledger->received, 1);
	cr_expect_eq(intake.ledger->booked[ACCOUNT_LOST], 1);
	cr_expect(ledger_balances(intake.ledger));
}

/* However many more there are: there are signals to be looked at. */
Test(intake, messages_are_taken_one_at_a_time)
{
	struct connection connection;

	post_message(acceptors_end, "xx", 2, -1, 0);
	post_message(acceptors_end, "r", 1, -1, 0);
	post_message(acceptors_end, "xx", 2, -1, 0);
	cr_assert_eq(intake_receive(&intake, &connection), HANDOVER_TORN);
	cr_expect_eq(intake.ledger->received, 1);
	cr_assert_eq(intake_receive(&intake, &connection), HANDOVER_NOTE);
	cr_expect_eq(intake.ledger->received, 1);
	cr_assert_eq(intake_receive(&intake, &connection), HANDOVER_TORN);
	cr_expect_eq(intake.ledger->received, 2);
	cr_assert_eq(intake_receive(&intake, &connection), HANDOVER_EMPTY);
}

Test(intake, an_acceptor_that_says_more_than_that_it_is_ready_is_killed)
{
	const char notes[] = {NOTE_LATE, NOTE_READY, NOTE_LATE, NOTE_STOP, 0};
	struct connection connection;
	int status;
	size_t i;

	intake.acceptor = fork();
	if (intake.acceptor == 0)
		for (;;)
			pause();
	for (i = 0; i < sizeof(notes); i++) {
		post_message(acceptors_end, &notes[i], 1, -1, 0);
		cr_assert_eq(
		    intake_receive(&intake, &connection), HANDOVER_NOTE);
		cr_expect_eq(intake.disowned, i > 0);
	}
	cr_expect_eq(lines_with("acceptor restarted"), 1);
	cr_expect_eq(lines_with("no real-time priority"), 1);
	cr_expect_eq(lines_with("it is killed"), 1);
	cr_assert_eq(
	    waitpid(intake.acceptor, &status, 0), (pid_t)intake.acceptor);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
