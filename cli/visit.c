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

#include "duration.h"
#include "hail/connection.h"
#include "hail/exhibit.h"
#include "hail/terminal.h"

struct visit {
	const struct hail_options *options;
	char name[ADDRESS_STRLEN]; /* the address that is tried, in words */
	int conn;
	int64_t start;
	uint64_t received;
	struct difference difference;
	bool reset; /* as soon as it was connected */

	struct exhibit exhibit;
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
	char came[TERMINAL_BYTE_SIZE], expected[TERMINAL_BYTE_SIZE];

	if (visit->received == 0)
		return fail(visit, why, "hung up without a greeting");
	if (difference->at != UINT64_MAX && difference->expected == -1)
		return reason_set(why, EXIT_FAILURE,
		    "%s: goes on after the %zu bytes that were expected",
		    visit->name, expectation->greeting.length);
	if (difference->at != UINT64_MAX) {
		return reason_set(why, EXIT_FAILURE,
		    "%s: differs at byte %ju: '%s', not '%s'", visit->name,
		    (uintmax_t)difference->at + 1,
		    terminal_show_byte(difference->came, came),
		    terminal_show_byte(difference->expected, expected));
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
	size_t room;
	ssize_t got;

	if (visit->reset)
		return interrupted(visit, ECONNRESET, why);
	if (options->first_byte_timeout != 0 &&
	    monotonic_now() + options->first_byte_timeout < first)
		first = monotonic_now() + options->first_byte_timeout;
	for (;;) {
		if (await(visit, POLLIN,
			visit->received == 0 ? first : deadline) == -1)
			return interrupted(visit, ETIMEDOUT, why);
		place = exhibit_room(&visit->exhibit, &room);
		got = recv(visit->conn, place, room, 0);
		if (got == 0)
			break;
		if (got == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got == -1)
			return interrupted(visit, errno, why);
		compare(visit, place, (size_t)got);
		visit->received += (uint64_t)got;
		if (exhibit_show(&visit->exhibit, (size_t)got, why) == -1)
			return -1;
	}
	return conclude(visit, why);
}

/* Connect by the deadline; 0, or -1 with a reason. */
static int
call(struct visit *visit, const struct address *target, int64_t deadline,
    struct reason *why)
{
	char byte;

	visit->conn = socket(target->storage.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (visit->conn == -1 ||
	    source_bind(&visit->options->sources, 0, visit->conn,
		target->storage.ss_family) == -1)
		return fail_errno(visit, errno, why);
	if (connect(visit->conn, (const void *)&target->storage,
		target->length) == -1 &&
	    errno != EINPROGRESS)
		return fail_errno(visit, errno, why);
	if (await(visit, POLLOUT, deadline) == -1)
		return fail_late(visit, "timed out while connecting", why);
	/* Unlike SO_ERROR this leaves what came before a reset. */
	if (recv(visit->conn, &byte, 1, MSG_PEEK) >= 0 || errno == EAGAIN)
		return 0;
	if (errno == ETIMEDOUT)
		return fail_late(visit, "timed out while connecting", why);
	visit->reset = errno == ECONNRESET;
	return visit->reset ? 0 : fail_errno(visit, errno, why);
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
	};
	exhibit_open(&visit.exhibit, options->quiet);
	if (call_any(&visit, targets, why) == -1)
		return -1;
	if (options->half_close)
		shutdown(visit.conn, SHUT_WR);
	result = listen_to(&visit, why);
	if (exhibit_close(&visit.exhibit, result == 0 ? why : &ignored) == -1)
		result = -1;
	close(visit.conn);
	return result;
}
