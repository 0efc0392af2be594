#include "haild/standin.h"

#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include "duration.h"

/* Look for acknowledgements after 10, 20, 40... ms. */
#define FIRST_LOOK (10 * NS_PER_MS)
#define LAST_LOOK  (500 * NS_PER_MS)

/* The one that waits for nothing but its client's FIN, longest; or count. */
static unsigned
who_gives_way(const struct standin *standin)
{
	const struct standing *standing = standin->standing;
	unsigned i, found = standin->count;

	for (i = 0; i < standin->count; i++)
		if (standing[i].delivered &&
		    (found == standin->count ||
			standing[i].deadline < standing[found].deadline))
			found = i;
	return found;
}

bool
standin_has_room(const struct standin *standin)
{
	return standin->count < standin->places ||
	    who_gives_way(standin) < standin->count;
}

static void
book(struct standin *standin, const struct address *peer, enum account account)
{
	if (standin->admission == NULL)
		account = ACCOUNT_REFUSED;
	else
		admission_left(standin->admission, peer);
	ledger_book(standin->ledger, account, 1);
}

/* Book and close the i-th; the last one takes its place. */
static void
end_one(struct standin *standin, unsigned i, enum account account)
{
	const int conn = standin->standing[i].conn;

	book(standin, &standin->standing[i].peer, account);
	/* Nothing unread, or closing would reset it. */
	if (account == ACCOUNT_STOOD_IN)
		session_discard(conn);
	else
		session_reset_on_close(conn, true);
	close(conn);
	standin->count--;
	standin->standing[i] = standin->standing[standin->count];
	standin->events[i] = standin->events[standin->count];
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

/* All of it was sent: wait for what the client does. */
static void
attend(struct standin *standin, const struct session *session)
{
	const int64_t now = monotonic_now();

	if (standin->count == standin->places)
		end_one(standin, who_gives_way(standin), ACCOUNT_STOOD_IN);
	standin->events[standin->count] = (struct pollfd){
	    .fd = session->conn,
	    .events = POLLIN,
	};
	standin->standing[standin->count++] = (struct standing){
	    .conn = session->conn,
	    .peer = session->peer,
	    .deadline = now + session->timeout,
	    .look_at = now,
	    .pause = FIRST_LOOK / 2,
	    .linger = session->linger,
	};
}

bool
standin_take(struct standin *standin, const struct session *session)
{
	const struct greeting *greeting = &session->greeting;
	ssize_t sent;

	if (!standin_has_room(standin) ||
	    !fits(session->conn, greeting->length))
		return false;
	sent = send(session->conn, greeting->bytes, greeting->length,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent == -1 &&
	    (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM))
		return false;
	if (sent == (ssize_t)greeting->length) {
		shutdown(session->conn, SHUT_WR);
		attend(standin, session);
	} else {
		book(standin, &session->peer,
		    sent == -1 ? ACCOUNT_PEER_GONE : ACCOUNT_FAILED);
		/* Half a greeting must not look like a whole one. */
		session_reset_on_close(session->conn, true);
		close(session->conn);
	}
	return true;
}

/* Read what came to the i-th. Returns 0, or the errno that ends it. */
static int
listen_to(struct standin *standin, unsigned i)
{
	struct standing *standing = &standin->standing[i];

	if (standin->events[i].revents == 0)
		return 0;
	if (session_discard(standing->conn) == -1)
		return errno == EAGAIN ? 0 : errno;
	standing->ended = true;
	/* With both ends said, poll(2) would return at once for ever. */
	standin->events[i].fd = -1;
	return 0;
}

/* Has it all been acknowledged? If not yet, when to look again. */
static void
look_at(struct standing *standing, int64_t now)
{
	if (standing->delivered)
		return;
	if (session_delivered(standing->conn)) {
		standing->delivered = true;
		standing->deadline = now + standing->linger;
	} else if (standing->look_at <= now) {
		standing->pause = 2 * standing->pause < LAST_LOOK
		    ? 2 * standing->pause
		    : LAST_LOOK;
		standing->look_at = now + standing->pause;
	}
}

/* What the i-th is to be booked as; ACCOUNTS if it is not over. */
static enum account
judge(struct standin *standin, unsigned i, int64_t now)
{
	struct standing *standing = &standin->standing[i];
	const int error = listen_to(standin, i);
	bool late;

	look_at(standing, now);
	late = standing->deadline <= now;
	if (standing->delivered)
		return error != 0 || standing->ended || late ? ACCOUNT_STOOD_IN
							     : ACCOUNTS;
	if (error != 0)
		return ACCOUNT_PEER_GONE;
	return late ? ACCOUNT_TIMED_OUT : ACCOUNTS;
}

void
standin_tend(struct standin *standin)
{
	const int64_t now = monotonic_now();
	enum account account;
	unsigned i;

	/* Downwards, because end_one moves the last one into the gap. */
	for (i = standin->count; i-- > 0;) {
		account = judge(standin, i, now);
		if (account != ACCOUNTS)
			end_one(standin, i, account);
	}
}

int64_t
standin_alarm(const struct standin *standin)
{
	int64_t alarm = NEVER;
	unsigned i;

	for (i = 0; i < standin->count; i++) {
		if (standin->standing[i].deadline < alarm)
			alarm = standin->standing[i].deadline;
		if (!standin->standing[i].delivered &&
		    standin->standing[i].look_at < alarm)
			alarm = standin->standing[i].look_at;
	}
	return alarm;
}

static enum account
account_of(const struct standin *standin, unsigned i)
{
	return session_delivered(standin->standing[i].conn) ? ACCOUNT_STOOD_IN
							    : ACCOUNT_LOST;
}

void
standin_make_room(struct standin *standin)
{
	unsigned i, first = 0;

	for (i = 1; i < standin->count; i++)
		if (standin->standing[i].deadline <
		    standin->standing[first].deadline)
			first = i;
	end_one(standin, first, account_of(standin, first));
}

void
standin_close(struct standin *standin)
{
	while (standin->count > 0)
		end_one(standin, 0, account_of(standin, 0));
}
