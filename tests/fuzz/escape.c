#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <vis.h>

#include "fuzz.h"
#include "greeting.h"
#include "hail/place.h"
#include "hail/text.h"
#include "haild/log.h"

static void *
allocate(size_t size)
{
	void *memory = malloc(size);

	MUST(memory != NULL);
	return memory;
}

/* However vis(3) writes bytes, they are read back the same. */
static void
check_written(const void *bytes, size_t length)
{
	const int ways[] = {VIS_OCTAL | VIS_WHITE, VIS_CSTYLE | VIS_WHITE, 0};
	const int way = ways[length % (sizeof(ways) / sizeof(ways[0]))];
	char *text = allocate(4 * length + 1);
	struct greeting again;
	struct reason why;

	strvisx(text, bytes, length, way | VIS_NOLOCALE);
	MUST(greeting_from_text(&again, text, &why) == 0);
	MUST(again.length == length);
	MUST(memcmp(again.bytes, bytes, length) == 0);
	greeting_free(&again);
	free(text);
}

static void
try_greeting(const char *text)
{
	struct greeting greeting;
	struct reason why;

	if (greeting_from_text(&greeting, text, &why) == -1) {
		fuzz_must_explain(&why, EX_USAGE, EX_USAGE);
		return;
	}
	MUST(greeting.length >= 1 && greeting.length <= strlen(text));
	check_written(greeting.bytes, greeting.length);
	greeting_free(&greeting);
}

/* Is it UTF-8, by the opinion of who writes and reads JSON? */
static bool
is_utf8(const char *text)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string != NULL;
}

/*
 * Text that is less than size is taken by the reader of JSON: as it is where
 * that is possible, and else so that unvis(3) gives it back, if all of it
 * fits.
 */
static void
check_json(const char *text, size_t size)
{
	json_t *string = text_to_json(text, size);
	char *read_back = allocate(size);
	struct reason why;
	const struct place place = {.file = "x", .why = &why};

	MUST(string != NULL);
	MUST(place_text(&place, string, read_back, size) == 0);
	if (!text_is_printable(text) || !is_utf8(text)) {
		if (size <= 4 * strlen(text))
			*read_back = '\0';
		else
			MUST(strunvis(read_back, read_back) >= 0);
	}
	MUST(*read_back == '\0' || strcmp(read_back, text) == 0);
	json_decref(string);
	free(read_back);
}

/* Whatever the text is, it is one line of the log that a terminal can show. */
static void
check_log(const char *text)
{
	static struct log log;
	size_t i;

	log.used = 0;
	log_line(&log, "%s", text);
	MUST(log.used >= 1 && log.bytes[log.used - 1] == '\n');
	for (i = 0; i < log.used - 1; i++)
		MUST(log.bytes[i] >= ' ' && log.bytes[i] <= '~');
	MUST(log.dropped == 0);
}

void
fuzz_escape(const uint8_t *bytes, size_t length)
{
	char *text = fuzz_text(bytes, length);

	try_greeting(text);
	if (length > 0)
		check_written(bytes, length);
	check_log(text);
	/* hail asks for the user's locale. */
	fuzz_utf8(true);
	check_json(text, strlen(text) + 1);
	check_json(text, 4 * strlen(text) + 1);
	fuzz_utf8(false);
	check_json(text, strlen(text) + 1);
	check_json(text, 4 * strlen(text) + 1);
	free(text);
}
