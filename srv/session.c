#include "haild/session.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/sockios.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "duration.h"

/* A session that waits longer than this says so in its title, for ps(1). */
#define SLOW (100 * NS_PER_MS)

/* Acknowledgements wake nobody: look for them after 10, 20, 40... ms. */
#define FIRST_LOOK (10 * NS_PER_MS)
#define LAST_LOOK  (500 * NS_PER_MS)

/* Nearly every client has hung up by then. */
#define MOMENT (10 * NS_PER_MS)

/* How much of a client's input one call throws away. */
#define DISCARD ((size_t)16 << 10)

/* Somebody who never stops sending must not keep us from the clock. */
#define DISCARD_READS 16

/* What a session goes through. */
struct progress {
	const struct session *session;
	size_t sent;
	bool in_parts;	   /* the greeting did not go out at once */
	bool ended;	   /* the client's FIN has come */
	bool titled;	   /* the title tells about this phase */
	const char *doing; /* the phase, for the title */
};

bool
session_delivered(int conn)
{
	int unacknowledged;

	return ioctl(conn, SIOCOUTQ, &unacknowledged) == 0 &&
	    unacknowledged <= 1;
}

int
session_discard(int conn)
{
	ssize_t got;
	int reads;

	/* MSG_TRUNC, tcp(7): no byte is copied and no buffer is needed. */
	for (reads = 0; reads < DISCARD_READS; reads++) {
		got = recv(conn, NULL, DISCARD, MSG_DONTWAIT | MSG_TRUNC);
		if (got == 0 || (got == -1 && errno != EINTR))
			return (int)got;
	}
	errno = EAGAIN;
	return -1;
}

void
session_reset_on_close(int conn, bool on)
{
	const struct linger linger = {.l_onoff = on};

	setsockopt(conn, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

/* What errno of a socket call says about the session. */
static enum session_end
end_of(const struct progress *progress, int error)
{
	switch (error) {
	case ECONNRESET:
	case EPIPE:
	case ENOTCONN:
	case ETIMEDOUT: /* the kernel gave up sending it again */
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENETDOWN:
	case EPROTO:
		/* It had it all, and then reset instead of closing. */
		return progress->sent == progress->session->greeting.length &&
			session_delivered(progress->session->conn)
		    ? GREETED
		    : PEER_GONE;
	default:
		return FAILED;
	}
}

static void
set_title(struct progress *progress)
{
	char name[ADDRESS_STRLEN];

	setproctitle("child: %s %s", progress->doing,
	    address_format(&progress->session->peer, name));
	progress->titled = true;
}

/*
 * Wait until the connection is ready or until deadline. With no events for
 * the deadline alone: when both sides have said that they end poll(2) would
 * return at once (POLLHUP).
 */
static void
wait_for(struct progress *progress, short events, int64_t deadline)
{
	struct pollfd conn = {
	    .fd = events != 0 ? progress->session->conn : -1,
	    .events = events,
	};
	int64_t slow = monotonic_now() + SLOW;

	if (!progress->titled && slow < deadline) {
		if (poll(&conn, 1, poll_timeout(slow)) != 0)
			return;
		set_title(progress);
	}
	poll(&conn, 1, poll_timeout(deadline));
}

/* Throw away what the client sends meanwhile; 0 or the errno that ends it. */
static int
listen_with_half_an_ear(struct progress *progress)
{
	if (progress->ended)
		return 0;
	progress->ended = session_discard(progress->session->conn) == 0;
	return progress->ended || errno == EAGAIN ? 0 : errno;
}

/*
 * Write everything. A client may send much before it reads, so its input is
 * read meanwhile. While the greeting is in parts, dying resets.
 */
static enum session_end
greet(struct progress *progress)
{
	const struct session *session = progress->session;
	const struct greeting *greeting = &session->greeting;
	const int64_t deadline = session->started + session->timeout;
	ssize_t sent;
	int error;

	progress->doing = "greeting";
	for (;;) {
		/*
		 * Not MSG_MORE, to send the FIN along: an acknowledgement of
		 * both is delayed, and of a client that reads all and resets
		 * nobody could say any more whether it had been greeted.
		 */
		sent = send(session->conn, greeting->bytes + progress->sent,
		    greeting->length - progress->sent,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent > 0)
			progress->sent += (size_t)sent;
		if (progress->sent == greeting->length)
			break;
		if (sent == -1 && errno != EAGAIN && errno != EINTR)
			return end_of(progress, errno);
		if (!progress->in_parts)
			session_reset_on_close(session->conn, true);
		progress->in_parts = true;
		if (monotonic_now() >= deadline)
			return TIMED_OUT;
		wait_for(progress, progress->ended ? POLLOUT : POLLOUT | POLLIN,
		    deadline);
		error = listen_with_half_an_ear(progress);
		if (error != 0)
			return end_of(progress, error);
	}
	if (progress->in_parts)
		session_reset_on_close(session->conn, false);
	return GREETED;
}

/*
 * Wait before the first look at the clock, or for what is not there yet: a
 * new process pays for each page that it touches, the clock's and errno's.
 */
static void
wait_a_moment(const struct progress *progress)
{
	const int64_t linger = progress->session->linger;
	struct pollfd conn = {
	    .fd = progress->session->conn,
	    .events = POLLIN,
	};

	if (linger > 0)
		poll(&conn, 1,
		    (int)((linger < MOMENT ? linger : MOMENT) / NS_PER_MS));
}

/*
 * Half-close and wait for the client to do the same. The timeout holds until
 * all is acknowledged, linger from then on.
 */
static enum session_end
hang_up(struct progress *progress)
{
	const struct session *session = progress->session;
	int64_t deadline = session->started + session->timeout;
	int64_t now, look = FIRST_LOOK;
	bool delivered = false, was_delivered;
	int error;

	progress->doing = "waiting for";
	progress->titled = false;
	if (shutdown(session->conn, SHUT_WR) == -1)
		return end_of(progress, errno);
	wait_a_moment(progress);
	for (;;) {
		error = listen_with_half_an_ear(progress);
		if (error != 0)
			return end_of(progress, error);
		was_delivered = delivered;
		delivered = delivered || session_delivered(session->conn);
		if (delivered && (progress->ended || session->linger == 0))
			return GREETED;
		now = monotonic_now();
		if (delivered && !was_delivered)
			deadline = now + session->linger;
		if (now >= deadline)
			return delivered ? GREETED : TIMED_OUT;
		if (delivered)
			wait_for(progress, POLLIN, deadline);
		else
			wait_for(progress, progress->ended ? 0 : POLLIN,
			    now + look < deadline ? now + look : deadline);
		look = look < LAST_LOOK ? 2 * look : look;
	}
}

enum session_end
session_run(const struct session *session)
{
	struct progress progress = {.session = session};
	enum session_end end;

	end = greet(&progress);
	if (end == GREETED)
		end = hang_up(&progress);
	if (end == TIMED_OUT)
		session_reset_on_close(session->conn, true);
	return end;
}
