#ifndef TESTS_WORDS_H
#define TESTS_WORDS_H

#include "haild/options.h"
#include "hail/options.h"

#define WORDS_MAX 255

/* A command line, as main() gets it. Nothing but zeroes is an empty one. */
struct words {
	int count;
	char *at[WORDS_MAX + 1]; /* NULL behind the last */
};

/* Add a word; it is the line's, whoever changes or rearranges it. */
void words_add(struct words *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void words_free(struct words *);

/* Add each line of a text, of the first so many, as a word. */
void words_of_lines(struct words *, const char *text);

/*
 * Add the words that ask for these options, which a parser returned: each
 * written out, what was not said at all too. The same parser must read them
 * back the same. Of haild they ask to serve, of hail for a visit, a storm,
 * or files.
 */
void words_of_haild(struct words *, const struct haild_options *);
void words_of_hail(struct words *, const struct hail_options *);

bool
words_same_haild(const struct haild_options *, const struct haild_options *);
bool words_same_hail(const struct hail_options *, const struct hail_options *);

/* Add a host and a port, so that address_split finds both. */
void words_of_address(struct words *, const char *host, const char *port);

/* Are two strings the same, or both NULL? */
bool words_same(const char *, const char *);

#endif
