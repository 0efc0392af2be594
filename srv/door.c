#include "haild/door.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "haild/steering.h"

static int
switch_on(int socket, int option)
{
	const int on = 1;

	return setsockopt(socket, SOL_SOCKET, option, &on, sizeof(on));
}

static int
new_socket(int family)
{
	const int on = 1;
	int one;

	one = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (one != -1 && family == AF_INET6)
		setsockopt(one, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	return one;
}

int
door_open(struct door *door, const struct address *address)
{
	const struct sockaddr *any = (const void *)&address->storage;

	door->listener = new_socket(any->sa_family);
	door->plug = new_socket(any->sa_family);
	if (door->listener != -1 && door->plug != -1 &&
	    switch_on(door->listener, SO_REUSEADDR) == 0 &&
	    bind(door->listener, any, address->length) == 0)
		return 0;
	return -1;
}

/* The plug takes any free port; that port alone is steered to the door. */
static int
plug_in(const struct door *door, const struct address *address, int first,
    unsigned each)
{
	struct address own = {.length = address->length};

	own.storage.ss_family = address->storage.ss_family;
	if (bind(door->plug, (const struct sockaddr *)&own.storage,
		own.length) == -1 ||
	    getsockname(door->plug, (struct sockaddr *)&own.storage,
		&own.length) == -1 ||
	    steering_divert(
		first, own.storage.ss_family, address_port(&own), each) == -1)
		return -1;
	if (connect(door->plug, (const struct sockaddr *)&address->storage,
		address->length) == -1 &&
	    errno != EINPROGRESS)
		return -1;
	return 0;
}

/* Of a listening socket TCP_INFO tells the length of its accept queue. */
static bool
plugged(const struct door *door)
{
	struct tcp_info info;
	socklen_t length = sizeof(info);

	return getsockopt(door->listener, IPPROTO_TCP, TCP_INFO, &info,
		   &length) == 0 &&
	    info.tcpi_unacked > 0;
}

int
door_shut(const struct door *door, const struct address *address, int first,
    unsigned each)
{
	/* By an acceptor that died since: the plug still holds the place. */
	if (plugged(door))
		return steering_all(first, each);
	/* A single socket was no group so far; its program was in wait. */
	if (switch_on(first, SO_REUSEPORT) == -1 ||
	    switch_on(door->listener, SO_REUSEPORT) == -1 ||
	    listen(door->listener, 0) == -1 ||
	    plug_in(door, address, first, each) == -1)
		return -1;
	if (!plugged(door)) {
		errno = EADDRINUSE;
		return -1;
	}
	return steering_all(first, each);
}

void
door_deafen(int listener, int family, bool deaf)
{
	const int least = deaf ? 255 : 0;

	/* Best effort: without it a storm costs a few their connections. */
	if (family == AF_INET6)
		setsockopt(listener, IPPROTO_IPV6, IPV6_MINHOPCOUNT, &least,
		    sizeof(least));
	else
		setsockopt(
		    listener, IPPROTO_IP, IP_MINTTL, &least, sizeof(least));
}
