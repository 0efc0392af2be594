#include "haild/handover.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define KIB_PER_MESSAGE 1 /* what a message counts for in a socket buffer */

/* Room, rightly aligned, for the ancillary data of one descriptor. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int
handover_open(int ends[2], unsigned connections)
{
	const int size = (int)(connections > 1 << 20 ? 1 << 20 : connections) *
	    KIB_PER_MESSAGE * 1024;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0, ends) == -1)
		return -1;
	/* Best effort: with less room more waits in the acceptor's queue. */
	if (setsockopt(
		ends[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) == -1)
		setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}

static enum sent
outcome(ssize_t sent)
{
	if (sent >= 0)
		return SENT;
	switch (errno) {
	case EAGAIN:
		return SENT_FULL;
	case ETOOMANYREFS: /* in flight: more than RLIMIT_NOFILE, unix(7) */
	case ENOBUFS:
	case ENOMEM:
		return SENT_LACKING;
	default:
		return SENT_GONE;
	}
}

enum sent
handover_send(int channel, const struct connection *connection)
{
	struct iovec data = {
	    .iov_base = (void *)(uintptr_t)&connection->peer.storage,
	    .iov_len = connection->peer.length,
	};
	union control control = {.header = {
				     .cmsg_len = CMSG_LEN(sizeof(int)),
				     .cmsg_level = SOL_SOCKET,
				     .cmsg_type = SCM_RIGHTS,
				 }};
	const struct msghdr message = {
	    .msg_iov = &data,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control),
	};

	ssize_t sent;

	memcpy(
	    CMSG_DATA(&control.header), &connection->descriptor, sizeof(int));
	do
		sent = sendmsg(channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent == -1 && errno == EINTR);
	return outcome(sent);
}

enum sent
handover_note(int channel, enum note note)
{
	const char byte = (char)note;
	ssize_t sent;

	do
		sent = send(channel, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent == -1 && errno == EINTR);
	return outcome(sent);
}

/* The descriptor that came with a message, or -1. */
static int
descriptor_of(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int descriptor;

	if (header == NULL || header->cmsg_level != SOL_SOCKET ||
	    header->cmsg_type != SCM_RIGHTS ||
	    header->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&descriptor, CMSG_DATA(header), sizeof(int));
	return descriptor;
}

/* Nothing was received: has the channel ended, or was that the message? */
static bool
has_ended(int channel)
{
	struct pollfd end = {.fd = channel, .events = POLLRDHUP};

	return poll(&end, 1, 0) != 0;
}

enum handover
handover_receive(int channel, struct connection *connection, enum note *note)
{
	struct iovec data = {
	    .iov_base = &connection->peer.storage,
	    .iov_len = sizeof(connection->peer.storage),
	};
	union control control;
	struct msghdr message = {
	    .msg_iov = &data,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    /* Not all of it: the padding has room for one more. */
	    .msg_controllen = CMSG_LEN(sizeof(int)),
	};
	ssize_t got;

	/* Whoever reads an address goes by its family, not by its length. */
	memset(&connection->peer.storage, 0, sizeof(connection->peer.storage));
	/*
	 * ECONNRESET says, once, that the sender died with something unread;
	 * what it had sent comes after that all the same.
	 */
	do
		got =
		    recvmsg(channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (got == -1 && (errno == EINTR || errno == ECONNRESET));
	if (got == -1)
		return errno == EAGAIN ? HANDOVER_EMPTY : HANDOVER_GONE;
	connection->peer.length = (socklen_t)got;
	connection->descriptor = descriptor_of(&message);
	if (got > 1)
		return connection->descriptor == -1 ? HANDOVER_TORN
						    : HANDOVER_CONNECTION;
	if (connection->descriptor != -1)
		close(connection->descriptor);
	if (got == 0 && has_ended(channel))
		return HANDOVER_GONE;
	*note = *(unsigned char *)&connection->peer.storage;
	return HANDOVER_NOTE;
}
