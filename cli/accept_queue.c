#include "hail/accept_queue.h"

#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "duration.h"

/* What one look sums up. */
struct look {
	size_t listeners;
	uint64_t backlog;
	uint64_t fullest;
	uint64_t drops;
};

bool
accept_queue_is_local(const struct address *address)
{
	struct address any_port = *address;
	int trial, result;

	/* The kernel knows what is local: 127.0.0.2, ::, dummy devices. */
	trial =
	    socket(address->storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (trial == -1)
		return false;
	address_set_port(&any_port, 0);
	result = bind(trial, (const void *)&any_port.storage, any_port.length);
	close(trial);
	return result == 0;
}

/* Ask for the listeners of a family on a port. */
static int
ask(int netlink, int family, unsigned port)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 body;
	} request = {
	    .header =
		{
		    .nlmsg_len = sizeof(request),
		    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
	    .body =
		{
		    .sdiag_family = (uint8_t)family,
		    .sdiag_protocol = IPPROTO_TCP,
		    .idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1),
		    .idiag_states = 1 << TCP_LISTEN,
		    .id.idiag_sport = htons((uint16_t)port),
		},
	};
	ssize_t sent;

	do
		sent = sendto(netlink, &request, sizeof(request), 0,
		    (const void *)&kernel, sizeof(kernel));
	while (sent == -1 && errno == EINTR);
	return sent == (ssize_t)sizeof(request) ? 0 : -1;
}

/* What the kernel adds of that type about the listener, NULL if nothing. */
static const void *
find_attribute(const struct nlmsghdr *message, unsigned type, size_t size)
{
	const struct inet_diag_msg *listener = NLMSG_DATA(message);
	const struct rtattr *attribute = (const void *)(listener + 1);
	size_t left = message->nlmsg_len - NLMSG_LENGTH(sizeof(*listener));

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		if (attribute->rta_type == type &&
		    RTA_PAYLOAD(attribute) >= size)
			return RTA_DATA(attribute);
	return NULL;
}

/* Whether the listener of the message hears the target. */
static bool
hears(const struct nlmsghdr *message, const struct address *target)
{
	const struct inet_diag_msg *listener = NLMSG_DATA(message);
	const struct sockaddr_in *v4 = (const void *)&target->storage;
	const struct sockaddr_in6 *v6 = (const void *)&target->storage;
	const uint8_t *only_v6;
	struct in6_addr bound;

	memcpy(&bound, listener->id.idiag_src, sizeof(bound));
	if (listener->idiag_family == AF_INET6 &&
	    target->storage.ss_family == AF_INET) {
		only_v6 = find_attribute(message, INET_DIAG_SKV6ONLY, 1);
		return IN6_IS_ADDR_UNSPECIFIED(&bound) &&
		    (only_v6 == NULL || *only_v6 == 0);
	}
	if (listener->idiag_family != target->storage.ss_family)
		return false;
	if (listener->idiag_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&bound) ||
		    IN6_ARE_ADDR_EQUAL(&bound, &v6->sin6_addr);
	return listener->id.idiag_src[0] == INADDR_ANY ||
	    listener->id.idiag_src[0] == v4->sin_addr.s_addr;
}

/* Take one listener into account; of a listener, w is the backlog. */
static void
count(struct look *look, const struct nlmsghdr *message)
{
	const struct inet_diag_msg *listener = NLMSG_DATA(message);
	const uint32_t *memory = find_attribute(
	    message, INET_DIAG_SKMEMINFO, SK_MEMINFO_VARS * sizeof(*memory));

	if (look->listeners == 0 || listener->idiag_wqueue < look->backlog)
		look->backlog = listener->idiag_wqueue;
	if (listener->idiag_rqueue > look->fullest)
		look->fullest = listener->idiag_rqueue;
	if (memory != NULL)
		look->drops += memory[SK_MEMINFO_DROPS];
	look->listeners++;
}

/* Read the answer to its end; -1 if the kernel sent an error instead. */
static int
hear(int netlink, const struct address *target, struct look *look)
{
	static char buffer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *message;
	ssize_t got;
	size_t left;

	for (;;) {
		got = recv(netlink, buffer, sizeof(buffer), 0);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		left = (size_t)got;
		for (message = (const void *)buffer; NLMSG_OK(message, left);
		     message = NLMSG_NEXT(message, left)) {
			if (message->nlmsg_type == NLMSG_DONE)
				return 0;
			if (message->nlmsg_type == NLMSG_ERROR)
				return -1;
			if (hears(message, target))
				count(look, message);
		}
	}
}

static int
look_for(int netlink, const struct address *target, struct look *look)
{
	unsigned port = address_port(target);

	/* A listener for all of IPv6 hears IPv4 as well. */
	if (ask(netlink, AF_INET6, port) == -1 ||
	    hear(netlink, target, look) == -1)
		return -1;
	if (target->storage.ss_family != AF_INET)
		return 0;
	if (ask(netlink, AF_INET, port) == -1)
		return -1;
	return hear(netlink, target, look);
}

int
accept_queue_look(struct accept_queue *queue)
{
	struct look look = {0};
	int64_t start = monotonic_now();
	size_t i;

	for (i = 0; i < queue->targets.count; i++)
		if (look_for(queue->netlink, &queue->targets.at[i], &look) ==
		    -1)
			return -1;
	queue->cost = monotonic_now() - start;
	if (look.listeners == 0)
		return 0;
	/* A listener that came or went takes its count along: begin anew. */
	if (look.listeners != queue->listeners)
		queue->drops_before = look.drops - queue->drops;
	queue->drops = look.drops - queue->drops_before;
	queue->listeners = look.listeners;
	queue->backlog = look.backlog;
	if (look.fullest > queue->peak)
		queue->peak = look.fullest;
	return 0;
}

bool
accept_queue_open(
    struct accept_queue *queue, const struct address_list *targets)
{
	/* It answers at once or never; nothing may wait for it. */
	const struct timeval patience = {.tv_sec = 1};
	size_t i;

	memset(queue, 0, sizeof(*queue));
	queue->netlink = -1;
	for (i = 0; i < targets->count; i++)
		if (accept_queue_is_local(&targets->at[i]))
			queue->targets.at[queue->targets.count++] =
			    targets->at[i];
	if (queue->targets.count == 0)
		return false;
	queue->netlink =
	    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (queue->netlink == -1)
		return false;
	setsockopt(queue->netlink, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience));
	if (accept_queue_look(queue) == 0 && queue->listeners > 0)
		return true;
	accept_queue_close(queue);
	return false;
}

void
accept_queue_close(struct accept_queue *queue)
{
	if (queue->netlink != -1)
		close(queue->netlink);
	queue->netlink = -1;
}
