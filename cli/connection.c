#include "hail/connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "duration.h"

/* Reads in one go, so that one endless sender cannot stop the others. */
#define READS_IN_A_ROW 16

/*
 * A SYN is sent again after a second: handshakes much shorter than that need
 * not be asked, which saves a system call for nearly every connection.
 */
#define SLOW_HANDSHAKE (200 * NS_PER_MS)

void
connection_open(struct connection *conn, const struct address *target,
    const struct source_list *sources, size_t turn)
{
	int family = target->storage.ss_family;

	conn->state = CONNECTION_PREPARED;
	conn->difference.at = UINT64_MAX;
	conn->error = 0;
	conn->peer_ended = false;
	conn->socket =
	    socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (conn->socket == -1 ||
	    source_bind(sources, turn, conn->socket, family) == -1)
		conn->error = errno;
}

void
connection_start(
    struct connection *conn, const struct address *target, int64_t now)
{
	if (conn->started == 0)
		conn->started = now;
	if (conn->error == 0) {
		conn->state = CONNECTION_CONNECTING;
		/* Even a connect that is over at once is told by epoll. */
		if (connect(conn->socket, (const void *)&target->storage,
			target->length) == 0 ||
		    errno == EINPROGRESS)
			return;
		conn->error = errno;
	}
	connection_end(
	    conn, connection_blame(conn->error, CONNECTION_CONNECTING));
}

enum outcome
connection_blame(int error, enum connection_state state)
{
	bool begun = state == CONNECTION_READING;

	switch (error) {
	case ECONNREFUSED:
		return OUTCOME_REFUSED;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENETDOWN:
	case ENONET:
		return OUTCOME_UNREACHABLE;
	case ECONNRESET:
	case ECONNABORTED:
	case EPIPE:
		return begun ? OUTCOME_RESET_WITHIN : OUTCOME_RESET_BEFORE;
	case ETIMEDOUT:
		if (state == CONNECTION_CONNECTING)
			return OUTCOME_CONNECT_TIMEOUT;
		return begun ? OUTCOME_TOTAL_TIMEOUT : OUTCOME_STRANDED;
	case EADDRNOTAVAIL:
	case EAGAIN: /* the same, from older kernels */
		return OUTCOME_NO_PORT;
	case EMFILE:
	case ENFILE:
		return OUTCOME_NO_DESCRIPTOR;
	default:
		return OUTCOME_LOCAL_ERROR;
	}
}

/* The peer has said all: compare the end with what was expected. */
static void
hung_up(struct connection *conn, const struct expectation *expectation)
{
	conn->peer_ended = true;
	if (conn->received == 0)
		connection_end(conn, OUTCOME_EMPTY);
	else if (conn->difference.at != UINT64_MAX)
		connection_end(conn, OUTCOME_MISMATCH);
	else if (expectation_met(expectation, conn->received))
		connection_end(conn, OUTCOME_OK);
	else
		connection_end(conn, OUTCOME_SHORT);
}

/*
 * Verify bytes that came. After a byte that differs the rest is read all the
 * same, for a server that is read to its end is not disturbed; but never
 * more than was expected.
 */
static void
verify(struct connection *conn, const struct expectation *expectation,
    const unsigned char *bytes, size_t length)
{
	size_t good;

	if (conn->difference.at == UINT64_MAX) {
		good = expectation_compare(
		    expectation, conn->received, bytes, length);
		if (good < length) {
			conn->difference.at = conn->received + good;
			conn->difference.came = bytes[good];
			conn->difference.expected = -1;
			if (conn->difference.at < expectation->greeting.length)
				conn->difference.expected =
				    expectation->greeting
					.bytes[conn->difference.at];
		}
	}
	conn->received += length;
	if (conn->difference.at == UINT64_MAX || expectation->any ||
	    conn->received <= expectation->greeting.length)
		return;
	connection_end(conn,
	    conn->difference.expected == -1 ? OUTCOME_EXTRA : OUTCOME_MISMATCH);
}

/* Read what is there; true if the kernel may have more. */
static bool
receive(struct connection *conn, uint32_t events,
    const struct expectation *expectation, unsigned char *buffer, size_t size,
    int64_t now)
{
	/* FIN has come and nothing else: a short read is the last. */
	bool last = (events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP)) == EPOLLRDHUP;
	ssize_t got;
	int reads;

	for (reads = 0; reads < READS_IN_A_ROW; reads++) {
		got = recv(conn->socket, buffer, size, 0);
		/* Whoever resets or speaks this early was connected too. */
		if (conn->connected == 0 && (got >= 0 || errno == ECONNRESET))
			conn->connected = now;
		if (got > 0) {
			if (conn->state != CONNECTION_READING)
				conn->first_byte = now;
			conn->state = CONNECTION_READING;
			verify(conn, expectation, buffer, (size_t)got);
			if (conn->state == CONNECTION_ENDED)
				return false;
			if ((size_t)got == size)
				continue;
			if (!last && (events & (EPOLLERR | EPOLLHUP)) == 0)
				return false;
			if (last)
				got = 0;
		}
		if (got == 0) {
			hung_up(conn, expectation);
			return false;
		}
		if (got == -1 && errno == EAGAIN)
			return false;
		if (got == -1 && errno != EINTR) {
			conn->error = errno;
			conn->peer_ended = true;
			connection_end(conn,
			    conn->difference.at != UINT64_MAX
				? OUTCOME_MISMATCH
				: connection_blame(errno, conn->state));
			return false;
		}
	}
	return true;
}

bool
connection_advance(struct connection *conn, uint32_t events,
    const struct expectation *expectation, bool half_close,
    unsigned char *buffer, size_t size, int64_t now)
{
	const uint32_t failed = EPOLLERR | EPOLLHUP;

	if (conn->state == CONNECTION_CONNECTING) {
		if ((events & (EPOLLOUT | failed)) == EPOLLOUT) {
			conn->state = CONNECTION_WAITING;
			conn->connected = now;
			if (half_close)
				shutdown(conn->socket, SHUT_WR);
		} else if ((events & failed) == 0) {
			return false;
		}
	}
	if ((events & (EPOLLIN | EPOLLRDHUP | failed)) == 0)
		return false;
	return receive(conn, events, expectation, buffer, size, now);
}

void
connection_expire(struct connection *conn)
{
	if (conn->difference.at != UINT64_MAX)
		connection_end(conn, OUTCOME_MISMATCH);
	else
		connection_end(conn, connection_blame(ETIMEDOUT, conn->state));
}

void
connection_end(struct connection *conn, enum outcome outcome)
{
	conn->state = CONNECTION_ENDED;
	conn->outcome = outcome;
}

/* SYNs that were sent again: it has sent nothing else that could be. */
static uint32_t
count_retried_syns(const struct connection *conn)
{
	struct tcp_info info = {0};
	socklen_t length = sizeof(info);

	if (getsockopt(conn->socket, IPPROTO_TCP, TCP_INFO, &info, &length) ==
	    -1)
		return 0;
	return info.tcpi_total_retrans;
}

void
connection_close(struct connection *conn, int64_t now)
{
	const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
	int64_t handshake;

	if (conn->socket == -1)
		return;
	handshake =
	    (conn->connected != 0 ? conn->connected : now) - conn->started;
	if (handshake >= SLOW_HANDSHAKE)
		conn->retried_syns += count_retried_syns(conn);
	/* Unlike SO_LINGER, this reset is not counted by the kernel. */
	if (conn->connected != 0 && !conn->peer_ended)
		connect(conn->socket, &nowhere, sizeof(nowhere));
	close(conn->socket);
	conn->socket = -1;
}
