#include "haild/session.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <unistd.h>

/* What a client sends is thrown away, and the clock is looked at again. */

static void
open_pair(int ends[2])
{
	const int size = 1 << 20;

	cr_assert_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	setsockopt(ends[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
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
	while (send(ends[1], bytes, sizeof(bytes), 0) > 0)
		continue;
	before = left_in(ends[0]);
	cr_assert_gt(before, 512 * 1024, "%d", before);
	cr_expect_eq(session_discard(ends[0]), -1);
	cr_expect_eq(errno, EAGAIN);
	cr_expect_eq(before - left_in(ends[0]), 256 * 1024);
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
