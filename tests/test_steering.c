#include "haild/steering.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <netinet/in.h>
#include <unistd.h>

#include "listening.h"
#include "peer.h"

/* Which of several listening sockets a connection comes in at. */

#define EACH	    5
#define CONNECTIONS 40

struct family_row {
	int family;
};

static struct criterion_test_params
families(void)
{
	static struct family_row rows[] = {{AF_INET}, {AF_INET6}};

	return cr_make_param_array(struct family_row, rows, 2);
}

/* One more connects: where does it come in, and from which port? */
static size_t
visit(const struct listeners *listeners, unsigned *port)
{
	struct connection connection;
	size_t where;
	int client;

	client = peer_connect_to(&listeners->addresses.at[0]);
	where = listening_accept(listeners, &connection);
	*port = address_port(&connection.peer);
	/* The client first, which then has its port for a while. */
	close(client);
	close(connection.descriptor);
	return where;
}

ParameterizedTestParameters(steering, every_other_port_goes_to_the_next)
{
	return families();
}

ParameterizedTest(
    struct family_row *row, steering, every_other_port_goes_to_the_next)
{
	struct listeners listeners;
	unsigned port;
	size_t where;
	int i;

	listening_open(&listeners, row->family, EACH);
	for (i = 0; i < CONNECTIONS; i++) {
		where = visit(&listeners, &port);
		cr_assert_eq(where, port / 2 % EACH, "%u: %zu", port, where);
	}
	listeners_close(&listeners);
}

ParameterizedTestParameters(steering, it_can_be_steered_anew_while_it_listens)
{
	return families();
}

ParameterizedTest(
    struct family_row *row, steering, it_can_be_steered_anew_while_it_listens)
{
	struct listeners listeners;
	unsigned port;
	size_t where;
	int i;

	listening_open(&listeners, row->family, EACH);
	/* Through any one of them. */
	cr_assert_eq(
	    steering_spread(listeners.sockets[3], row->family, 3), 0, "%m");
	for (i = 0; i < CONNECTIONS; i++) {
		where = visit(&listeners, &port);
		cr_assert_eq(where, port / 2 % 3, "%u: %zu", port, where);
	}
	listeners_close(&listeners);
}

ParameterizedTestParameters(steering, one_port_goes_behind_the_others)
{
	return families();
}

ParameterizedTest(
    struct family_row *row, steering, one_port_goes_behind_the_others)
{
	struct address own = listening_loopback(row->family);
	struct connection connection;
	struct listeners listeners;
	unsigned port, diverted;
	size_t where;
	int client, i;

	listening_open(&listeners, row->family, EACH);
	client = socket(row->family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(
	    bind(client, (const struct sockaddr *)&own.storage, own.length), 0,
	    "%m");
	getsockname(client, (struct sockaddr *)&own.storage, &own.length);
	diverted = address_port(&own);
	cr_assert_eq(steering_divert(
			 listeners.sockets[0], row->family, diverted, EACH - 1),
	    0, "%m");
	for (i = 0; i < CONNECTIONS; i++) {
		where = visit(&listeners, &port);
		cr_assert_eq(
		    where, port / 2 % (EACH - 1), "%u: %zu", port, where);
	}
	cr_assert_eq(
	    connect(client,
		(const struct sockaddr *)&listeners.addresses.at[0].storage,
		listeners.addresses.at[0].length),
	    0, "%m");
	cr_expect_eq(listening_accept(&listeners, &connection), EACH - 1);
	cr_expect_eq(address_port(&connection.peer), diverted);
	listeners_close(&listeners);
}

Test(steering, all_go_where_they_are_told)
{
	struct listeners listeners;
	unsigned to, port;
	int i;

	listening_open(&listeners, AF_INET, EACH);
	for (to = 0; to < EACH; to++) {
		cr_assert_eq(steering_all(listeners.sockets[0], to), 0, "%m");
		for (i = 0; i < 5; i++)
			cr_assert_eq(visit(&listeners, &port), to);
	}
	listeners_close(&listeners);
}

Test(steering, what_is_no_socket_cannot_be_steered)
{
	cr_expect_eq(steering_all(-1, 0), -1);
	cr_expect_eq(steering_spread(-1, AF_INET, 2), -1);
	cr_expect_eq(steering_divert(-1, AF_INET, 1, 2), -1);
}
