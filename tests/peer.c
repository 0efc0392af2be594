#include "peer.h"

#include <sys/socket.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "duration.h"

static void
await(int conn, short events, const char *what)
{
	struct pollfd event = {.fd = conn, .events = events};
	int64_t until = deadline_from_now();
	int ready;

	do
		ready = poll(&event, 1, poll_timeout(until));
	while (ready == -1 && errno == EINTR);
	cr_assert_eq(ready, 1, "%s: not in time", what);
}

static int
open_socket(int family)
{
	int conn =
	    socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	cr_assert_neq(conn, -1, "socket: %m");
	return conn;
}

static void
connect_socket(int conn, const struct address *address)
{
	int error;

	if (connect(conn, (const struct sockaddr *)&address->storage,
		address->length) == 0)
		return;
	cr_assert_eq(errno, EINPROGRESS, "connect: %m");
	await(conn, POLLOUT, "connecting");
	getsockopt(
	    conn, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){sizeof(error)});
	cr_assert_eq(error, 0, "connect: %s", strerror(error));
}

static int
connect_to(const struct address *address, int receive_buffer)
{
	int conn = open_socket(address->storage.ss_family);

	if (receive_buffer != 0)
		setsockopt(conn, SOL_SOCKET, SO_RCVBUF, &receive_buffer,
		    sizeof(receive_buffer));
	connect_socket(conn, address);
	return conn;
}

static struct address
on_loopback(unsigned port)
{
	struct address address = {.length = sizeof(struct sockaddr_in)};
	struct sockaddr_in *v4 = (void *)&address.storage;

	v4->sin_family = AF_INET;
	v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address_set_port(&address, port);
	return address;
}

int
peer_connect_to(const struct address *address)
{
	return connect_to(address, 0);
}

int
peer_connect(unsigned port)
{
	struct address address = on_loopback(port);

	return connect_to(&address, 0);
}

int
peer_connect_from(const char *source, unsigned port)
{
	struct address_list from, to;
	struct reason why;
	char number[8];
	int conn;

	snprintf(number, sizeof(number), "%u", port);
	cr_assert_eq(address_resolve(source, "0", ADDRESS_LISTEN, &from, &why),
	    0, "%s", why.text);
	cr_assert_eq(address_resolve(strchr(source, ':') ? "::1" : "127.0.0.1",
			 number, ADDRESS_CONNECT, &to, &why),
	    0, "%s", why.text);
	conn = open_socket(from.at[0].storage.ss_family);
	cr_assert_eq(bind(conn, (const struct sockaddr *)&from.at[0].storage,
			 from.at[0].length),
	    0, "%s: %m", source);
	connect_socket(conn, &to.at[0]);
	return conn;
}

int
peer_connect_slowly(unsigned port)
{
	struct address address = on_loopback(port);

	return connect_to(&address, 1);
}

void
peer_await_listener(unsigned port)
{
	struct address address = on_loopback(port);
	int64_t until = deadline_from_now();
	int conn, result;

	do {
		cr_assert_lt(monotonic_now(), until, "nobody listens");
		conn = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		result = connect(conn,
		    (const struct sockaddr *)&address.storage, address.length);
		close(conn);
	} while (result == -1);
}

char *
peer_name(int conn, char name[ADDRESS_STRLEN])
{
	struct address own = {.length = sizeof(own.storage)};

	cr_assert_eq(
	    getsockname(conn, (struct sockaddr *)&own.storage, &own.length), 0);
	return address_format(&own, name);
}

void
peer_send(int conn, const void *bytes, size_t length)
{
	const char *next = bytes;
	ssize_t sent;

	while (length > 0) {
		await(conn, POLLOUT, "sending");
		sent = send(conn, next, length, MSG_NOSIGNAL);
		cr_assert_gt(sent, 0, "send: %m");
		next += sent;
		length -= (size_t)sent;
	}
}

size_t
peer_read(int conn, void *bytes, size_t size)
{
	ssize_t got;

	await(conn, POLLIN, "reading");
	got = recv(conn, bytes, size, 0);
	cr_assert_geq(got, 0, "recv: %m");
	return (size_t)got;
}

void
peer_await_input(int conn, int bytes)
{
	const int one = 1;

	/* poll(2) heeds it, socket(7). */
	setsockopt(conn, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
	await(conn, POLLIN, "reading");
	setsockopt(conn, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof(one));
}

size_t
peer_read_all(int conn, void *bytes, size_t size)
{
	size_t have = 0, got;
	char beyond;

	while (have < size) {
		if ((got = peer_read(
			 conn, (char *)bytes + have, size - have)) == 0)
			return have;
		have += got;
	}
	cr_assert_eq(
	    peer_read(conn, &beyond, 1), 0, "more came than %zu bytes", size);
	return have;
}

void
peer_expect(int conn, const void *bytes, size_t length)
{
	char *got = malloc(length);
	size_t have;

	have = peer_read_all(conn, got, length);
	cr_assert_eq(have, length, "%zu bytes came, not %zu", have, length);
	cr_assert_eq(memcmp(got, bytes, length), 0, "other bytes came");
	free(got);
}

void
peer_reset(int conn)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(conn, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(conn);
}

bool
peer_was_reset(int conn)
{
	struct pollfd event = {.fd = conn};

	poll(&event, 1, 0);
	return (event.revents & POLLERR) != 0;
}

void
peer_visit(unsigned port, const void *bytes, size_t length)
{
	int conn = peer_connect(port);

	peer_expect(conn, bytes, length);
	close(conn);
}
