#ifndef HAILD_OPTIONS_H
#define HAILD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "haild/limits.h"
#include "reason.h"

/* What the user asked for; strings point into argv. */
struct haild_options {
	const char *host;
	const char *port;
	unsigned backlog;
	unsigned burst;
	unsigned max_children;
	unsigned max_queued; /* 0: as many as RLIMIT_NOFILE permits */
	const char *message; /* with escapes; NULL: see message_file */
	const char *message_file;
	int64_t timeout; /* ns */
	int64_t linger;	 /* ns */
	struct limits limits;
	const char *pid_file;
	const char *user;      /* NULL: nobody, if root */
	const char *directory; /* to confine haild to; NULL: see sandbox.h */
	bool no_sandbox;
	int verbosity; /* -1 quiet, 0, 1 verbose */
};

enum haild_wish {
	HAILD_SERVE,
	HAILD_DONE, /* --help or --version was printed */
};

/*
 * Read the command line; argv is rearranged and its strings may be changed.
 * Returns a wish, or -1 with a reason that repeats the user's words
 * (EX_USAGE).
 */
int haild_options_parse(
    struct haild_options *, int argc, char *argv[], struct reason *);

#endif
