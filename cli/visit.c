#include "hail/visit.h"

#include <sys/socket.h>

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include <vis.h>

#include "duration.h"
#include "hail/connection.h"
#include "hail/terminal.h"

#define READ_SIZE 65536

struct visit {
	const struct hail_options *options;
	char name[ADDRESS_STRLEN]; /* the address that is tried, in words */
	int conn;
	int64_t start;
	uint64_t received;
	struct difference difference;

	unsigned char bytes[READ_SIZE];
	size_t pending; /* bytes that are not shown yet */
	bool terminal;
};

static int
fail(const struct visit *visit, struct reason *why, const char *what)
{
	return reason_set(why, EXIT_FAILURE, "%s: %s", visit->name, what);
}

/* "No route to host" in the middle of a line. */
static int
fail_errno(const struct visit *visit, int error, struct reason *why)
{
	const char *words = strerror(error);

	return reason_set(why, EXIT_FAILURE, "%s: %c%s", visit->name,
	    tolower((unsigned char)words[0]), words + 1);
}

static int
fail_late(const struct visit *visit, const char *what, struct reason *why)
{
	char elapsed[DURATION_STRLEN];

	return reason_set(why, EXIT_FAILURE, "%s: %s (%s)", visit->name, what,
	    duration_format(monotonic_now() - visit->start, elapsed));
}

/* Wait for an event on conn; 0, or -1 when the deadline has come. */
static int
await(const struct visit *visit, short event, int64_t deadline)
{
	struct pollfd polled = {.fd = visit->conn, .events = event};
	int ready;

	do
		ready = poll(&polled, 1, poll_timeout(deadline));
	while (ready == -1 && errno == EINTR);
	return ready == 0 ? -1 : 0;
}

/* Write all of it, also to a terminal that someone made non-blocking. */
static int
print(const char *bytes, size_t length, struct reason *why)
{
	struct pollfd polled = {.fd = STDOUT_FILENO, .events = POLLOUT};
	ssize_t written;

	while (length > 0) {
		written = write(STDOUT_FILENO, bytes, length);
		if (written >= 0) {
			bytes += written;
			length -= (size_t)written;
		} else if (errno == EAGAIN) {
			poll(&polled, 1, -1);
		} else if (errno != EINTR) {
			return reason_set(
			    why, EX_IOERR, "stdout: %s", strerror(errno));
		}
	}
	return 0;
}

/* Show what is pending; a cut character stays for the next time. */
static int
show(struct visit *visit, bool last, struct reason *why)
{
	static char shown[TERMINAL_EXPANSION * READ_SIZE];
	size_t length, taken = visit->pending;
	int result = 0;

	if (visit->options->quiet) {
		visit->pending = 0;
		return 0;
	}
	if (visit->terminal) {
		taken = terminal_show(
		    visit->bytes, visit->pending, last, shown, &length);
		result = print(shown, length, why);
	} else {
		result = print((const char *)visit->bytes, taken, why);
	}
	visit->pending -= taken;
	memmove(visit->bytes, visit->bytes + taken, visit->pending);
	return result;
}

static void
compare(struct visit *visit, const unsigned char *bytes, size_t length)
{
	const struct expectation *expectation = &visit->options->expectation;
	struct difference *difference = &visit->difference;
	size_t good;

	if (!visit->options->expects || difference->at != UINT64_MAX)
		return;
	good = expectation_compare(expectation, visit->received, bytes, length);
	if (good == length)
		return;
	difference->at = visit->received + good;
	difference->came = bytes[good];
	difference->expected = -1;
	if (difference->at < expectation->greeting.length)
		difference->expected =
		    expectation->greeting.bytes[difference->at];
}

/* What the end of the greeting means. */
static int
conclude(const struct visit *visit, struct reason *why)
{
	const struct expectation *expectation = &visit->options->expectation;
	const struct difference *difference = &visit->difference;
	char came[8], expected[8];

	if (visit->received == 0)
		return fail(visit, why, "hung up without a greeting");
	if (difference->at != UINT64_MAX && difference->expected == -1)
		return reason_set(why, EXIT_FAILURE,
		    "%s: goes on after the %zu bytes that were expected",
		    visit->name, expectation->greeting.length);
	if (difference->at != UINT64_MAX) {
		vis(came, difference->came, VIS_CSTYLE | VIS_NOLOCALE, 0);
		vis(expected, difference->expected, VIS_CSTYLE | VIS_NOLOCALE,
		    0);
		return reason_set(why, EXIT_FAILURE,
		    "%s: differs at byte %ju: '%s', not '%s'", visit->name,
		    (uintmax_t)difference->at + 1, came, expected);
	}
	if (visit->options->expects &&
	    !expectation_met(expectation, visit->received))
		return reason_set(why, EXIT_FAILURE,
		    "%s: differs at byte %ju: ends after %ju of %zu bytes",
		    visit->name, (uintmax_t)visit->received + 1,
		    (uintmax_t)visit->received, expectation->greeting.length);
	return 0;
}

