#include "hail/exhibit.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "hail/terminal.h"

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

static int
show_pending(struct exhibit *exhibit, bool last, struct reason *why)
{
	static char shown[TERMINAL_EXPANSION * EXHIBIT_SIZE];
	size_t length, taken = exhibit->pending;
	int result = 0;

	if (exhibit->terminal) {
		taken = terminal_show(
		    exhibit->bytes, exhibit->pending, last, shown, &length);
		result = print(shown, length, why);
	} else if (!exhibit->quiet) {
		result = print((const char *)exhibit->bytes, taken, why);
	}
	exhibit->pending -= taken;
	memmove(exhibit->bytes, exhibit->bytes + taken, exhibit->pending);
	return result;
}

void
exhibit_open(struct exhibit *exhibit, bool quiet)
{
	exhibit->pending = 0;
	exhibit->quiet = quiet;
	exhibit->terminal = !quiet && isatty(STDOUT_FILENO);
}

unsigned char *
exhibit_room(struct exhibit *exhibit, size_t *room)
{
	*room = EXHIBIT_SIZE - exhibit->pending;
	return exhibit->bytes + exhibit->pending;
}

int
exhibit_show(struct exhibit *exhibit, size_t length, struct reason *why)
{
	exhibit->pending += length;
	return show_pending(exhibit, false, why);
}

int
exhibit_close(struct exhibit *exhibit, struct reason *why)
{
	return show_pending(exhibit, true, why);
}
