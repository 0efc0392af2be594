#include "words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
words_add(struct words *words, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (words->count == WORDS_MAX ||
	    vasprintf(&words->at[words->count], fmt, args) == -1)
		abort();
	va_end(args);
	words->at[++words->count] = NULL;
}

void
words_free(struct words *words)
{
	while (words->count > 0)
		free(words->at[--words->count]);
}

void
words_of_lines(struct words *words, const char *text)
{
	size_t length;

	for (; words->count < WORDS_MAX / 2; text += length + 1) {
		length = strcspn(text, "\n");
		words_add(words, "%.*s", (int)length, text);
		if (text[length] == '\0')
			return;
	}
}

bool
words_same(const char *one, const char *other)
{
	return one == NULL || other == NULL ? one == other
					    : strcmp(one, other) == 0;
}

/*
 * One colon would be taken for that before the port; only in brackets can a
 * host have had it, or a bracket in front.
 */
void
words_of_address(struct words *words, const char *host, const char *port)
{
	const char *colon = strchr(host, ':');

	words_add(words, "--");
	if (host[0] == '[' || (colon != NULL && colon == strrchr(host, ':')))
		words_add(words, "[%s]", host);
	else
		words_add(words, "%s", host);
	words_add(words, "%s", port);
}
