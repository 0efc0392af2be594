#include "haild/session.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "ears.h"

/*
 * What a client sends is thrown away, and the clock is looked at again. What
 * it is sent is delivered when it says so.
 */

/* Both ends of a TCP connection that takes much before it is read. */
static void
open_pair(int ends[2])
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	socklen_t length = sizeof(any);
	const int size = 4 << 20;
	int listener;

	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	cr_assert_eq(bind(listener, (struct sockaddr *)&any, length), 0);
	cr_assert_eq(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&any, &length);
	ends[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(connect(ends[1], (struct sockaddr *)&any, length), 0);
	ends[0] = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	cr_assert_geq(ends[0], 0);
	close(listener);
}

static int
left_in(int conn)
{
	int bytes;

	cr_assert_eq(ioctl(conn, FIONREAD, &bytes), 0);
	return bytes;
}

Test(discard, somebody_who_never_stops_sending_does_not_hold_it)
{
	char bytes[16384] = {0};
	int ends[2], before;

	open_pair(ends);
	while (send(ends[1], bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		continue;
	before = left_in(ends[0]);
	if (before < 512 * 1024)
		cr_skip_test("only %d bytes fit a socket here", before);
	cr_expect_eq(session_discard(ends[0]), -1);
	cr_expect_eq(errno, EAGAIN);
	cr_expect_gt(left_in(ends[0]), 0);
}

Test(discard, all_that_there_is_goes_and_then_the_end_is_seen)
{
	char bytes[1000] = {0};
	int ends[2];

	open_pair(ends);
	cr_assert_eq(send(ends[1], bytes, sizeof(bytes), 0), 1000);
	cr_expect_eq(session_discard(ends[0]), -1);
	cr_expect_eq(errno, EAGAIN);
	cr_expect_eq(left_in(ends[0]), 0);
	close(ends[1]);
	cr_expect_eq(session_discard(ends[0]), 0);
}

Test(delivered, what_is_not_acknowledged_is_not)
{
	int ends[2];

	open_pair(ends);
	cr_expect(session_delivered(ends[0]), "nothing was sent yet");
	ears_shut(ends[1]);
	cr_assert_eq(send(ends[0], "x", 1, 0), 1);
	cr_assert_eq(send(ends[0], "y", 1, 0), 1);
	cr_expect_not(session_delivered(ends[0]));
	cr_expect_not(session_delivered(STDIN_FILENO));
}
