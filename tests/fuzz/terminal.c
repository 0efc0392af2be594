#include "hail/terminal.h"

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

/*
 * Show bytes in just the room that they may need. What is behind it must stay
 * as it is; libbsd, which writes there, is no code that a sanitizer watches.
 */
static char *
show(const uint8_t *bytes, size_t length, bool last, size_t *taken,
    size_t *shown)
{
	const size_t room = TERMINAL_EXPANSION * length;
	char *out = malloc(room + 1);

	MUST(out != NULL);
	out[room] = '!';
	*taken = terminal_show(bytes, length, last, out, shown);
	MUST(out[room] == '!');
	MUST(*taken <= length && *shown <= room);
	return out;
}

/* The same bytes in two parts, of which the first may end in a character. */
static void
check_parts(
    const uint8_t *bytes, size_t length, const char *whole, size_t whole_length)
{
	size_t first, second, first_length, second_length;
	char *one, *other;

	one = show(bytes, length / 2, false, &first, &first_length);
	other =
	    show(bytes + first, length - first, true, &second, &second_length);
	MUST(first + second == length);
	MUST(first_length + second_length == whole_length);
	MUST(memcmp(one, whole, first_length) == 0);
	MUST(memcmp(other, whole + first_length, second_length) == 0);
	free(one);
	free(other);
}

static void
try_all(const uint8_t *bytes, size_t length)
{
	size_t taken, whole_length;
	char *whole = show(bytes, length, true, &taken, &whole_length);

	MUST(taken == length);
	check_harmless(whole, whole_length);
	check_parts(bytes, length, whole, whole_length);
	free(whole);
}

void
fuzz_terminal(const uint8_t *bytes, size_t length)
{
	try_all(bytes, length);
	fuzz_utf8(true);
	try_all(bytes, length);
	fuzz_utf8(false);
}
