#include "hail/terminal.h"

#include <string.h>
#include <vis.h>
#include <wchar.h>
#include <wctype.h>

/*
 * The length of the character that bytes begin with, if the locale can print
 * it; 0 if it cannot; -1 if more bytes are needed to tell.
 */
static int
printable(const unsigned char *bytes, size_t length)
{
	mbstate_t state;
	wchar_t wide;
	size_t used;

	if (*bytes == '\r' || *bytes == '\n' || *bytes == '\t')
		return 1;
	memset(&state, 0, sizeof(state));
	used = mbrtowc(&wide, (const char *)bytes, length, &state);
	if (used == (size_t)-2)
		return -1;
	if (used == (size_t)-1 || used == 0 || !iswprint((wint_t)wide))
		return 0;
	return (int)used;
}

/*
 * Write one byte by vis(3), without the NUL that vis adds: there may be no
 * room for it. Returns where it ends. The locale's view of single bytes is
 * not asked.
 */
static char *
escape(unsigned char byte, char *out)
{
	char shown[TERMINAL_EXPANSION + 1];
	const size_t length =
	    (size_t)(vis(shown, byte, VIS_NOLOCALE, 0) - shown);

	memcpy(out, shown, length);
	return out + length;
}

size_t
terminal_show(const unsigned char *bytes, size_t length, bool last, char *out,
    size_t *shown)
{
	char *end = out;
	size_t taken = 0;
	int used;

	while (taken < length) {
		used = printable(bytes + taken, length - taken);
		if (used == -1 && !last)
			break;
		if (used > 0) {
			memcpy(end, bytes + taken, (size_t)used);
			end += used;
			taken += (size_t)used;
		} else {
			end = escape(bytes[taken++], end);
		}
	}
	*shown = (size_t)(end - out);
	return taken;
}

char *
terminal_show_byte(int byte, char buf[TERMINAL_BYTE_SIZE])
{
	vis(buf, byte, VIS_CSTYLE | VIS_NL | VIS_TAB | VIS_NOLOCALE, 0);
	return buf;
}
