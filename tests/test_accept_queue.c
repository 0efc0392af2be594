#include "hail/accept_queue.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <unistd.h>

#include "machine.h"
#include "peer.h"
#include "rogue.h"

static struct address_list
loopback(unsigned port)
{
	struct address_list targets = {.count = 1};
	struct sockaddr_in *v4 = (void *)&targets.at[0].storage;

	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)port);
	v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	targets.at[0].length = sizeof(*v4);
	return targets;
}

/* A listener on [::], which hears IPv4 unless told not to. */
static int
listen_everywhere(unsigned *port, bool only_v6)
{
	struct sockaddr_in6 own = {.sin6_family = AF_INET6};
	socklen_t length = sizeof(own);
	int listener = socket(AF_INET6, SOCK_STREAM, 0), only = only_v6;

	setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
	cr_assert_eq(bind(listener, (struct sockaddr *)&own, length), 0);
	cr_assert_eq(listen(listener, 9), 0);
	getsockname(listener, (struct sockaddr *)&own, &length);
	*port = ntohs(own.sin6_port);
	return listener;
}

Test(accept_queue, what_waits_and_the_backlog_are_seen)
{
	struct accept_queue queue;
	struct address_list targets;
	struct rogue rogue;
	int i, conns[3];

	rogue_start(&rogue, ROGUE_DEAF, 7);
	targets = loopback(rogue.port);
	cr_assert(accept_queue_open(&queue, &targets));
	cr_expect_eq(queue.listeners, 1);
	cr_expect_eq(queue.backlog, 7);
	cr_expect_eq(queue.peak, 0);
	for (i = 0; i < 3; i++)
		conns[i] = peer_connect(rogue.port);
	cr_assert_eq(accept_queue_look(&queue), 0);
	cr_expect_eq(queue.peak, 3);
	cr_expect_eq(queue.drops, 0);
	for (i = 0; i < 3; i++)
		close(conns[i]);
	accept_queue_close(&queue);
	rogue_stop(&rogue);
}

Test(accept_queue, what_a_full_one_drops_is_counted)
{
	struct accept_queue queue;
	struct address_list targets;
	struct rogue rogue;
	int i, conns[4];

	rogue_start(&rogue, ROGUE_DEAF, 1);
	targets = loopback(rogue.port);
	cr_assert(accept_queue_open(&queue, &targets));
	for (i = 0; i < 4; i++) {
		conns[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(conns[i], (void *)&targets.at[0].storage,
		    targets.at[0].length);
	}
	cr_assert_eq(accept_queue_look(&queue), 0);
	cr_expect_eq(queue.peak, 2, "backlog + 1 find room, not %ju",
	    (uintmax_t)queue.peak);
	cr_expect_geq(queue.drops, 1);
	for (i = 0; i < 4; i++)
		close(conns[i]);
	accept_queue_close(&queue);
	rogue_stop(&rogue);
}

Test(accept_queue, a_listener_for_everyone_hears_ipv4_too)
{
	struct accept_queue queue;
	struct address_list targets;
	unsigned port;
	int listener;

	machine_ipv6_or_skip();
	listener = listen_everywhere(&port, false);
	targets = loopback(port);
	cr_assert(accept_queue_open(&queue, &targets));
	cr_expect_eq(queue.backlog, 9);
	accept_queue_close(&queue);
	close(listener);
}

Test(accept_queue, a_listener_for_ipv6_only_does_not)
{
	struct accept_queue queue;
	struct address_list targets;
	unsigned port;
	int listener;

	machine_ipv6_or_skip();
	listener = listen_everywhere(&port, true);
	targets = loopback(port);
	cr_expect_not(accept_queue_open(&queue, &targets));
	close(listener);
}

Test(accept_queue, a_server_elsewhere_is_not_looked_for_here)
{
	struct accept_queue queue;
	struct address_list targets;
	struct sockaddr_in *v4 = (void *)&targets.at[0].storage;
	struct rogue rogue;

	rogue_start(&rogue, ROGUE_DEAF, 1);
	targets = loopback(rogue.port);
	v4->sin_addr.s_addr = inet_addr("192.0.2.1");
	cr_expect_not(accept_queue_open(&queue, &targets));
	rogue_stop(&rogue);
}

Test(accept_queue, where_nobody_listens_there_is_nothing_to_see)
{
	struct accept_queue queue;
	struct address_list targets;
	struct rogue rogue;

	rogue_start(&rogue, ROGUE_REFUSES, 1);
	targets = loopback(rogue.port);
	cr_expect_not(accept_queue_open(&queue, &targets));
	rogue_stop(&rogue);
}
