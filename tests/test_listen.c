#include "haild/listen.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "listening.h"
#include "machine.h"
#include "peer.h"
#include "procfs.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct listeners listeners;
static struct reason why;

static bool
accepts(int socket)
{
	int value = -1;

	getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &value,
	    &(socklen_t){sizeof(value)});
	return value == 1;
}

struct each_row {
	unsigned backlog, burst, each;
};

ParameterizedTestParameters(listen, there_are_as_many_as_the_burst_needs)
{
	static struct each_row rows[] = {
	    {5, 1, 1},
	    {5, 6, 1},
	    {5, 7, 2},
	    {5, 1024, 171},
	    {0, 1, 1},
	    {0, 1000000, 1000000},
	    {1023, 1024, 1},
	    {65535, 1000000, 16},
	};

	return cr_make_param_array(struct each_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct each_row *row, listen, there_are_as_many_as_the_burst_needs)
{
	cr_expect_eq(listeners_each(row->backlog, row->burst), row->each);
}

Test(listen, each_address_has_its_listeners_and_a_door)
{
	const struct address_list list = {
	    .count = 2,
	    .at = {listening_loopback(AF_INET6), listening_loopback(AF_INET)},
	};
	size_t i;
	int one;

	cr_assert_eq(
	    listeners_open(&listeners, &list, 5, 13, &why), 0, "%s", why.text);
	cr_expect_eq(listeners.each, 3);
	cr_assert_eq(listeners.count, 2 * (3 + LISTENERS_DOOR));
	cr_assert_eq(listeners.addresses.count, 2);
	for (i = 0; i < listeners.count; i++) {
		one = listeners.sockets[i];
		cr_expect_eq(listeners_listens(&listeners, i), i % 5 < 3);
		cr_expect_eq(
		    accepts(one), listeners_listens(&listeners, i), "%zu", i);
		cr_expect_eq(fcntl(one, F_GETFD), FD_CLOEXEC);
		cr_expect(fcntl(one, F_GETFL) & O_NONBLOCK);
	}
	listeners_close(&listeners);
}

Test(listen, any_port_is_the_same_for_all_addresses)
{
	const struct address_list list = {
	    .count = 2,
	    .at = {listening_loopback(AF_INET6), listening_loopback(AF_INET)},
	};
	unsigned port;

	cr_assert_eq(
	    listeners_open(&listeners, &list, 5, 1, &why), 0, "%s", why.text);
	port = address_port(&listeners.addresses.at[0]);
	cr_expect_neq(port, 0);
	cr_expect_eq(address_port(&listeners.addresses.at[1]), port);
	listeners_deafen(&listeners, false);
	close(peer_connect_to(&listeners.addresses.at[0]));
	close(peer_connect_to(&listeners.addresses.at[1]));
	listeners_close(&listeners);
}

struct pair_row {
	unsigned first, second; /* sockets */
};

ParameterizedTestParameters(listen, an_address_in_use_is_refused)
{
	static struct pair_row rows[] = {{1, 1}, {1, 4}, {4, 1}, {4, 4}};

	return cr_make_param_array(struct pair_row, rows, COUNT(rows));
}

ParameterizedTest(struct pair_row *row, listen, an_address_in_use_is_refused)
{
	char expected[ADDRESS_STRLEN + 40], name[ADDRESS_STRLEN];
	struct listeners other;
	int before;

	listening_open(&listeners, AF_INET, row->first);
	before = procfs_descriptors(getpid());
	cr_expect_eq(listeners_open(&other, &listeners.addresses, 5,
			 6 * row->second, &why),
	    -1);
	snprintf(expected, sizeof(expected), "%s: address already in use",
	    address_format(&listeners.addresses.at[0], name));
	cr_expect_str_eq(why.text, expected);
	cr_expect_eq(why.status, EX_UNAVAILABLE);
	cr_expect_eq(procfs_descriptors(getpid()), before);
	listeners_close(&listeners);
}

/* Not even with somebody who asks to share. */
Test(listen, a_single_one_is_shared_with_nobody)
{
	const struct address *address = &listeners.addresses.at[0];
	const int on = 1, other = socket(AF_INET, SOCK_STREAM, 0);

	listening_open(&listeners, AF_INET, 1);
	setsockopt(other, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	cr_expect_eq(bind(other, (const struct sockaddr *)&address->storage,
			 address->length),
	    -1);
	cr_expect_eq(errno, EADDRINUSE, "%m");
	listeners_close(&listeners);
}

/* In a network of its own, for nobody else to hear. */
Test(listen, all_of_ipv6_does_not_take_ipv4_along)
{
	struct address_list list;

	machine_own_network_or_skip();
	machine_ipv6_or_skip();
	cr_assert_eq(address_resolve("*", "0", ADDRESS_LISTEN, &list, &why), 0);
	cr_assert_eq(list.count, 2);
	cr_assert_eq(
	    listeners_open(&listeners, &list, 5, 1, &why), 0, "%s", why.text);
	listeners_close(&listeners);
}

static struct address
elsewhere(void)
{
	struct address address = listening_loopback(AF_INET);
	struct sockaddr_in *v4 = (void *)&address.storage;

	v4->sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1, RFC 5737 */
	return address;
}

Test(listen, an_address_that_is_not_there_is_left_out)
{
	const struct address_list list = {
	    .count = 3,
	    .at = {elsewhere(), listening_loopback(AF_INET), elsewhere()},
	};
	char name[ADDRESS_STRLEN];

	cr_assert_eq(
	    listeners_open(&listeners, &list, 5, 12, &why), 0, "%s", why.text);
	cr_expect_eq(listeners.addresses.count, 1);
	cr_expect_eq(listeners.count, 2 + LISTENERS_DOOR);
	address_set_port(&listeners.addresses.at[0], 1);
	cr_expect_str_eq(
	    address_format(&listeners.addresses.at[0], name), "127.0.0.1:1");
	listeners_close(&listeners);
}

Test(listen, if_no_address_is_there_it_says_so)
{
	const struct address_list list = {
	    .count = 2,
	    .at = {elsewhere(), elsewhere()},
	};

	cr_assert_eq(listeners_open(&listeners, &list, 5, 12, &why), -1);
	cr_expect_str_eq(
	    why.text, "192.0.2.1:0: not an address of this machine");
	cr_expect_eq(why.status, EX_UNAVAILABLE);
}

Test(listen, with_too_few_descriptors_it_says_what_is_needed)
{
	const struct address_list list = {
	    .count = 1,
	    .at = {listening_loopback(AF_INET)},
	};
	const int before = procfs_descriptors(getpid());

	machine_limit(RLIMIT_NOFILE, 64);
	cr_assert_eq(listeners_open(&listeners, &list, 5, 1024, &why), -1);
	cr_expect_str_eq(why.text,
	    "127.0.0.1:0: a burst of 1024 at backlog 5 needs 171 sockets, more "
	    "than RLIMIT_NOFILE permits");
	cr_expect_eq(why.status, EX_OSERR);
	cr_expect_eq(procfs_descriptors(getpid()), before);
	machine_limit(RLIMIT_NOFILE, RLIM_INFINITY);
}

/* Nobody accepts yet: a SYN is not answered, and not refused. */
Test(listen, it_is_deaf_to_begin_with)
{
	struct pollfd early = {.events = POLLOUT};
	const struct address_list list = {
	    .count = 1,
	    .at = {listening_loopback(AF_INET)},
	};
	const struct address *address = &listeners.addresses.at[0];

	cr_assert_eq(
	    listeners_open(&listeners, &list, 5, 6, &why), 0, "%s", why.text);
	early.fd =
	    socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	cr_expect_eq(
	    connect(early.fd, (const struct sockaddr *)&address->storage,
		address->length),
	    -1);
	cr_expect_eq(errno, EINPROGRESS, "%m");
	listening_await_syn();
	cr_expect_eq(poll(&early, 1, 0), 0);
	listeners_deafen(&listeners, false);
	close(peer_connect_to(address));
	listeners_close(&listeners);
}
