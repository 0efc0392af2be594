#ifndef TESTS_HOUSEHOLD_H
#define TESTS_HOUSEHOLD_H

#include "haild/parent.h"
#include "pair.h"

/* Times far beyond the deadline of a test. */
#define HOUSEHOLD_LONG (3600 * NS_PER_S)

/* How many children there may be, and how many the parent greets itself. */
#define HOUSEHOLD_CHILDREN 3
#define HOUSEHOLD_STANDINS 1

#define HOUSEHOLD_GREETING "hello\n"

/*
 * A parent as far as children go: without acceptor and sandbox, and with a
 * log that nobody reads; limits may be NULL. What goes wrong fails the test.
 */
struct parent *household_open(const struct limits *);

/* Somebody has connected: have it served. */
void household_serve(struct parent *, struct pair *);

/* How many connections were booked, under all names. */
uint64_t household_booked(const struct parent *);

#endif
