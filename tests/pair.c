#include "pair.h"

#include <sys/socket.h>

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "deadline.h"
#include "duration.h"
#include "peer.h"

int
pair_listen(unsigned *port)
{
	struct sockaddr_in own = {
	    .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(own);
	int listener;

	listener =
	    socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(listener, (const struct sockaddr *)&own, length), 0,
	    "bind: %m");
	cr_assert_eq(listen(listener, 5), 0, "listen: %m");
	getsockname(listener, (struct sockaddr *)&own, &length);
	*port = ntohs(own.sin_port);
	return listener;
}

void
pair_await(int listener)
{
	struct pollfd event = {.fd = listener, .events = POLLIN};

	cr_assert_eq(poll(&event, 1, poll_timeout(deadline_from_now())), 1,
	    "nobody came in time");
}

static void
open_through(struct pair *pair, int listener, int client)
{
	pair_await(listener);
	pair->client = client;
	pair->conn =
	    accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	cr_assert_neq(pair->conn, -1, "accept: %m");
	close(listener);
}

void
pair_open(struct pair *pair)
{
	unsigned port;
	int listener = pair_listen(&port);

	open_through(pair, listener, peer_connect(port));
}

void
pair_open_narrow(struct pair *pair)
{
	const int least = 1;
	unsigned port;
	int listener = pair_listen(&port);

	open_through(pair, listener, peer_connect_slowly(port));
	setsockopt(pair->conn, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
	setsockopt(pair->client, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
}
