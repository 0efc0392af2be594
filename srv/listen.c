#include "haild/listen.h"

#include <netinet/in.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "haild/door.h"
#include "haild/steering.h"

#define PORT_TRIES 16

unsigned
listeners_each(unsigned backlog, unsigned burst)
{
	return (burst + backlog) / (backlog + 1);
}

static int
set(int socket, int option, int value)
{
	return setsockopt(socket, SOL_SOCKET, option, &value, sizeof(value));
}

/* A socket for address; -1 with errno. */
static int
new_socket(const struct address *address)
{
	const int family = address->storage.ss_family, on = 1;
	int listener, error;

	listener =
	    socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener == -1)
		return -1;
	if (set(listener, SO_REUSEADDR, 1) == 0 &&
	    (family != AF_INET6 ||
		setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &on,
		    sizeof(on)) == 0)) {
		door_deafen(listener, family, true);
		return listener;
	}
	error = errno;
	close(listener);
	errno = error;
	return -1;
}

static int
bind_to(int listener, const struct address *address)
{
	return bind(listener, (const struct sockaddr *)&address->storage,
	    address->length);
}

/*
 * Claim the address: bound and listening without SO_REUSEPORT the first
 * socket conflicts with every other listener there is. The program is
 * attached beforehand, in the shape of a group, because a socket that
 * listens can be given none; it takes effect when there is a group. The
 * door is bound while that does not conflict yet. Fills in the port if the
 * kernel chose it.
 */
static int
claim(const struct listeners *listeners, int first, struct address *address,
    struct door *door)
{
	if (set(first, SO_REUSEPORT, 1) == -1 ||
	    steering_spread(
		first, address->storage.ss_family, listeners->each) == -1 ||
	    set(first, SO_REUSEPORT, 0) == -1 || bind_to(first, address) == -1)
		return -1;
	address->length = sizeof(address->storage);
	if (getsockname(first, (struct sockaddr *)&address->storage,
		&address->length) == -1 ||
	    door_open(door, address) == -1 ||
	    listen(first, (int)listeners->backlog) == -1)
		return -1;
	/* Others of ours join now, and could of the same user's. */
	return listeners->each == 1 ? 0 : set(first, SO_REUSEPORT, 1);
}

static int
join(const struct listeners *listeners, int listener,
    const struct address *address)
{
	if (set(listener, SO_REUSEPORT, 1) == -1 ||
	    bind_to(listener, address) == -1)
		return -1;
	return listen(listener, (int)listeners->backlog);
}

static size_t
stride(const struct listeners *listeners)
{
	return listeners->each + LISTENERS_DOOR;
}

static void
close_from(struct listeners *listeners, size_t first)
{
	int error = errno;
	size_t i;

	for (i = first; i < listeners->count; i++)
		if (listeners->sockets[i] != -1)
			close(listeners->sockets[i]);
	listeners->count = first;
	errno = error;
}

/* All sockets of one more address. Returns 0, or -1 with errno. */
static int
open_address(struct listeners *listeners, struct address *address)
{
	int *sockets = listeners->sockets + listeners->count;
	struct door door = {-1, -1};
	unsigned i;
	int failed;

	/* Those that will not be opened, if one fails. */
	for (i = 0; i < stride(listeners); i++)
		sockets[i] = -1;
	listeners->count += stride(listeners);
	for (i = 0; i < listeners->each; i++) {
		sockets[i] = new_socket(address);
		if (sockets[i] == -1)
			return -1;
		failed = i == 0 ? claim(listeners, sockets[0], address, &door)
				: join(listeners, sockets[i], address);
		sockets[listeners->each] = door.listener;
		sockets[listeners->each + 1] = door.plug;
		if (failed == -1)
			return -1;
	}
	return 0;
}

