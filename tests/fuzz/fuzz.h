#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reason.h"

/*
 * Input that nobody wrote by hand. A target does with any bytes what haild or
 * hail would do with them, and aborts if what comes of it is not what the
 * headers promise. "make fuzz" looks for such bytes, and the tests try all in
 * tests/corpus/NAME each time.
 *
 * The bytes are the caller's. A target may be called any number of times: it
 * keeps no memory and no descriptor, asks no name server, reaches no other
 * machine and writes no file. What it prints may be thrown away.
 */
typedef void fuzz_target(const uint8_t *bytes, size_t length);

fuzz_target fuzz_address;      /* two lines: host and port */
fuzz_target fuzz_cidr;	       /* a range, or the bytes of a sockaddr */
fuzz_target fuzz_escape;       /* a greeting; text for JSON and the log */
fuzz_target fuzz_hail_options; /* a command line, one word a line */
fuzz_target fuzz_handover;     /* a digit, and a message of an acceptor */
fuzz_target fuzz_json;	       /* a file that hail is to merge */
fuzz_target fuzz_options;      /* haild's command line, one word a line */
fuzz_target fuzz_quantity;     /* a duration, a rate, a number */
fuzz_target fuzz_rules;	       /* a file of rules */
fuzz_target fuzz_terminal;     /* what a server says to a terminal */

#define FUZZ_TARGETS 10

extern const struct fuzz {
	const char *name;
	fuzz_target *run;
} fuzz_all[FUZZ_TARGETS];

/* The target of that name, NULL if there is none. */
fuzz_target *fuzz_find(const char *name);

/* What the bytes are called, for whoever is told that it is not so; or NULL. */
extern const char *fuzz_input;

/* Abort, and say where, unless it is so. */
#define MUST(fact) fuzz_must(fact, #fact, __FILE__, __LINE__)
void fuzz_must(bool is, const char *fact, const char *file, int line);

/* A reason must have been given, with one of these two statuses. */
void fuzz_must_explain(const struct reason *, int status, int or_status);

/* Characters are UTF-8 from now on, as for hail; or none is, as for haild. */
void fuzz_utf8(bool);

/* The bytes up to the first NUL as a string, the caller's to free. */
char *fuzz_text(const uint8_t *bytes, size_t length);

#endif
