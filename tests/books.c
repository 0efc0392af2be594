#include "books.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "peer gone 1" and what follows it; NULL if that is something else. */
static const char *
parse_term(struct books_term *term, const char *text)
{
	size_t name = strcspn(text, "0123456789+;");
	int used = 0;

	if (name < 2 || name > sizeof(term->name) || text[name - 1] != ' ')
		return NULL;
	memcpy(term->name, text, name - 1);
	term->name[name - 1] = '\0';
	if (!isdigit((unsigned char)text[name]) ||
	    sscanf(text + name, "%" SCNu64 "%n", &term->count, &used) != 1)
		return NULL;
	return text + name + used;
}

bool
books_parse(struct books *books, const char *line)
{
	struct books_term *term;
	int used = 0;

	memset(books, 0, sizeof(*books));
	if (sscanf(line, "haild: accepted %" SCNu64 " %n", &books->accepted,
		&used) != 1 ||
	    line[used] != '=')
		return false;
	line += used;
	do {
		if (books->count == BOOKS_TERMS)
			return false;
		term = &books->terms[books->count];
		if ((line = parse_term(term, line + 2)) == NULL)
			return false;
		if (strcmp(term->name, "in hand") == 0)
			books->in_hand = term->count;
		else
			books->count++;
		line += *line == ' ';
	} while (strncmp(line, "+ ", 2) == 0);
	return sscanf(line,
		   "; most at once %" SCNu64 " children, %" SCNu64 " queued%n",
		   &books->most_children, &books->most_queued, &used) == 2 &&
	    line[used] == '\0';
}

static const struct books_term *
find_term(const struct books *books, const char *name)
{
	size_t i;

	for (i = 0; i < books->count; i++)
		if (strcmp(books->terms[i].name, name) == 0)
			return &books->terms[i];
	return NULL;
}

uint64_t
books_count(const struct books *books, const char *name)
{
	const struct books_term *term = find_term(books, name);

	cr_assert_not_null(term, "the books know no \"%s\"", name);
	return term->count;
}

uint64_t
books_greeted(const struct books *books)
{
	/* Named only when it is not 0. */
	const struct books_term *stood_in =
	    find_term(books, "greeted by the parent");

	return books_count(books, "greeted") +
	    (stood_in == NULL ? 0 : stood_in->count);
}

bool
books_balance(const struct books *books)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < books->count; i++)
		sum += books->terms[i].count;
	return sum == books->accepted && books->in_hand == 0;
}