/* This machine lacks the address or its family; others may do. */
static bool
absent(int error)
{
	return error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

/*
 * All addresses of the list, on one port. Returns 0, or -1 with errno and
 * the address that failed.
 */
static int
open_all(struct listeners *listeners, const struct address_list *wanted,
    const struct address **failed)
{
	struct address_list *have = &listeners->addresses;
	struct address *address;
	size_t i, before;

	for (i = 0; i < wanted->count; i++) {
		address = &have->at[have->count];
		*address = wanted->at[i];
		if (have->count > 0)
			address_set_port(address, address_port(&have->at[0]));
		*failed = &wanted->at[i];
		before = listeners->count;
		if (open_address(listeners, address) == 0) {
			have->count++;
			continue;
		}
		close_from(listeners, before);
		if (!absent(errno) ||
		    (i + 1 == wanted->count && have->count == 0))
			return -1;
	}
	return 0;
}

static int
refuse(const struct address *address, const struct listeners *listeners,
    struct reason *why)
{
	char name[ADDRESS_STRLEN];

	address_format(address, name);
	switch (errno) {
	case EADDRINUSE:
		return reason_set(
		    why, EX_UNAVAILABLE, "%s: address already in use", name);
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return reason_set(why, EX_UNAVAILABLE,
		    "%s: not an address of this machine", name);
	case EACCES:
		return reason_set(why, EX_NOPERM,
		    "%s: permission denied "
		    "(ports below 1024 need root or CAP_NET_BIND_SERVICE)",
		    name);
	case EMFILE:
		return reason_set(why, EX_OSERR,
		    "%s: a burst of %u at "
		    "backlog %u needs %u sockets, more than RLIMIT_NOFILE "
		    "permits",
		    name, listeners->burst, listeners->backlog,
		    listeners->each);
	default:
		return reason_set(
		    why, EX_OSERR, "%s: %s", name, strerror(errno));
	}
}

int
listeners_open(struct listeners *listeners, const struct address_list *wanted,
    unsigned backlog, unsigned burst, struct reason *why)
{
	const struct address *failed = &wanted->at[0];
	const bool any_port = address_port(failed) == 0;
	int tries = any_port && wanted->count > 1 ? PORT_TRIES : 1;

	*listeners = (struct listeners){
	    .backlog = backlog,
	    .burst = burst,
	    .each = listeners_each(backlog, burst),
	};
	listeners->sockets =
	    calloc(wanted->count * stride(listeners), sizeof(int));
	if (listeners->sockets == NULL)
		return reason_set(why, EX_OSERR, "no memory");
	while (open_all(listeners, wanted, &failed) == -1) {
		close_from(listeners, 0);
		listeners->addresses.count = 0;
		/* The port that was free on one may be taken on another. */
		if (errno == EADDRINUSE && --tries > 0)
			continue;
		refuse(failed, listeners, why);
		listeners_close(listeners);
		return -1;
	}
	return 0;
}

void
listeners_close(struct listeners *listeners)
{
	close_from(listeners, 0);
	free(listeners->sockets);
	listeners->sockets = NULL;
}

bool
listeners_listens(const struct listeners *listeners, size_t i)
{
	return i % stride(listeners) < listeners->each;
}

int
listeners_shut_doors(const struct listeners *listeners)
{
	const int *sockets = listeners->sockets;
	struct door door;
	int result = 0;
	size_t i;

	for (i = 0; i < listeners->addresses.count; i++) {
		door = (struct door){
		    .listener = sockets[listeners->each],
		    .plug = sockets[listeners->each + 1],
		};
		if (door_shut(&door, &listeners->addresses.at[i], sockets[0],
			listeners->each) == -1)
			result = -1;
		sockets += stride(listeners);
	}
	return result;
}

void
listeners_deafen(const struct listeners *listeners, bool deaf)
{
	const struct address *address;
	size_t i;

	for (i = 0; i < listeners->count; i++) {
		address = &listeners->addresses.at[i / stride(listeners)];
		if (listeners_listens(listeners, i))
			door_deafen(listeners->sockets[i],
			    address->storage.ss_family, deaf);
	}
}
