#include "hail/connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "duration.h"
#include "machine.h"
#include "procfs.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A connection to a server that is this test itself. */
static struct connection conn;
static struct address target;
static struct source_list no_sources;
static struct expectation expectation;
static int listener, server = -1, events;
static unsigned char buffer[64];

static void
listen_on_loopback(void)
{
	struct sockaddr_in *own = (void *)&target.storage;
	struct reason why;

	own->sin_family = AF_INET;
	own->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	target.length = sizeof(*own);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(bind(listener, (void *)own, sizeof(*own)), 0, "%m");
	cr_assert_eq(listen(listener, 1), 0, "%m");
	getsockname(listener, (void *)own, &target.length);
	greeting_from_text(&expectation.greeting, "hello", &why);
}

/* Start, and accept at the other end. */
static void
connect_and_accept(void)
{
	struct epoll_event event = {
	    .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
	};

	connection_open(&conn, &target, &no_sources, 0);
	cr_assert_eq(conn.state, CONNECTION_PREPARED);
	events = epoll_create1(0);
	epoll_ctl(events, EPOLL_CTL_ADD, conn.socket, &event);
	connection_start(&conn, &target, 1);
	cr_assert_eq(conn.state, CONNECTION_CONNECTING);
	server = accept(listener, NULL, NULL);
	cr_assert_neq(server, -1, "%m");
}

/* Wait until the kernel says something of conn and move on by it. */
static void
advance(int64_t now)
{
	struct epoll_event event;

	cr_assert_eq(
	    epoll_wait(events, &event, 1, poll_timeout(deadline_from_now())), 1,
	    "nothing happened");
	connection_advance(&conn, event.events, &expectation, false, buffer,
	    sizeof(buffer), now);
}

static void
say(const char *words)
{
	cr_assert_eq(send(server, words, strlen(words), MSG_NOSIGNAL),
	    (ssize_t)strlen(words), "%m");
}

static void
expect_end(enum outcome outcome)
{
	cr_assert_eq(conn.state, CONNECTION_ENDED);
	cr_expect_eq(conn.outcome, outcome, "%s", outcome_words(conn.outcome));
}

TestSuite(connection, .init = listen_on_loopback);

Test(connection, each_step_is_timed)
{
	connect_and_accept();
	advance(10);
	cr_expect_eq(conn.state, CONNECTION_WAITING);
	say("hel");
	advance(20);
	cr_expect_eq(conn.state, CONNECTION_READING);
	say("lo");
	advance(30);
	cr_expect_eq(conn.state, CONNECTION_READING);
	close(server);
	advance(40);
	expect_end(OUTCOME_OK);
	cr_expect_eq(conn.started, 1);
	cr_expect_eq(conn.connected, 10);
	cr_expect_eq(conn.first_byte, 20);
	cr_expect_eq(conn.received, 5);
}

Test(connection, all_at_once_is_one_step)
{
	connect_and_accept();
	say("hello");
	close(server);
	advance(10);
	expect_end(OUTCOME_OK);
	cr_expect_eq(conn.connected, 10);
	cr_expect_eq(conn.first_byte, 10);
}

struct said {
	char words[16];
	enum outcome outcome;
	uint64_t differs_at;
	int came, expected;
};

ParameterizedTestParameters(connection, what_is_said_decides)
{
	static struct said rows[] = {
	    {"hello", OUTCOME_OK, UINT64_MAX, 0, 0},
	    {"hell", OUTCOME_SHORT, UINT64_MAX, 0, 0},
	    {"", OUTCOME_EMPTY, UINT64_MAX, 0, 0},
	    {"hello!", OUTCOME_EXTRA, 5, '!', -1},
	    {"jello", OUTCOME_MISMATCH, 0, 'j', 'h'},
	    {"hexlo", OUTCOME_MISMATCH, 2, 'x', 'l'},
	    {"hex", OUTCOME_MISMATCH, 2, 'x', 'l'},
	    {"hexlo!", OUTCOME_MISMATCH, 2, 'x', 'l'},
	};

	return cr_make_param_array(struct said, rows, COUNT(rows));
}

ParameterizedTest(struct said *row, connection, what_is_said_decides)
{
	connect_and_accept();
	say(row->words);
	close(server);
	advance(10);
	expect_end(row->outcome);
	cr_assert_eq(conn.difference.at, row->differs_at);
	if (row->differs_at == UINT64_MAX)
		return;
	cr_expect_eq(conn.difference.came, row->came);
	cr_expect_eq(conn.difference.expected, row->expected);
}

Test(connection, more_than_the_buffer_is_read_bit_by_bit)
{
	static char words[3 * sizeof(buffer) + 1];
	struct reason why;

	memset(words, 'x', sizeof(words) - 1);
	greeting_from_text(&expectation.greeting, words, &why);
	connect_and_accept();
	say(words);
	close(server);
	advance(10);
	expect_end(OUTCOME_OK);
}

Test(connection, an_endless_sender_does_not_hold_up_the_loop)
{
	static char words[64 * sizeof(buffer) + 1];

	memset(words, 'x', sizeof(words) - 1);
	expectation.any = true;
	connect_and_accept();
	say(words);
	cr_expect(connection_advance(&conn, EPOLLIN | EPOLLOUT, &expectation,
	    false, buffer, sizeof(buffer), 10));
	cr_expect_eq(conn.state, CONNECTION_READING);
	cr_expect_lt(conn.received, sizeof(words) - 1);
}

