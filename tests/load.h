#ifndef TESTS_LOAD_H
#define TESTS_LOAD_H

#include <sys/types.h>

#include <stdint.h>

#include "address.h"

/* How the connections of a load ended; each ends in exactly one way. */
struct load_counts {
	uint64_t greeted;     /* all of the greeting, nothing else, then FIN */
	uint64_t refused;     /* no connection, by RST */
	uint64_t wrong;	      /* connected, but not exactly the greeting */
	uint64_t reset;	      /* connected, and reset before the end */
	uint64_t stranded;    /* connected, and no end by the deadline */
	uint64_t unconnected; /* neither connected nor refused by then */
};

/*
 * A process that holds a number of connections to 127.0.0.1 in flight, each
 * replaced when it ends, until it is stopped or has made as many as it
 * should. It ends with the test at the latest.
 */
struct load {
	pid_t pid;
	int ends; /* an eventfd that grows with each connection's end */
	int stop;
	struct load_counts *counts; /* shared with it */
};

/*
 * Start: at most at_once in flight (2,000 at most), total in all (0: until
 * stopped), each to get the default greeting. The first at_once are begun
 * together.
 */
void load_start(struct load *, unsigned port, unsigned at_once, uint64_t total);

/*
 * The same, without an end: so many begin in each second, whatever becomes of
 * those before; at most 8,000 are in flight.
 */
void load_start_evenly(struct load *, unsigned port, unsigned per_second);

/* The same, to another address than that. */
void load_start_at(
    struct load *, const struct address *, unsigned at_once, uint64_t total);

/*
 * Wait until so many more connections have ended, however they did. Here and
 * below the deadline is for each end: a slow machine may take its time as
 * long as it gets on.
 */
void load_await(struct load *, uint64_t ends);

/* No new connections; those in flight end first. Returns the counts. */
struct load_counts load_stop(struct load *);

/* Wait for all of total. Returns the counts. */
struct load_counts load_finish(struct load *);

#endif
