#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "haild/rules.h"

/* A rule is shorter than this, with any comment of reasonable length. */
#define LINE_SIZE 1024

/* While it is read nobody is greeted: a file of comments must end, too. */
#define FILE_SIZE (64 << 20)

static int
bad_line(
    const char *path, unsigned number, const char *what, struct reason *why)
{
	return reason_set(
	    why, EX_DATAERR, "%s: line %u: %s", path, number, what);
}

/*
 * The next line, without its newline. Returns its length, -1 at the end, or
 * LINE_SIZE if it is too long or is no text.
 */
static int
next_line(FILE *file, char line[LINE_SIZE])
{
	int byte, length = 0;

	while ((byte = getc_unlocked(file)) != '\n') {
		if (byte == EOF && length == 0)
			return -1;
		if (byte == EOF)
			break;
		if (byte == '\0' || length == LINE_SIZE - 1)
			return LINE_SIZE;
		line[length++] = (char)byte;
	}
	line[length] = '\0';
	return length;
}

/* Whether it can be shown as it is: a file may hold anything. */
static bool
is_text(const char *line)
{
	while (isprint((unsigned char)*line) || *line == '\t' || *line == '\r')
		line++;
	return *line == '\0';
}

/* The next word of a line, which is cut behind it; NULL if there is none. */
static char *
next_word(char **rest)
{
	char *word;

	do
		word = strsep(rest, " \t\r");
	while (word != NULL && word[0] == '\0');
	return word;
}

/* One line, cut from its comment on. */
static int
read_line(struct rules *rules, char *line, struct reason *why)
{
	char *verb, *range, *more;
	bool allow;

	if ((verb = next_word(&line)) == NULL)
		return 0;
	allow = strcmp(verb, "allow") == 0;
	if (!allow && strcmp(verb, "deny") != 0)
		return reason_set(why, EX_DATAERR,
		    "%s: neither \"allow\" nor \"deny\"", verb);
	if ((range = next_word(&line)) == NULL)
		return reason_set(why, EX_DATAERR,
		    "%s: needs an address, a range or \"all\"", verb);
	if ((more = next_word(&line)) != NULL)
		return reason_set(why, EX_DATAERR,
		    "%s: only one range in a line (comments begin with #)",
		    more);
	return rules_add_text(rules, allow, range, why);
}

int
rules_read(
    struct rules *rules, FILE *file, const char *path, struct reason *why)
{
	char line[LINE_SIZE];
	unsigned number;
	struct reason inner;
	size_t size = 0;
	int length;

	for (number = 1; (length = next_line(file, line)) >= 0; number++) {
		if (length == LINE_SIZE)
			return bad_line(
			    path, number, "too long, or not text", why);
		size += (size_t)length + 1;
		if (size > FILE_SIZE)
			return reason_set(
			    why, EX_DATAERR, "%s: larger than 64 MiB", path);
		line[strcspn(line, "#")] = '\0';
		if (!is_text(line))
			return bad_line(path, number, "not text", why);
		if (read_line(rules, line, &inner) == -1)
			return bad_line(path, number, inner.text, why);
	}
	if (ferror(file))
		return reason_set(
		    why, reason_status(errno), "%s: %s", path, strerror(errno));
	return 0;
}
