#include "haild/door.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include "deadline.h"
#include "duration.h"
#include "ears.h"
#include "listening.h"
#include "pair.h"
#include "peer.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* The listening sockets of one address, and their door. */
static struct listeners listeners;
static const struct address *const address = &listeners.addresses.at[0];

struct row {
	int family;
	unsigned each;
};

static struct criterion_test_params
all_kinds(void)
{
	static struct row rows[] = {
	    {AF_INET, 1}, {AF_INET, 4}, {AF_INET6, 1}, {AF_INET6, 4}};

	return cr_make_param_array(struct row, rows, COUNT(rows));
}

static int
shut(void)
{
	const struct door door = {
	    .listener = listeners.sockets[listeners.each],
	    .plug = listeners.sockets[listeners.each + 1],
	};

	return door_shut(&door, address, listeners.sockets[0], listeners.each);
}

static int
new_client(void)
{
	const int client = socket(address->storage.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	cr_assert_neq(client, -1, "%m");
	return client;
}

/* Send a SYN, and be sure that it has come to its end. */
static void
knock(int client)
{
	connect(client, (const struct sockaddr *)&address->storage,
	    address->length);
	cr_assert_eq(errno, EINPROGRESS, "%m");
	listening_await_syn();
}

/* Neither let in nor refused: it will try again. */
static bool
tries_again(int client)
{
	struct tcp_info info;
	socklen_t length = sizeof(info);

	cr_assert_eq(
	    getsockopt(client, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
	return info.tcpi_state == TCP_SYN_SENT;
}

ParameterizedTestParameters(door, when_it_is_shut_nobody_new_comes_in)
{
	return all_kinds();
}

ParameterizedTest(struct row *row, door, when_it_is_shut_nobody_new_comes_in)
{
	int i, client;

	listening_open(&listeners, row->family, row->each);
	cr_assert_eq(shut(), 0, "%m");
	for (i = 0; i < 20; i++) {
		client = new_client();
		knock(client);
		cr_assert(tries_again(client), "%d", i);
		close(client);
	}
	listeners_close(&listeners);
}

/* More than one socket has room for, where there are several. */
ParameterizedTestParameters(door, those_who_came_before_are_all_still_there)
{
	return all_kinds();
}

ParameterizedTest(
    struct row *row, door, those_who_came_before_are_all_still_there)
{
	struct connection connection;
	int clients[5], i;

	listening_open(&listeners, row->family, row->each);
	for (i = 0; i < 5; i++)
		clients[i] = peer_connect_to(address);
	cr_assert_eq(shut(), 0, "%m");
	for (i = 0; i < 5; i++) {
		listening_accept(&listeners, &connection);
		peer_send(connection.descriptor, "x", 1);
		close(connection.descriptor);
	}
	for (i = 0; i < 5; i++)
		peer_expect(clients[i], "x", 1);
	listeners_close(&listeners);
}

static void
await_connected(int client)
{
	struct pollfd event = {.fd = client, .events = POLLOUT};

	cr_assert_eq(poll(&event, 1, poll_timeout(deadline_from_now())), 1,
	    "it is not let in");
	cr_expect_eq(event.revents, POLLOUT);
}

/* Its client hears no answer before the door is shut. */
ParameterizedTestParameters(door, a_handshake_under_way_completes)
{
	return all_kinds();
}

ParameterizedTest(struct row *row, door, a_handshake_under_way_completes)
{
	struct connection connection;
	int client;

	listening_open(&listeners, row->family, row->each);
	client = new_client();
	ears_shut(client);
	knock(client);
	cr_assert(tries_again(client));
	cr_assert_eq(shut(), 0, "%m");
	ears_open(client);
	await_connected(client);
	listening_accept(&listeners, &connection);
	peer_send(connection.descriptor, "x", 1);
	close(connection.descriptor);
	peer_expect(client, "x", 1);
	listeners_close(&listeners);
}

/* An acceptor that died may have shut it before. */
ParameterizedTestParameters(door, to_shut_it_again_changes_nothing)
{
	return all_kinds();
}

ParameterizedTest(struct row *row, door, to_shut_it_again_changes_nothing)
{
	int client, i;

	listening_open(&listeners, row->family, row->each);
	for (i = 0; i < 3; i++) {
		cr_assert_eq(shut(), 0, "%d: %m", i);
		client = new_client();
		knock(client);
		cr_expect(tries_again(client), "%d", i);
	}
	listeners_close(&listeners);
}

/* A plug that hears nothing takes no place: the next client would. */
Test(door, it_says_when_it_could_not_be_shut)
{
	listening_open(&listeners, AF_INET, 4);
	ears_shut(listeners.sockets[4 + 1]);
	cr_expect_eq(shut(), -1);
	cr_expect_eq(errno, EADDRINUSE, "%m");
	listeners_close(&listeners);
}
