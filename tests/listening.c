#include "listening.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "deadline.h"
#include "duration.h"
#include "haild/accept.h"
#include "machine.h"
#include "pair.h"

#define MOST 64

struct address
listening_loopback(int family)
{
	struct address_list list;
	struct reason why;

	if (family == AF_INET6)
		machine_ipv6_or_skip();
	cr_assert_eq(address_resolve(family == AF_INET6 ? "::1" : "127.0.0.1",
			 "0", ADDRESS_LISTEN, &list, &why),
	    0, "%s", why.text);
	return list.at[0];
}

void
listening_open(struct listeners *listeners, int family, unsigned each)
{
	const struct address_list list = {
	    .count = 1, .at = {listening_loopback(family)}};
	struct reason why;

	cr_assert_eq(listeners_open(listeners, &list, 5, 6 * each, &why), 0,
	    "%s", why.text);
	cr_assert_eq(listeners->each, each);
	listeners_deafen(listeners, false);
}

size_t
listening_accept(
    const struct listeners *listeners, struct connection *connection)
{
	struct pollfd events[MOST];
	size_t i;

	for (i = 0; i < listeners->count; i++)
		events[i] = (struct pollfd){
		    .fd = listeners_listens(listeners, i)
			? listeners->sockets[i]
			: -1,
		    .events = POLLIN,
		};
	cr_assert_gt(
	    poll(events, listeners->count, poll_timeout(deadline_from_now())),
	    0, "nobody came in time");
	for (i = 0; events[i].revents == 0; i++)
		continue;
	cr_assert_eq(
	    accept_one(listeners->sockets[i], connection), ACCEPT_TAKEN, "%m");
	return i;
}

void
listening_await_syn(void)
{
	struct pair pair;

	pair_open(&pair);
	close(pair.conn);
	close(pair.client);
}
