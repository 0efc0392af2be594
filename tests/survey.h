#ifndef TESTS_SURVEY_H
#define TESTS_SURVEY_H

#include <stdbool.h>

#include "haild/sandbox.h"

/* In place of a call: what changes is the number of the call. */
#define SURVEY_CALLS (-1L)

/* The most that can be tried. */
#define SURVEY_MOST 0x8000U

/*
 * System calls that are tried one after the other, by a process in a sandbox:
 * each with the next number, from 0, as the call or as one argument.
 */
struct survey {
	long call;
	long arguments[6];
	int at; /* the argument that changes */
	unsigned count;
	/* filled in */
	unsigned next;
	bool permitted[SURVEY_MOST];
};

/*
 * Try what a survey says in this role; the result is in a copy of it. The
 * arguments must be such that a call that is permitted does no harm but to
 * the process that makes it. Skips the test where there is no sandbox.
 */
struct survey *survey_take(const struct survey *, enum sandbox_role);

void survey_free(struct survey *);

#endif
