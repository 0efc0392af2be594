#include "haild/shelf.h"

#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PER_MESSAGE 253 /* SCM_MAX_FD, unix(7) */

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(PER_MESSAGE * sizeof(int))];
};

static size_t
next_lot(size_t left)
{
	return left < PER_MESSAGE ? left : PER_MESSAGE;
}

static int
send_lot(int end, const int descriptors[], size_t count)
{
	char byte = 0;
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	union control control = {.header = {
				     .cmsg_len = CMSG_LEN(count * sizeof(int)),
				     .cmsg_level = SOL_SOCKET,
				     .cmsg_type = SCM_RIGHTS,
				 }};
	const struct msghdr message = {
	    .msg_iov = &data,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};

	memcpy(CMSG_DATA(&control.header), descriptors, count * sizeof(int));
	return sendmsg(end, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == -1 ? -1
									 : 0;
}

int
shelf_put(const int descriptors[], size_t count)
{
	size_t done, lot;
	int ends[2], result = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		return -1;
	for (done = 0; done < count && result == 0; done += lot) {
		lot = next_lot(count - done);
		result = send_lot(ends[1], descriptors + done, lot);
	}
	close(ends[1]);
	if (result == -1) {
		close(ends[0]);
		return -1;
	}
	return ends[0];
}

/*
 * Copy count descriptors; those that came before a failure are closed, and
 * of a message with more there is no room for the others. The offset of
 * SO_PEEK_OFF, socket(7), moves on to the next message.
 */
static int
copy_lot(int shelf, int descriptors[], size_t count)
{
	char byte;
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	union control control;
	struct msghdr message = {
	    .msg_iov = &data,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = CMSG_LEN(count * sizeof(int)),
	};
	size_t got = 0;

	if (recvmsg(shelf, &message,
		MSG_PEEK | MSG_CMSG_CLOEXEC | MSG_DONTWAIT) == -1)
		return -1;
	if (CMSG_FIRSTHDR(&message) != NULL)
		got = (control.header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(descriptors, CMSG_DATA(&control.header), got * sizeof(int));
	if (got == count)
		return 0;
	while (got > 0)
		close(descriptors[--got]);
	errno = EMFILE;
	return -1;
}

int
shelf_copy(int shelf, int descriptors[], size_t count)
{
	const int start = 0;
	size_t done, lot;

	if (setsockopt(shelf, SOL_SOCKET, SO_PEEK_OFF, &start, sizeof(start)) ==
	    -1)
		return -1;
	for (done = 0; done < count; done += lot) {
		lot = next_lot(count - done);
		if (copy_lot(shelf, descriptors + done, lot) == -1)
			break;
	}
	if (done == count)
		return 0;
	while (done > 0)
		close(descriptors[--done]);
	return -1;
}
