#ifndef HAILD_LOG_H
#define HAILD_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haild/topic.h"

#define LOG_SIZE 65536

/*
 * Lines for a reader who may be slow, stalled or gone: they are gathered and
 * written without ever blocking; what finds no room is dropped and counted.
 */
struct log {
	int descriptor;
	enum { LOG_FILE, LOG_OWN, LOG_SOCKET, LOG_SHARED } kind;
	bool stalled;	  /* the reader takes no more at the moment */
	uint64_t dropped; /* lines, since the last that said so */
	uint64_t dropped_ever;
	struct topics topics;
	size_t used;
	char bytes[LOG_SIZE];
};

/*
 * Write to descriptor, which stays its owner's. A pipe or terminal is opened
 * again, so as not to make it non-blocking for everybody else who has it.
 */
void log_open(struct log *, int descriptor);

/*
 * Add a line, formatted, with the program's name before it. Whatever is not
 * printable ASCII is written with the escapes of vis(3): no peer, and no
 * file, moves the cursor of whoever reads it or makes a line of its own.
 */
void log_line(struct log *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * The same for what may come often: of each topic so many in a second
 * (topic.h), then "and N more".
 */
void log_about(struct log *, enum topic, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Write what can be written now. */
void log_flush(struct log *);

/* When log_flush has something to say that it did not say yet, or NEVER. */
int64_t log_alarm(const struct log *);

/* Write all, waiting up to wait ns for a reader; what is left is dropped. */
void log_close(struct log *, int64_t wait);

#endif
