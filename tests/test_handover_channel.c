#include "haild/handover.h"

#include <sys/stat.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"

/* A connection from one end of a channel to the other, one step at a time. */

enum { PARENT, ACCEPTOR }; /* who has which end */

static void
open_channel(int ends[2], unsigned connections)
{
	cr_assert_eq(handover_open(ends, connections), 0, "%m");
}

/* What is handed over is any descriptor; this one is a file of its own. */
static struct connection
connection_from(const char *host)
{
	struct address_list list;
	struct reason why;
	int pipe_ends[2];

	cr_assert_eq(address_resolve(host, "80", ADDRESS_CONNECT, &list, &why),
	    0, "%s", why.text);
	cr_assert_eq(pipe2(pipe_ends, O_CLOEXEC), 0, "%m");
	close(pipe_ends[1]);
	return (struct connection){pipe_ends[0], list.at[0]};
}

static enum sent
send_from(int channel, const char *host)
{
	const struct connection connection = connection_from(host);
	const enum sent sent = handover_send(channel, &connection);

	close(connection.descriptor);
	return sent;
}

/* Receive a connection, and say who is at its other end. */
static const char *
received_from(int channel)
{
	static char name[ADDRESS_STRLEN];
	struct connection connection;
	enum note note;

	cr_assert_eq(
	    handover_receive(channel, &connection, &note), HANDOVER_CONNECTION);
	cr_assert_eq(close(connection.descriptor), 0);
	return address_format(&connection.peer, name);
}

/* What comes next, if that is no connection. */
static enum handover
received(int channel)
{
	struct connection connection;
	enum note note;

	return handover_receive(channel, &connection, &note);
}

static bool
same_file(int one, int other)
{
	struct stat a, b;

	cr_assert_eq(fstat(one, &a), 0, "%m");
	cr_assert_eq(fstat(other, &b), 0, "%m");
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

struct host_row {
	char host[48];
};

ParameterizedTestParameters(handover_channel, it_arrives_whole)
{
	static struct host_row rows[] = {
	    {"127.0.0.1"}, {"255.255.255.255"}, {"::1"}, {"2001:db8::ff"}};

	return cr_make_param_array(
	    struct host_row, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(struct host_row *row, handover_channel, it_arrives_whole)
{
	const struct connection sent = connection_from(row->host);
	struct connection got;
	enum note note;
	int ends[2];

	open_channel(ends, 1);
	cr_assert_eq(handover_send(ends[ACCEPTOR], &sent), SENT);
	cr_assert_eq(
	    handover_receive(ends[PARENT], &got, &note), HANDOVER_CONNECTION);
	cr_expect_eq(got.peer.length, sent.peer.length);
	cr_expect_eq(
	    memcmp(&got.peer.storage, &sent.peer.storage, sent.peer.length), 0);
	/* Another descriptor of the same file, which no program inherits. */
	cr_expect_neq(got.descriptor, sent.descriptor);
	cr_expect(same_file(got.descriptor, sent.descriptor));
	cr_expect_eq(fcntl(got.descriptor, F_GETFD), FD_CLOEXEC);
	cr_expect_eq(received(ends[PARENT]), HANDOVER_EMPTY);
}

Test(handover_channel,
    a_new_channel_blocks_nobody_and_is_inherited_by_no_program)
{
	int ends[2], i;

	open_channel(ends, 1);
	for (i = 0; i < 2; i++) {
		cr_expect_eq(received(ends[i]), HANDOVER_EMPTY);
		cr_expect_eq(fcntl(ends[i], F_GETFD), FD_CLOEXEC);
		cr_expect(fcntl(ends[i], F_GETFL) & O_NONBLOCK);
	}
}

Test(handover_channel, notes_and_connections_keep_their_order)
{
	static const enum note notes[] = {
	    NOTE_READY, NOTE_LATE, NOTE_STOP, NOTE_ROOM};
	struct connection connection;
	enum note note;
	int ends[2];
	size_t i;

	open_channel(ends, 100);
	for (i = 0; i < 4; i++) {
		cr_assert_eq(handover_note(ends[ACCEPTOR], notes[i]), SENT);
		cr_assert_eq(send_from(ends[ACCEPTOR], "192.0.2.1"), SENT);
		cr_assert_eq(send_from(ends[ACCEPTOR], "192.0.2.2"), SENT);
	}
	for (i = 0; i < 4; i++) {
		cr_assert_eq(handover_receive(ends[PARENT], &connection, &note),
		    HANDOVER_NOTE);
		cr_expect_eq(note, notes[i]);
		cr_expect_str_eq(received_from(ends[PARENT]), "192.0.2.1:80");
		cr_expect_str_eq(received_from(ends[PARENT]), "192.0.2.2:80");
	}
	cr_expect_eq(received(ends[PARENT]), HANDOVER_EMPTY);
}

/* How many connections the channel takes until it is full. */
static unsigned
fill(int channel)
{
	unsigned count = 0;
	enum sent sent;

	while ((sent = send_from(channel, "::1")) == SENT)
		count++;
	cr_assert_eq(sent, SENT_FULL);
	return count;
}

Test(handover_channel, a_full_channel_takes_more_when_some_was_received)
{
	struct connection connection;
	unsigned count;
	int ends[2];

	open_channel(ends, 8);
	connection = connection_from("192.0.2.1");
	count = fill(ends[ACCEPTOR]);
	cr_assert_gt(count, 0);
	cr_expect_eq(handover_note(ends[ACCEPTOR], NOTE_READY), SENT_FULL);
	/* It is still the sender's, to try again. */
	cr_expect_eq(handover_send(ends[ACCEPTOR], &connection), SENT_FULL);
	cr_expect_neq(fcntl(connection.descriptor, F_GETFD), -1);
	for (; count > 0; count--)
		received_from(ends[PARENT]);
	cr_expect_eq(received(ends[PARENT]), HANDOVER_EMPTY);
	cr_expect_eq(handover_send(ends[ACCEPTOR], &connection), SENT);
	cr_expect_str_eq(received_from(ends[PARENT]), "192.0.2.1:80");
}

Test(handover_channel, a_channel_holds_about_as_many_as_asked_for)
{
	int ends[2];

	machine_root_or_skip(); /* SO_SNDBUFFORCE */
	open_channel(ends, 1000);
	cr_expect_geq(fill(ends[ACCEPTOR]), 1000);
	open_channel(ends, 8);
	cr_expect_leq(fill(ends[ACCEPTOR]), 100);
}
