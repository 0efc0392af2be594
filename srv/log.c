#include "haild/log.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vis.h>

#include "duration.h"

#define LINE_MAX_LENGTH 1024

/*
 * O_NONBLOCK belongs to the open file, which others share; opening the pipe
 * or terminal again gives a file of our own. Where that is forbidden, poll(2)
 * is asked before each small write.
 */
static void
open_again(struct log *log)
{
	char path[32];
	int own;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", log->descriptor);
	own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	log->kind = own == -1 ? LOG_SHARED : LOG_OWN;
	if (own != -1)
		log->descriptor = own;
}

void
log_open(struct log *log, int descriptor)
{
	struct stat status;

	memset(log, 0, offsetof(struct log, bytes));
	log->descriptor = descriptor;
	log->kind = LOG_FILE;
	if (fstat(descriptor, &status) == -1)
		return;
	if (S_ISFIFO(status.st_mode) || isatty(descriptor))
		open_again(log);
	else if (S_ISSOCK(status.st_mode))
		log->kind = LOG_SOCKET;
}

static ssize_t
write_some(struct log *log)
{
	struct pollfd file = {.fd = log->descriptor, .events = POLLOUT};
	size_t length = log->used;

	switch (log->kind) {
	case LOG_SOCKET:
		return send(log->descriptor, log->bytes, length,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	case LOG_SHARED:
		if (poll(&file, 1, 0) == 0) {
			errno = EAGAIN;
			return -1;
		}
		/* A pipe that polls writable takes so much at once. */
		length = length < PIPE_BUF ? length : PIPE_BUF;
		/* FALLTHROUGH */
	default:
		return write(log->descriptor, log->bytes, length);
	}
}

/* Nobody will ever read these. */
static void
drop_all(struct log *log)
{
	const char *at = log->bytes;

	while ((at = memchr(at, '\n', (size_t)(log->bytes + log->used - at))) !=
	    NULL) {
		at++;
		log->dropped_ever++;
	}
	log->used = 0;
}

static void
write_all(struct log *log)
{
	ssize_t written;

	log->stalled = false;
	while (log->used > 0) {
		written = write_some(log);
		if (written == -1 && errno == EINTR)
			continue;
		if (written == -1 && errno == EAGAIN) {
			log->stalled = true;
			return;
		}
		if (written == -1) {
			drop_all(log);
			return;
		}
		log->used -= (size_t)written;
		memmove(log->bytes, log->bytes + written, log->used);
	}
}

static void
append(struct log *log, const char *line, size_t length)
{
	memcpy(log->bytes + log->used, line, length);
	log->used += length;
}

/* Say how many lines are missing, where they are missing. */
static void
confess(struct log *log)
{
	char line[LINE_MAX_LENGTH];
	int length;

	length = snprintf(line, sizeof(line),
	    "%s: %" PRIu64 " log lines were dropped: the reader is slow\n",
	    getprogname(), log->dropped);
	if (log->used + (size_t)length > LOG_SIZE)
		return;
	append(log, line, (size_t)length);
	log->dropped = 0;
}

/* Escape what is not printable ASCII in the line; what gets too long ends. */
static void
make_visible(char line[LINE_MAX_LENGTH])
{
	char visible[4 * LINE_MAX_LENGTH];
	const char *byte = line;

	while (*byte >= ' ' && *byte <= '~')
		byte++;
	if (*byte == '\0')
		return;
	strvis(visible, line, VIS_CSTYLE | VIS_NL | VIS_TAB);
	strlcpy(line, visible, LINE_MAX_LENGTH - 1);
}

static void __attribute__((format(printf, 2, 0)))
add_line(struct log *log, const char *fmt, va_list args)
{
	char line[LINE_MAX_LENGTH];
	size_t length;

	length = (size_t)snprintf(line, sizeof(line), "%s: ", getprogname());
	vsnprintf(line + length, sizeof(line) - length - 1, fmt, args);
	make_visible(line);
	length = strlen(line);
	line[length++] = '\n';
	if (log->used + length > LOG_SIZE)
		write_all(log);
	if (log->dropped > 0)
		confess(log);
	if (log->dropped > 0 || log->used + length > LOG_SIZE) {
		log->dropped++;
		log->dropped_ever++;
		return;
	}
	append(log, line, length);
}

void
log_line(struct log *log, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_line(log, fmt, args);
	va_end(args);
}

void
log_about(struct log *log, enum topic topic, const char *fmt, ...)
{
	va_list args;

	if (!topics_permit(&log->topics, topic, monotonic_now()))
		return;
	va_start(args, fmt);
	add_line(log, fmt, args);
	va_end(args);
}

/* Say of which topics there was more, as long as nothing would be dropped. */
static void
say_more(struct log *log, int64_t now)
{
	enum topic topic;
	uint64_t more;

	while (log->used + LINE_MAX_LENGTH <= LOG_SIZE &&
	    (more = topics_more(&log->topics, now, &topic)) > 0)
		log_line(
		    log, "%s: and %" PRIu64 " more", topic_name(topic), more);
}

int64_t
log_alarm(const struct log *log)
{
	return log->stalled || log->topics.due == 0 ? NEVER : log->topics.due;
}

void
log_flush(struct log *log)
{
	if (log->topics.due != 0)
		say_more(log, monotonic_now());
	write_all(log);
}

void
log_close(struct log *log, int64_t wait)
{
	const int64_t deadline = monotonic_now() + wait;
	struct pollfd file = {.fd = log->descriptor, .events = POLLOUT};

	write_all(log);
	say_more(log, NEVER);
	if (log->dropped > 0)
		confess(log);
	log_flush(log);
	while (log->used > 0 && monotonic_now() < deadline) {
		poll(&file, 1, poll_timeout(deadline));
		log_flush(log);
	}
	drop_all(log);
}
