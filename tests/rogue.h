#ifndef TESTS_ROGUE_H
#define TESTS_ROGUE_H

#include <sys/types.h>

#include <stdint.h>

/* What rogues greet with, and what an honest one sends in full. */
#define ROGUE_GREETING "Thank you for connection\r\n"

/* Servers that do wrong, one thing each, and two that do nothing wrong. */
enum rogue_manner {
	ROGUE_GREETS,	    /* accept, send, close, one after the other */
	ROGUE_FORKS,	    /* the textbook server: fork for each */
	ROGUE_SILENT,	    /* accepts and never speaks */
	ROGUE_HALF,	    /* speaks half and holds on */
	ROGUE_SHORT,	    /* speaks half and closes */
	ROGUE_EXTRA,	    /* speaks one byte too much, then closes */
	ROGUE_ENDLESS,	    /* speaks for ever */
	ROGUE_WRONG_BYTE,   /* the eleventh byte (at 10) is another */
	ROGUE_EMPTY,	    /* closes at once */
	ROGUE_RESET_BEFORE, /* resets instead of speaking */
	ROGUE_RESET_WITHIN, /* resets after half */
	ROGUE_DEAF,	    /* listens and never accepts */
	ROGUE_NO_SYN,	    /* drops every SYN: nobody connects; may skip */
	ROGUE_REFUSES,	    /* nobody listens on its port */
};

/*
 * A server in a process of its own, on a free port of 127.0.0.1. It ends
 * with the test at the latest.
 */
struct rogue {
	pid_t pid;
	unsigned port;
	uint64_t *accepted; /* shared with it */
};

/* Start; connections are taken when this returns. */
void rogue_start(struct rogue *, enum rogue_manner, int backlog);

/* How many connections it has accepted so far. */
uint64_t rogue_accepted(const struct rogue *);

/* Kill it. Returns how many connections it accepted in all. */
uint64_t rogue_stop(struct rogue *);

#endif
