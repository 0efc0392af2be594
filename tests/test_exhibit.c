#include "hail/exhibit.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

/* What a server says, shown on a stdout that the test reads. */

static struct exhibit exhibit;
static struct reason why;
static int out; /* what is shown comes out here */

/* A pipe in place of stdout. */
static void
open_pipe(bool quiet)
{
	int ends[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0, "%m");
	cr_assert_neq(dup2(ends[1], STDOUT_FILENO), -1, "%m");
	close(ends[1]);
	out = ends[0];
	exhibit_open(&exhibit, quiet);
}

/* A terminal that changes nothing by itself. */
static void
open_terminal(void)
{
	struct termios raw;
	int terminal;

	setlocale(LC_CTYPE, "C.UTF-8");
	cr_assert_eq(openpty(&out, &terminal, NULL, NULL, NULL), 0, "%m");
	tcgetattr(terminal, &raw);
	cfmakeraw(&raw);
	tcsetattr(terminal, TCSANOW, &raw);
	cr_assert_neq(dup2(terminal, STDOUT_FILENO), -1, "%m");
	close(terminal);
	exhibit_open(&exhibit, false);
}

/* The server says so much; returns as exhibit_show. */
static int
say(const char *bytes, size_t length)
{
	unsigned char *place;
	size_t room;

	place = exhibit_room(&exhibit, &room);
	cr_assert_geq(room, length);
	memcpy(place, bytes, length);
	return exhibit_show(&exhibit, length, &why);
}

/* What can be read now is exactly this. */
static void
assert_shown(const char *bytes, size_t length)
{
	char got[256];

	fcntl(out, F_SETFL, O_NONBLOCK);
	cr_expect_eq(
	    read(out, got, sizeof(got)), length > 0 ? (ssize_t)length : -1);
	cr_expect_eq(memcmp(got, bytes, length), 0);
}

Test(exhibit, a_file_gets_each_byte_as_it_is)
{
	static const char bytes[] = "a\0\033[31m\xff\xe2\x82";

	open_pipe(false);
	cr_assert_eq(say(bytes, sizeof(bytes)), 0, "%s", why.text);
	assert_shown(bytes, sizeof(bytes));
	cr_assert_eq(exhibit_close(&exhibit, &why), 0);
	assert_shown("", 0);
}

Test(exhibit, quietly_nothing_is_shown_and_there_is_always_room)
{
	static const char bytes[EXHIBIT_SIZE];
	int i;

	open_pipe(true);
	for (i = 0; i < 3; i++)
		cr_assert_eq(say(bytes, sizeof(bytes)), 0, "%s", why.text);
	cr_assert_eq(exhibit_close(&exhibit, &why), 0);
	assert_shown("", 0);
}

Test(exhibit, a_terminal_is_shown_what_is_harmless)
{
	open_terminal();
	cr_assert_eq(say("\033[31mred\r\n", 10), 0, "%s", why.text);
	assert_shown("\\^[[31mred\r\n", 12);
}

/* Half a character waits for its other half, or for the end. */
Test(exhibit, a_character_in_two_parts_is_shown_whole)
{
	size_t room;

	open_terminal();
	cr_assert_eq(say("a\xe2\x82", 3), 0, "%s", why.text);
	assert_shown("a", 1);
	exhibit_room(&exhibit, &room);
	cr_expect_eq(room, EXHIBIT_SIZE - 2);
	cr_assert_eq(say("\xac", 1), 0, "%s", why.text);
	assert_shown("\xe2\x82\xac", 3);
	cr_assert_eq(say("\xc3", 1), 0, "%s", why.text);
	assert_shown("", 0);
	cr_assert_eq(exhibit_close(&exhibit, &why), 0);
	assert_shown("\\M-C", 4);
}

static void *
read_all(void *bytes)
{
	size_t have = 0;
	ssize_t got;

	while ((got = read(out, (char *)bytes + have, EXHIBIT_SIZE - have)) > 0)
		have += (size_t)got;
	return NULL;
}

/* Somebody made the pipe non-blocking, and it takes less than there is. */
Test(exhibit, a_slow_reader_gets_all)
{
	static char sent[EXHIBIT_SIZE], got[EXHIBIT_SIZE];
	pthread_t reader;
	size_t i;

	for (i = 0; i < sizeof(sent); i++)
		sent[i] = (char)(i * 7 + i / 251);
	open_pipe(false);
	fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 4096);
	fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK);
	cr_assert_eq(pthread_create(&reader, NULL, read_all, got), 0);
	cr_assert_eq(say(sent, sizeof(sent)), 0, "%s", why.text);
	close(STDOUT_FILENO);
	pthread_join(reader, NULL);
	cr_expect_eq(memcmp(got, sent, sizeof(sent)), 0);
}

Test(exhibit, a_reader_who_is_gone_is_told)
{
	signal(SIGPIPE, SIG_IGN);
	open_pipe(false);
	close(out);
	cr_assert_eq(say("hello\n", 6), -1);
	cr_expect_str_eq(why.text, "stdout: Broken pipe");
	cr_expect_eq(why.status, EX_IOERR);
}