Test(connection, a_reset_is_told_by_when_it_comes)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};

	connect_and_accept();
	advance(10);
	setsockopt(server, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(server);
	advance(20);
	expect_end(OUTCOME_RESET_BEFORE);

	conn = (struct connection){.socket = -1};
	connect_and_accept();
	say("hello");
	advance(10);
	setsockopt(server, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(server);
	advance(20);
	expect_end(OUTCOME_RESET_WITHIN);
}

Test(connection, a_reset_before_anyone_looked_was_a_connection_too)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};

	connect_and_accept();
	setsockopt(server, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(server);
	advance(10);
	expect_end(OUTCOME_RESET_BEFORE);
	cr_expect_eq(conn.connected, 10);
}

Test(connection, a_late_one_ends_by_how_far_it_came)
{
	connect_and_accept();
	conn.state = CONNECTION_CONNECTING;
	connection_expire(&conn);
	expect_end(OUTCOME_CONNECT_TIMEOUT);
	conn.state = CONNECTION_WAITING;
	connection_expire(&conn);
	expect_end(OUTCOME_STRANDED);
	conn.state = CONNECTION_READING;
	connection_expire(&conn);
	expect_end(OUTCOME_TOTAL_TIMEOUT);
	conn.state = CONNECTION_READING;
	conn.difference.at = 3;
	connection_expire(&conn);
	expect_end(OUTCOME_MISMATCH);
}

Test(connection, where_nobody_listens_it_is_refused)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET};

	close(listener);
	connection_open(&conn, &target, &no_sources, 0);
	events = epoll_create1(0);
	epoll_ctl(events, EPOLL_CTL_ADD, conn.socket, &event);
	connection_start(&conn, &target, 1);
	advance(10);
	expect_end(OUTCOME_REFUSED);
	cr_expect_eq(conn.connected, 0);
}

Test(connection, without_a_socket_it_ends_when_it_starts_and_not_before)
{
	connection_open(&conn, &target, &no_sources, 0);
	conn.error = EMFILE;
	cr_expect_eq(conn.state, CONNECTION_PREPARED);
	connection_start(&conn, &target, 1);
	expect_end(OUTCOME_NO_DESCRIPTOR);
}

/* What the server reads after its client has ended with that outcome. */
static ssize_t
read_after_close(enum outcome outcome, bool peer_ended)
{
	struct pollfd polled = {.events = POLLIN};
	char byte;

	connect_and_accept();
	advance(10);
	conn.peer_ended = peer_ended;
	connection_end(&conn, outcome);
	connection_close(&conn, 20);
	cr_expect_eq(conn.socket, -1);
	polled.fd = server;
	cr_assert_eq(poll(&polled, 1, poll_timeout(deadline_from_now())), 1);
	return read(server, &byte, 1);
}

Test(connection, what_the_peer_did_not_end_is_reset)
{
	int64_t before;

	/* A network of its own, for its counters are of all. */
	machine_own_network_or_skip();
	listen_on_loopback();
	before = procfs_counter("TcpExt", "TCPAbortOnData");
	cr_expect_eq(read_after_close(OUTCOME_STRANDED, false), -1);
	cr_expect_eq(errno, ECONNRESET);
	cr_expect_eq(procfs_counter("TcpExt", "TCPAbortOnData"), before,
	    "the kernel took it for a server's");
}

Test(connection, what_the_peer_ended_is_closed)
{
	cr_expect_eq(read_after_close(OUTCOME_OK, true), 0);
}

struct blame {
	int error;
	enum connection_state state;
	enum outcome outcome;
};

ParameterizedTestParameters(connection, every_errno_has_an_outcome)
{
	static struct blame rows[] = {
	    {ECONNREFUSED, CONNECTION_CONNECTING, OUTCOME_REFUSED},
	    {EHOSTUNREACH, CONNECTION_CONNECTING, OUTCOME_UNREACHABLE},
	    {ENETUNREACH, CONNECTION_CONNECTING, OUTCOME_UNREACHABLE},
	    {EHOSTDOWN, CONNECTION_WAITING, OUTCOME_UNREACHABLE},
	    {ENETDOWN, CONNECTION_CONNECTING, OUTCOME_UNREACHABLE},
	    {ECONNRESET, CONNECTION_CONNECTING, OUTCOME_RESET_BEFORE},
	    {ECONNRESET, CONNECTION_WAITING, OUTCOME_RESET_BEFORE},
	    {ECONNRESET, CONNECTION_READING, OUTCOME_RESET_WITHIN},
	    {EPIPE, CONNECTION_READING, OUTCOME_RESET_WITHIN},
	    {ETIMEDOUT, CONNECTION_CONNECTING, OUTCOME_CONNECT_TIMEOUT},
	    {ETIMEDOUT, CONNECTION_WAITING, OUTCOME_STRANDED},
	    {ETIMEDOUT, CONNECTION_READING, OUTCOME_TOTAL_TIMEOUT},
	    {EADDRNOTAVAIL, CONNECTION_CONNECTING, OUTCOME_NO_PORT},
	    {EMFILE, CONNECTION_CONNECTING, OUTCOME_NO_DESCRIPTOR},
	    {ENFILE, CONNECTION_CONNECTING, OUTCOME_NO_DESCRIPTOR},
	    {EPERM, CONNECTION_CONNECTING, OUTCOME_LOCAL_ERROR},
	    {ENOBUFS, CONNECTION_CONNECTING, OUTCOME_LOCAL_ERROR},
	    {EAFNOSUPPORT, CONNECTION_CONNECTING, OUTCOME_LOCAL_ERROR},
	};

	return cr_make_param_array(struct blame, rows, COUNT(rows));
}

ParameterizedTest(struct blame *row, connection, every_errno_has_an_outcome)
{
	cr_expect_eq(connection_blame(row->error, row->state), row->outcome,
	    "%s: %s", strerror(row->error),
	    outcome_words(connection_blame(row->error, row->state)));
}
