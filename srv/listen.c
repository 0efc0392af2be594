#include "haild/listen.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "haild/steering.h"

#define PORT_TRIES 16

unsigned
listeners_each(unsigned backlog, unsigned burst)
{
	return (burst + backlog) / (backlog + 1);
}

static int
switch_on(int socket, int level, int option)
{
	const int on = 1;

	return setsockopt(socket, level, option, &on, sizeof(on));
}

/*
 * One listening socket, or -1 with errno. The first of an address claims it:
 * bound and listening without SO_REUSEPORT, it conflicts with every other
 * listener there is. Only then does it let others join, which the kernel
 * permits to processes of the same user.
 */
static int
listen_on(const struct address *address, unsigned backlog, bool first,
    bool alone)
{
	const struct sockaddr *any = (const void *)&address->storage;
	int listener, error;

	listener = socket(any->sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener == -1)
		return -1;
	if (switch_on(listener, SOL_SOCKET, SO_REUSEADDR) == 0 &&
	    (any->sa_family != AF_INET6 ||
	    switch_on(listener, IPPROTO_IPV6, IPV6_V6ONLY) == 0) &&
	    (first || switch_on(listener, SOL_SOCKET, SO_REUSEPORT) == 0) &&
	    bind(listener, any, address->length) == 0 &&
	    listen(listener, (int)backlog) == 0 &&
	    (alone || !first ||
	    switch_on(listener, SOL_SOCKET, SO_REUSEPORT) == 0))
		return listener;
	error = errno;
	close(listener);
	errno = error;
	return -1;
}

/* The sockets of one address; fills in the port if the kernel chose it. */
static int
open_address(struct listeners *listeners, struct address *address)
{
	const unsigned each = listeners->each;
	unsigned i;
	int listener;

	for (i = 0; i < each; i++) {
		listener = listen_on(address, listeners->backlog, i == 0,
		    each == 1);
		if (listener == -1)
			return -1;
		listeners->sockets[listeners->count++] = listener;
		address->length = sizeof(address->storage);
		if (i == 0 && getsockname(listener,
		    (struct sockaddr *)&address->storage,
		    &address->length) == -1)
			return -1;
	}
	if (each > 1)
		return steering_attach(listeners->sockets[listeners->count - 1],
		    address->storage.ss_family, each);
	return 0;
}

static void
close_sockets(struct listeners *listeners)
{
	while (listeners->count > 0)
		close(listeners->sockets[--listeners->count]);
	listeners->addresses.count = 0;
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
		if (open_address(listeners, address) == 0)
			have->count++;
		else if (!absent(errno) || listeners->count > before ||
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
		return reason_set(why, EX_UNAVAILABLE,
		    "%s: address already in use", name);
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return reason_set(why, EX_UNAVAILABLE,
		    "%s: not an address of this machine", name);
	case EACCES:
		return reason_set(why, EX_NOPERM, "%s: permission denied "
		    "(ports below 1024 need root or CAP_NET_BIND_SERVICE)",
		    name);
	case EMFILE:
		return reason_set(why, EX_OSERR, "%s: a burst of %u at "
		    "backlog %u needs %u sockets, more than RLIMIT_NOFILE "
		    "permits", name, listeners->burst, listeners->backlog,
		    listeners->each);
	default:
		return reason_set(why, EX_OSERR, "%s: %s", name,
		    strerror(errno));
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
	listeners->sockets = calloc(wanted->count * listeners->each,
	    sizeof(int));
	if (listeners->sockets == NULL)
		return reason_set(why, EX_OSERR, "no memory");
	while (open_all(listeners, wanted, &failed) == -1) {
		/* The port that was free on one may be taken on another. */
		if (errno == EADDRINUSE && --tries > 0) {
			close_sockets(listeners);
			continue;
		}
		refuse(failed, listeners, why);
		listeners_close(listeners);
		return -1;
	}
	return 0;
}

void
listeners_close(struct listeners *listeners)
{
	close_sockets(listeners);
	free(listeners->sockets);
	listeners->sockets = NULL;
}

int
listeners_drop_syns(const struct listeners *listeners)
{
	/* The packet begins with the TCP header, its flags in byte 13. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TH_SYN | TH_ACK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TH_SYN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, (__u32)-1),
	};
	const struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = code,
	};
	size_t i;

	for (i = 0; i < listeners->count; i++)
		if (setsockopt(listeners->sockets[i], SOL_SOCKET,
			SO_ATTACH_FILTER, &program, sizeof(program)) == -1)
			return -1;
	return 0;
}
