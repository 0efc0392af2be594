#include "haild/standin.h"

#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include "duration.h"
#include "haild/session.h"

bool
standin_full(const struct standin *standin)
{
	return standin->count == STANDIN_MAX;
}

/* The kernel counts each byte with its overhead, at most as much again. */
static bool
fits(int conn, size_t length)
{
	int size;
	socklen_t size_length = sizeof(size);

	return getsockopt(conn, SOL_SOCKET, SO_SNDBUF, &size, &size_length) ==
	    0 &&
	    length <= (size_t)size / 4;
}

bool
standin_take(struct standin *standin, const struct connection *connection,
    const struct greeting *greeting, int64_t linger)
{
	const int64_t now = monotonic_now();
	const int conn = connection->descriptor;
	ssize_t sent;

	if (standin_full(standin) || !fits(conn, greeting->length))
		return false;
	sent = send(conn, greeting->bytes, greeting->length,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent == -1 &&
	    (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM))
		return false;
	shutdown(conn, SHUT_WR);
	standin->conns[standin->count] = (struct pollfd){
	    .fd = conn,
	    .events = POLLIN,
	};
	standin->peers[standin->count] = connection->peer;
	/* A short or failed write is over at once: it will be booked so. */
	standin->deadlines[standin->count] =
	    sent == (ssize_t)greeting->length ? now + linger : now;
	standin->count++;
	return true;
}

/* Book and close the i-th; the last one takes its place. */
static void
end_one(struct standin *standin, unsigned i, enum account account)
{
	if (standin->admission == NULL)
		account = ACCOUNT_REFUSED;
	else
		admission_left(standin->admission, &standin->peers[i]);
	ledger_book(standin->ledger, account, 1);
	close(standin->conns[i].fd);
	standin->count--;
	standin->conns[i] = standin->conns[standin->count];
	standin->peers[i] = standin->peers[standin->count];
	standin->deadlines[i] = standin->deadlines[standin->count];
}

/* Read what came to the i-th: 0 at its end, an errno, EAGAIN for neither. */
static int
look_at(const struct standin *standin, unsigned i)
{
	if (standin->conns[i].revents == 0)
		return EAGAIN;
	return session_discard(standin->conns[i].fd) == 0 ? 0 : errno;
}

void
standin_tend(struct standin *standin)
{
	const int64_t now = monotonic_now();
	unsigned i;
	bool late;
	int error;

	/* Downwards, because end_one moves the last one into the gap. */
	for (i = standin->count; i-- > 0;) {
		error = look_at(standin, i);
		late = standin->deadlines[i] <= now;
		if (error == EAGAIN && !late)
			continue;
		if (session_delivered(standin->conns[i].fd))
			end_one(standin, i, ACCOUNT_STOOD_IN);
		else if (error != EAGAIN && error != 0)
			end_one(standin, i, ACCOUNT_PEER_GONE);
		else if (late)
			end_one(standin, i, ACCOUNT_TIMED_OUT);
		else
			/* Its FIN came before its last acknowledgement. */
			standin->conns[i].events = 0;
	}
}

int64_t
standin_alarm(const struct standin *standin)
{
	int64_t alarm = NEVER;
	unsigned i;

	for (i = 0; i < standin->count; i++)
		if (standin->deadlines[i] < alarm)
			alarm = standin->deadlines[i];
	return alarm;
}

static enum account
account_of(const struct standin *standin, unsigned i)
{
	return session_delivered(standin->conns[i].fd) ? ACCOUNT_STOOD_IN
						       : ACCOUNT_LOST;
}

void
standin_make_room(struct standin *standin)
{
	unsigned i, first = 0;

	for (i = 1; i < standin->count; i++)
		if (standin->deadlines[i] < standin->deadlines[first])
			first = i;
	end_one(standin, first, account_of(standin, first));
}

void
standin_close(struct standin *standin)
{
	while (standin->count > 0)
		end_one(standin, 0, account_of(standin, 0));
}
