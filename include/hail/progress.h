#ifndef HAIL_PROGRESS_H
#define HAIL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* How far a run is, as its progress line shows it. */
struct progress_state {
	uint64_t planned; /* UINT64_MAX: as many as the time allows */
	uint64_t started;
	uint64_t ended;
	uint64_t failed;
	int64_t duration; /* ns, 0: until all are done */
};

/* One line on a terminal, drawn again and again. */
struct progress {
	FILE *terminal; /* NULL: nobody looks */
	bool color;
	int64_t start;
	int64_t next; /* when to draw again, NEVER if nobody looks */
	uint64_t last_ended;
	int64_t last;
};

/* Enough for the line, with its NUL. */
#define PROGRESS_SIZE 128

/* Begin, if stderr is a terminal and quiet is false. */
void progress_start(struct progress *, bool quiet, bool color);

/* Draw the line if it is time to. Never blocks for longer than stderr. */
void progress_show(struct progress *, const struct progress_state *);

/* Take the line away. */
void progress_end(struct progress *);

/*
 * The line without its colour, after elapsed ns, at a rate of connections a
 * second: share done, rate, in flight, failed, time left. Returns buf.
 */
char *progress_line(const struct progress_state *, double rate, int64_t elapsed,
    char buf[PROGRESS_SIZE]);

#endif
