#include "post.h"

#include <sys/socket.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Room, rightly aligned, for the ancillary data of the most. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(POST_MOST * sizeof(int))];
};

void
post_message(int channel, const void *bytes, size_t length, int descriptor,
    unsigned copies)
{
	struct iovec data = {
	    .iov_base = (void *)(uintptr_t)bytes,
	    .iov_len = length,
	};
	union control control = {.header = {
				     .cmsg_len = CMSG_LEN(copies * sizeof(int)),
				     .cmsg_level = SOL_SOCKET,
				     .cmsg_type = SCM_RIGHTS,
				 }};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
	unsigned char *place = CMSG_DATA(&control.header);

	if (copies > POST_MOST)
		abort();
	if (copies > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(copies * sizeof(int));
	}
	for (; copies > 0; copies--) {
		memcpy(place, &descriptor, sizeof(descriptor));
		place += sizeof(descriptor);
	}
	if (sendmsg(channel, &message, MSG_NOSIGNAL) != (ssize_t)length)
		abort();
}

int
post_next_descriptor(void)
{
	const int next = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	if (next == -1)
		abort();
	close(next);
	return next;
}
