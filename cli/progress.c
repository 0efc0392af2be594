#include "hail/progress.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "duration.h"

#define INTERVAL (NS_PER_S / 5)

#define RED   "\033[31m"
#define PLAIN "\033[0m"
#define CLEAR "\r\033[K"

/* The share that is done, 0 to 1, by connections or by time. */
static double
share_done(const struct progress_state *state, int64_t elapsed)
{
	double by_count = 0, by_time = 0;

	if (state->planned != UINT64_MAX && state->planned != 0)
		by_count = (double)state->ended / (double)state->planned;
	if (state->duration != 0)
		by_time = (double)elapsed / (double)state->duration;
	if (by_time > 1)
		by_time = 1;
	return by_count > by_time ? by_count : by_time;
}

char *
progress_line(const struct progress_state *state, double rate, int64_t elapsed,
    char buf[PROGRESS_SIZE])
{
	char left[DURATION_STRLEN] = "?";
	double done = share_done(state, elapsed);
	int64_t remaining;

	if (done > 0) {
		remaining = (int64_t)((double)elapsed * (1 - done) / done);
		/* Whole seconds are enough, and do not flicker. */
		duration_format(
		    (remaining + NS_PER_S - 1) / NS_PER_S * NS_PER_S, left);
	}
	snprintf(buf, PROGRESS_SIZE,
	    "%3.0f%%  %.0f/s  %" PRIu64 " in flight  %" PRIu64
	    " failed  %s left",
	    100 * done, rate, state->started - state->ended, state->failed,
	    left);
	return buf;
}

void
progress_start(struct progress *progress, bool quiet, bool color)
{
	memset(progress, 0, sizeof(*progress));
	progress->start = progress->last = monotonic_now();
	progress->color = color;
	progress->next = NEVER;
	if (quiet || !isatty(STDERR_FILENO))
		return;
	progress->terminal = stderr;
	progress->next = progress->start + INTERVAL;
}

void
progress_show(struct progress *progress, const struct progress_state *state)
{
	char line[PROGRESS_SIZE];
	int64_t now = monotonic_now();
	bool red = progress->color && state->failed > 0;
	double rate;

	if (now < progress->next)
		return;
	rate = (double)(state->ended - progress->last_ended) *
	    (double)NS_PER_S / (double)(now - progress->last);
	progress_line(state, rate, now - progress->start, line);
	fprintf(progress->terminal, "%s%s%s%s", CLEAR, red ? RED : "", line,
	    red ? PLAIN : "");
	fflush(progress->terminal);
	progress->last = now;
	progress->last_ended = state->ended;
	progress->next = now + INTERVAL;
}

void
progress_end(struct progress *progress)
{
	if (progress->terminal == NULL)
		return;
	fputs(CLEAR, progress->terminal);
	fflush(progress->terminal);
	progress->terminal = NULL;
	progress->next = NEVER;
}
