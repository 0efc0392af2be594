#ifndef HAIL_OUTCOME_H
#define HAIL_OUTCOME_H

#include <stdbool.h>

/*
 * How a connection ended. Each connection that was started ends in exactly
 * one of these; the order is that of the manual and of the JSON.
 */
enum outcome {
	OUTCOME_OK,
	OUTCOME_MISMATCH,	 /* a byte differs from what is expected */
	OUTCOME_SHORT,		 /* the end came before all was there */
	OUTCOME_EXTRA,		 /* more came than was expected */
	OUTCOME_EMPTY,		 /* the end came and nothing else */
	OUTCOME_REFUSED,	 /* ECONNREFUSED */
	OUTCOME_UNREACHABLE,	 /* EHOSTUNREACH, ENETUNREACH, ... */
	OUTCOME_RESET_BEFORE,	 /* reset before the first byte */
	OUTCOME_RESET_WITHIN,	 /* reset after the first byte */
	OUTCOME_CONNECT_TIMEOUT, /* no connection by the deadline */
	OUTCOME_STRANDED,	 /* connected, not one byte by then */
	OUTCOME_TOTAL_TIMEOUT,	 /* the greeting began and did not end */
	OUTCOME_NO_PORT,	 /* EADDRNOTAVAIL: no local port left */
	OUTCOME_NO_DESCRIPTOR,	 /* EMFILE, ENFILE */
	OUTCOME_LOCAL_ERROR,	 /* any other error of this machine */
	OUTCOME_ABORTED,	 /* the run ended first */
	OUTCOMES
};

/* The name for JSON and scripts: "reset_before_greeting". */
const char *outcome_key(enum outcome);

/* The name for people: "reset before greeting". */
const char *outcome_words(enum outcome);

/* The outcome with that key; false if there is none. */
bool outcome_find(const char *key, enum outcome *);

/* What this machine ran out of, as against what the peer or network did. */
bool outcome_is_local(enum outcome);

#endif
