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

void
log_line(struct log *log, const char *fmt, ...)
{
	char line[LINE_MAX_LENGTH];
	va_list args;
	size_t length;

	length = (size_t)snprintf(line, sizeof(line), "%s: ", getprogname());
	va_start(args, fmt);
	vsnprintf(line + length, sizeof(line) - length - 1, fmt, args);
	va_end(args);
	length = strlen(line);
	line[length++] = '\n';
	if (log->used + length > LOG_SIZE)
		log_flush(log);
	if (log->dropped > 0)
		confess(log);
	if (log->dropped > 0 || log->used + length > LOG_SIZE) {
		log->dropped++;
		log->dropped_ever++;
		return;
	}
	append(log, line, length);
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

void
log_flush(struct log *log)
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

void
log_close(struct log *log, int64_t wait)
{
	const int64_t deadline = monotonic_now() + wait;
	struct pollfd file = {.fd = log->descriptor, .events = POLLOUT};

	if (log->dropped > 0)
		confess(log);
	log_flush(log);
	while (log->used > 0 && monotonic_now() < deadline) {
		poll(&file, 1, poll_timeout(deadline));
		log_flush(log);
	}
	drop_all(log);
}
