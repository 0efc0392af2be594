#include "haild/handover.h"

#include <sys/stat.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "post.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static int ends[2];
static struct connection connection;
static enum note note;

static void
open_channel(void)
{
	cr_assert_eq(handover_open(ends, 16), 0, "%m");
	/* As if it were there from the last one. */
	memset(&connection, 0x5a, sizeof(connection));
}

TestSuite(handover, .init = open_channel);

static bool
same_file(int one, int other)
{
	struct stat a, b;

	cr_assert_eq(fstat(one, &a), 0, "%m");
	cr_assert_eq(fstat(other, &b), 0, "%m");
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

Test(handover, a_connection_arrives_with_its_peer)
{
	struct connection sent = {
	    .descriptor = ends[0],
	    .peer.length = sizeof(struct sockaddr_in),
	    .peer.storage.ss_family = AF_INET,
	};

	address_set_port(&sent.peer, 9999);
	cr_assert_eq(handover_send(ends[1], &sent), SENT);
	cr_assert_eq(
	    handover_receive(ends[0], &connection, &note), HANDOVER_CONNECTION);
	cr_expect_neq(connection.descriptor, ends[0]);
	cr_expect(same_file(connection.descriptor, ends[0]));
	cr_expect(fcntl(connection.descriptor, F_GETFD) & FD_CLOEXEC);
	cr_expect_eq(connection.peer.length, sent.peer.length);
	cr_expect_eq(memcmp(&connection.peer.storage, &sent.peer.storage,
			 sent.peer.length),
	    0);
}

Test(handover, a_note_arrives_each_way)
{
	cr_assert_eq(handover_note(ends[0], NOTE_STOP), SENT);
	cr_assert_eq(
	    handover_receive(ends[1], &connection, &note), HANDOVER_NOTE);
	cr_expect_eq(note, NOTE_STOP);
	cr_assert_eq(handover_note(ends[1], NOTE_READY), SENT);
	cr_assert_eq(
	    handover_receive(ends[0], &connection, &note), HANDOVER_NOTE);
	cr_expect_eq(note, NOTE_READY);
}

Test(handover, the_end_comes_after_what_was_sent)
{
	cr_expect_eq(
	    handover_receive(ends[0], &connection, &note), HANDOVER_EMPTY);
	cr_assert_eq(handover_note(ends[1], NOTE_READY), SENT);
	close(ends[1]);
	cr_expect_eq(
	    handover_receive(ends[0], &connection, &note), HANDOVER_NOTE);
	cr_expect_eq(
	    handover_receive(ends[0], &connection, &note), HANDOVER_GONE);
	cr_expect_eq(handover_note(ends[0], NOTE_STOP), SENT_GONE);
}

/* What an acceptor might send that somebody took over. */
struct odd_row {
	size_t length;
	unsigned descriptors;
	enum handover verdict;
};

ParameterizedTestParameters(handover, an_odd_message_costs_no_descriptor)
{
	static struct odd_row rows[] = {
	    {0, 0, HANDOVER_NOTE},
	    {0, 1, HANDOVER_NOTE},
	    {0, 2, HANDOVER_NOTE},
	    {1, 1, HANDOVER_NOTE},
	    {1, 7, HANDOVER_NOTE},
	    {2, 0, HANDOVER_TORN},
	    {2, 1, HANDOVER_CONNECTION},
	    {16, 2, HANDOVER_CONNECTION},
	    {16, 3, HANDOVER_CONNECTION},
	    {16, 7, HANDOVER_CONNECTION},
	    {4096, 0, HANDOVER_TORN},
	    {4096, 1, HANDOVER_CONNECTION},
	};

	return cr_make_param_array(struct odd_row, rows, COUNT(rows));
}

ParameterizedTest(struct odd_row *row, handover,
    an_odd_message_costs_no_descriptor, .init = open_channel)
{
	static const char bytes[4096];
	const int next = post_next_descriptor();

	post_message(ends[1], bytes, row->length, ends[0], row->descriptors);
	cr_expect_eq(
	    handover_receive(ends[0], &connection, &note), row->verdict);
	if (row->verdict == HANDOVER_CONNECTION) {
		cr_expect_eq(connection.descriptor, next);
		cr_expect(same_file(connection.descriptor, ends[0]));
		close(connection.descriptor);
	}
	cr_expect_eq(post_next_descriptor(), next);
	cr_expect_eq(
	    handover_receive(ends[0], &connection, &note), HANDOVER_EMPTY);
}

/* Who reads the address goes by its family, not by its length. */
Test(handover, what_was_not_sent_of_an_address_is_zero)
{
	const sa_family_t family = AF_INET6;
	const struct sockaddr_storage expected = {.ss_family = family};

	post_message(ends[1], &family, sizeof(family), ends[0], 1);
	cr_assert_eq(
	    handover_receive(ends[0], &connection, &note), HANDOVER_CONNECTION);
	cr_expect_eq(connection.peer.length, sizeof(family));
	cr_expect_eq(
	    memcmp(&connection.peer.storage, &expected, sizeof(expected)), 0);
}

Test(handover, of_too_long_an_address_the_end_is_cut)
{
	char bytes[2 * sizeof(struct sockaddr_storage)];

	memset(bytes, 'x', sizeof(bytes));
	post_message(ends[1], bytes, sizeof(bytes), ends[0], 1);
	cr_assert_eq(
	    handover_receive(ends[0], &connection, &note), HANDOVER_CONNECTION);
	cr_expect_eq(connection.peer.length, sizeof(struct sockaddr_storage));
}