/* The reading failed, or its time is up. */
static int
interrupted(const struct visit *visit, int error, struct reason *why)
{
	char what[80];

	if (error == ETIMEDOUT && visit->received == 0)
		return fail_late(visit, "connected but never greeted", why);
	if (error != ETIMEDOUT && error != ECONNRESET)
		return fail_errno(visit, error, why);
	if (visit->received == 0)
		return fail(visit, why, "reset before the greeting");
	snprintf(what, sizeof(what), "%s within the greeting, after %ju byte%s",
	    error == ETIMEDOUT ? "timed out" : "reset",
	    (uintmax_t)visit->received, visit->received == 1 ? "" : "s");
	return error == ETIMEDOUT ? fail_late(visit, what, why)
				  : fail(visit, why, what);
}

/* Read the greeting to its end. */
static int
listen_to(struct visit *visit, struct reason *why)
{
	const struct hail_options *options = visit->options;
	int64_t deadline = visit->start + options->timeout, first = deadline;
	unsigned char *place;
	ssize_t got;

	if (options->first_byte_timeout != 0 &&
	    monotonic_now() + options->first_byte_timeout < first)
		first = monotonic_now() + options->first_byte_timeout;
	for (;;) {
		if (await(visit, POLLIN,
			visit->received == 0 ? first : deadline) == -1)
			return interrupted(visit, ETIMEDOUT, why);
		place = visit->bytes + visit->pending;
		got = recv(visit->conn, place, READ_SIZE - visit->pending, 0);
		if (got == 0)
			break;
		if (got == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got == -1)
			return interrupted(visit, errno, why);
		compare(visit, place, (size_t)got);
		visit->received += (uint64_t)got;
		visit->pending += (size_t)got;
		if (show(visit, false, why) == -1)
			return -1;
	}
	return conclude(visit, why);
}

/* Connect by the deadline; 0, or -1 with a reason. */
static int
call(struct visit *visit, const struct address *target, int64_t deadline,
    struct reason *why)
{
	int error = 0;
	socklen_t size = sizeof(error);

	visit->conn = socket(target->storage.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (visit->conn == -1 ||
	    source_bind(&visit->options->sources, 0, visit->conn,
		target->storage.ss_family) == -1)
		return fail_errno(visit, errno, why);
	if (connect(visit->conn, (const void *)&target->storage,
		target->length) == 0)
		return 0;
	if (errno != EINPROGRESS && errno != EINTR)
		return fail_errno(visit, errno, why);
	if (await(visit, POLLOUT, deadline) == -1)
		return fail_late(visit, "timed out while connecting", why);
	getsockopt(visit->conn, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error == ETIMEDOUT)
		return fail_late(visit, "timed out while connecting", why);
	return error == 0 ? 0 : fail_errno(visit, error, why);
}

/* When to give up on the next of left addresses: each has an equal part. */
static int64_t
call_deadline(const struct visit *visit, size_t left)
{
	const struct hail_options *options = visit->options;
	int64_t now = monotonic_now();
	int64_t part = (visit->start + options->timeout - now) / (int64_t)left;

	if (options->connect_timeout != 0 && options->connect_timeout < part)
		part = options->connect_timeout;
	return now + part;
}

/* Connect to the first that answers; else the reasons of all. */
static int
call_any(
    struct visit *visit, const struct address_list *targets, struct reason *why)
{
	struct reason one, all = {.text = ""};
	size_t i;

	for (i = 0; i < targets->count; i++) {
		address_format(&targets->at[i], visit->name);
		if (call(visit, &targets->at[i],
			call_deadline(visit, targets->count - i), &one) == 0)
			return 0;
		if (visit->conn != -1)
			close(visit->conn);
		strlcat(all.text, i == 0 ? "" : "; ", sizeof(all.text));
		strlcat(all.text, one.text, sizeof(all.text));
	}
	return reason_set(why, EXIT_FAILURE, "%s", all.text);
}

int
visit(const struct hail_options *options, const struct address_list *targets,
    struct reason *why)
{
	static struct visit visit;
	struct reason ignored;
	int result;

	visit = (struct visit){
	    .options = options,
	    .start = monotonic_now(),
	    .difference.at = UINT64_MAX,
	    .terminal = isatty(STDOUT_FILENO),
	};
	if (call_any(&visit, targets, why) == -1)
		return -1;
	if (options->half_close)
		shutdown(visit.conn, SHUT_WR);
	result = listen_to(&visit, why);
	/* Half a character at the very end is shown all the same. */
	show(&visit, true, &ignored);
	close(visit.conn);
	return result;
}
