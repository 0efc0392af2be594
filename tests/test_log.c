#include "haild/log.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "duration.h"

/* A log into a pipe, and what came out of it; of each test its own. */
static struct fixture {
	struct log log;
	int out, in;
	char text[LOG_SIZE * 2];
} only;

static struct fixture *
open_fixture(void)
{
	struct fixture *fixture = &only;
	int ends[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	fcntl(ends[1], F_SETPIPE_SZ, LOG_SIZE * 2);
	fixture->out = ends[0];
	fixture->in = ends[1];
	log_open(&fixture->log, fixture->in);
	setprogname("me");
	return fixture;
}

static const char *
read_fixture(struct fixture *fixture)
{
	ssize_t got;

	log_flush(&fixture->log);
	got = read(fixture->out, fixture->text, sizeof(fixture->text) - 1);
	cr_assert_geq(got, 0, "%m");
	fixture->text[got] = '\0';
	return fixture->text;
}

Test(log, a_line_has_the_name_of_the_program_before_it)
{
	struct fixture *fixture = open_fixture();

	log_line(&fixture->log, "one %d", 1);
	log_line(&fixture->log, "two");
	cr_expect_str_eq(read_fixture(fixture), "me: one 1\nme: two\n");
}

Test(log, what_moves_the_cursor_is_escaped)
{
	struct fixture *fixture = open_fixture();

	log_line(&fixture->log, "%s: gone", "a\033[2Jb\r\nc\x9b\177\a");
	cr_expect_str_eq(
	    read_fixture(fixture), "me: a\\^[[2Jb\\r\\nc\\M^[\\^?\\a: gone\n");
}

Test(log, a_name_cannot_make_a_line_of_its_own)
{
	struct fixture *fixture = open_fixture();
	const char *text;

	log_line(&fixture->log, "%s", "x\nme: Got a connection from 1.2.3.4");
	text = read_fixture(fixture);
	cr_expect_eq(strchr(text, '\n'), text + strlen(text) - 1, "%s", text);
}

Test(log, an_escaped_line_is_no_longer_than_another)
{
	struct fixture *fixture = open_fixture();
	char name[1000];
	const char *text;

	memset(name, '\001', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	log_line(&fixture->log, "%s", name);
	log_line(&fixture->log, "next");
	text = read_fixture(fixture);
	cr_expect_leq(strchr(text, '\n') - text, 1024);
	cr_expect_str_eq(strchr(text, '\n'), "\nme: next\n");
}

Test(log, of_one_topic_there_is_a_most_and_then_the_number_of_others)
{
	struct fixture *fixture = open_fixture();
	unsigned i;

	for (i = 0; i < 25; i++)
		log_about(&fixture->log, TOPIC_REFUSED, "refused %u", i);
	log_line(&fixture->log, "something else");
	cr_expect_str_eq(read_fixture(fixture),
	    "me: refused 0\nme: refused 1\nme: refused 2\nme: refused 3\n"
	    "me: refused 4\nme: refused 5\nme: refused 6\nme: refused 7\n"
	    "me: refused 8\nme: refused 9\nme: something else\n");
	cr_expect_neq(log_alarm(&fixture->log), NEVER);
	/* The second has passed. */
	fixture->log.topics.seconds[TOPIC_REFUSED].ends -= NS_PER_S;
	fixture->log.topics.due -= NS_PER_S;
	cr_expect_leq(log_alarm(&fixture->log), monotonic_now());
	cr_expect_str_eq(read_fixture(fixture), "me: refused: and 15 more\n");
	cr_expect_eq(log_alarm(&fixture->log), NEVER);
}

Test(log, the_end_tells_how_many_others_there_were)
{
	struct fixture *fixture = open_fixture();
	unsigned i;

	for (i = 0; i < 12; i++)
		log_about(&fixture->log, TOPIC_KILLED, "x");
	read_fixture(fixture);
	log_close(&fixture->log, 0);
	cr_expect_str_eq(
	    read_fixture(fixture), "me: child killed: and 2 more\n");
}

Test(log, a_stalled_reader_is_not_told_and_nobody_waits_for_him)
{
	struct fixture *fixture = open_fixture();
	unsigned i;

	fcntl(fixture->in, F_SETPIPE_SZ, 4096);
	for (i = 0; i < 20; i++)
		log_about(&fixture->log, TOPIC_LOST, "x");
	for (i = 0; i < 5000; i++)
		log_line(&fixture->log, "a line to fill the pipe with");
	fixture->log.topics.seconds[TOPIC_LOST].ends = 1;
	fixture->log.topics.due = 1;
	log_flush(&fixture->log);
	cr_assert(fixture->log.stalled);
	/* Else poll(2) would return at once, again and again. */
	cr_expect_eq(log_alarm(&fixture->log), NEVER);
	cr_expect_eq(fixture->log.topics.seconds[TOPIC_LOST].more, 10);
}
