#include "hail/terminal.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* In UTF-8: no control character of ASCII, nor of ISO 6429's second set. */
static void
check_harmless(const char *shown, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		const unsigned char c = (unsigned char)shown[i];

		MUST(c >= ' ' || c == '\r' || c == '\n' || c == '\t');
		MUST(c != 0x7f);
		MUST(c != 0xc2 || (unsigned char)shown[i + 1] > 0x9f);
	}
}

/* Room for what so many bytes may become, and no more. */
static char *
room_for(size_t length)
{
	char *room = malloc(TERMINAL_EXPANSION * length + (length == 0));

	MUST(room != NULL);
	return room;
}

/* The same bytes in two parts, of which the first may end in a character. */
static void
check_parts(const uint8_t *bytes, size_t length, size_t first,
    const char *whole, size_t whole_length)
{
	char *one = room_for(first), *other;
	size_t taken, one_length, other_length;

	taken = terminal_show(bytes, first, false, one, &one_length);
	MUST(taken <= first);
	other = room_for(length - taken);
	MUST(terminal_show(bytes + taken, length - taken, true, other,
		 &other_length) == length - taken);
	MUST(one_length + other_length == whole_length);
	MUST(memcmp(one, whole, one_length) == 0);
	MUST(memcmp(other, whole + one_length, other_length) == 0);
	free(one);
	free(other);
}

static void
try_locale(const char *locale, const uint8_t *bytes, size_t length)
{
	char *shown = room_for(length);
	size_t shown_length;

	setlocale(LC_CTYPE, locale);
	MUST(
	    terminal_show(bytes, length, true, shown, &shown_length) == length);
	MUST(shown_length <= TERMINAL_EXPANSION * length);
	check_harmless(shown, shown_length);
	check_parts(bytes, length, length / 2, shown, shown_length);
	free(shown);
	setlocale(LC_CTYPE, "C");
}

void
fuzz_terminal(const uint8_t *bytes, size_t length)
{
	try_locale("C", bytes, length);
	try_locale("C.UTF-8", bytes, length);
}
