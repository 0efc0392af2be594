#include "haild/accept.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include "machine.h"
#include "pair.h"
#include "peer.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct errno_row {
	int error;
	enum accepted decided;
};

/* All that accept(2) names. */
ParameterizedTestParameters(accept, each_errno_of_the_manual_is_decided)
{
	static struct errno_row rows[] = {
	    {EAGAIN, ACCEPT_EMPTY},
	    {EWOULDBLOCK, ACCEPT_EMPTY},
	    {ECONNABORTED, ACCEPT_AGAIN},
	    {EINTR, ACCEPT_AGAIN},
	    {EPERM, ACCEPT_AGAIN},
	    {EPROTO, ACCEPT_AGAIN},
	    {EBADF, ACCEPT_BROKEN},
	    {EFAULT, ACCEPT_BROKEN},
	    {EINVAL, ACCEPT_BROKEN},
	    {ENOTSOCK, ACCEPT_BROKEN},
	    {EMFILE, ACCEPT_PAUSE},
	    {ENFILE, ACCEPT_PAUSE},
	    {ENOBUFS, ACCEPT_PAUSE},
	    {ENOMEM, ACCEPT_PAUSE},
	    /* Seen here and there, it says. */
	    {ENOSR, ACCEPT_PAUSE},
	    {ESOCKTNOSUPPORT, ACCEPT_PAUSE},
	    {EPROTONOSUPPORT, ACCEPT_PAUSE},
	    {ETIMEDOUT, ACCEPT_AGAIN},
	    {EACCES, ACCEPT_AGAIN},
	    /* The new connection's own, which Linux passes on. */
	    {ENETDOWN, ACCEPT_AGAIN},
	    {ENOPROTOOPT, ACCEPT_AGAIN},
	    {EHOSTDOWN, ACCEPT_AGAIN},
	    {ENONET, ACCEPT_AGAIN},
	    {EHOSTUNREACH, ACCEPT_AGAIN},
	    {EOPNOTSUPP, ACCEPT_AGAIN},
	    {ENETUNREACH, ACCEPT_AGAIN},
	    /* What nobody has heard of must not end haild, nor spin. */
	    {ERANGE, ACCEPT_PAUSE},
	    {0, ACCEPT_PAUSE},
	};

	return cr_make_param_array(struct errno_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct errno_row *row, accept, each_errno_of_the_manual_is_decided)
{
	cr_assert_eq(
	    accept_decide(row->error), row->decided, "errno %d", row->error);
}

Test(accept, one_comes_with_its_address_and_blocks_nobody)
{
	char expected[ADDRESS_STRLEN], name[ADDRESS_STRLEN];
	struct connection connection;
	unsigned port;
	int listener, client;

	listener = pair_listen(&port);
	client = peer_connect(port);
	pair_await(listener);
	cr_assert_eq(accept_one(listener, &connection), ACCEPT_TAKEN);
	cr_expect_str_eq(address_format(&connection.peer, name),
	    peer_name(client, expected));
	cr_expect_eq(connection.peer.length, sizeof(struct sockaddr_in));
	cr_expect(fcntl(connection.descriptor, F_GETFL) & O_NONBLOCK);
	cr_expect_eq(fcntl(connection.descriptor, F_GETFD), FD_CLOEXEC);
	cr_expect_eq(accept_one(listener, &connection), ACCEPT_EMPTY);
}

Test(accept, without_a_descriptor_it_waits_in_the_kernel)
{
	struct connection connection;
	unsigned port;
	int listener;

	listener = pair_listen(&port);
	peer_connect(port);
	pair_await(listener);
	machine_limit(RLIMIT_NOFILE, 0);
	cr_expect_eq(accept_one(listener, &connection), ACCEPT_PAUSE);
	cr_expect_eq(errno, EMFILE);
	cr_expect_eq(accept_one(listener, &connection), ACCEPT_PAUSE);
	machine_limit(RLIMIT_NOFILE, RLIM_INFINITY);
	cr_expect_eq(accept_one(listener, &connection), ACCEPT_TAKEN);
}

Test(accept, what_does_not_listen_is_a_defect)
{
	struct connection connection;
	int ends[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0, "%m");
	cr_expect_eq(accept_one(ends[0], &connection), ACCEPT_BROKEN);
	cr_expect_eq(errno, ENOTSOCK);
	cr_expect_eq(accept_one(-1, &connection), ACCEPT_BROKEN);
	cr_expect_eq(accept_one(socket(AF_INET, SOCK_STREAM, 0), &connection),
	    ACCEPT_BROKEN);
	cr_expect_eq(errno, EINVAL);
}
