#ifndef TESTS_BOOKS_H
#define TESTS_BOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOKS_TERMS 32

/*
 * haild's books, as printed (in one line); "in hand" only while it is not 0:
 *
 * haild: accepted 5 = greeted 3 + peer gone 1 + lost 0 + in hand 1; most at
 * once 2 children, 0 queued
 */
struct books {
	uint64_t accepted;
	struct books_term {
		char name[48];
		uint64_t count;
	} terms[BOOKS_TERMS];
	size_t count;
	uint64_t in_hand; /* accepted and not over yet */
	uint64_t most_children, most_queued;
};

/* Take a line apart; false if it is not such a line. */
bool books_parse(struct books *, const char *line);

/* The count under a name; fails the test if the books have no such name. */
uint64_t books_count(const struct books *, const char *name);

/* How many were greeted, by a child or by the parent. */
uint64_t books_greeted(const struct books *);

/* Whether accepted is the sum of the terms and nothing is in hand. */
bool books_balance(const struct books *);

#endif
