#ifndef GREETING_H
#define GREETING_H

#include <stddef.h>

#include "reason.h"

/* The greeting of a server that was told no other; what clients expect. */
#define GREETING_DEFAULT "Thank you for connection\r\n"

/* The largest greeting, 16 MiB. */
#define GREETING_MAX ((size_t)16 << 20)

/*
 * A message of 1 to GREETING_MAX bytes, any bytes. A large one is mapped
 * shared, so that fork(2) copies no page table entries for it, and read-only.
 */
struct greeting {
	const unsigned char *bytes;
	size_t length;
};

/*
 * Make a greeting from text with the escapes of unvis(3) (\n \r \t \0 \a
 * \b \v \f \s \ooo \xhh \\), or from the bytes of a file, as they are.
 * The caller owns it and ends it with greeting_free.
 * Returns 0, or -1 with a reason that repeats text or path: a bad escape
 * (EX_USAGE), an empty greeting (EX_USAGE or EX_DATAERR), a file that is too
 * large (EX_DATAERR) or cannot be read (EX_NOINPUT, EX_NOPERM).
 */
int greeting_from_text(struct greeting *, const char *text, struct reason *);
int greeting_from_file(struct greeting *, const char *path, struct reason *);

/* The same from an open file, read from its start; path is for reasons. */
int greeting_from_descriptor(
    struct greeting *, int file, const char *path, struct reason *);

void greeting_free(struct greeting *);

#endif
