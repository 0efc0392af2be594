#include "hail/text.h"

#include <stdlib.h>
#include <string.h>
#include <vis.h>

bool
text_is_printable(const char *text)
{
	const unsigned char *c;

	for (c = (const unsigned char *)text; *c != '\0'; c++)
		if (*c < ' ' || *c == 0x7f ||
		    (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f))
			return false;
	return true;
}

json_t *
text_to_json(const char *text, size_t size)
{
	json_t *string = NULL;
	char *escaped;

	if (text_is_printable(text))
		string = json_string(text); /* NULL if it is not UTF-8 */
	if (string != NULL)
		return string;
	if ((escaped = calloc(4, strlen(text) + 1)) == NULL)
		return NULL;
	/* Each byte, or a locale would leave what is no UTF-8 as it is. */
	strvis(escaped, text, VIS_OCTAL | VIS_TAB | VIS_NL | VIS_NOLOCALE);
	if (strlen(escaped) >= size)
		escaped[size - 1] = '\0';
	string = json_string(escaped);
	free(escaped);
	return string;
}
