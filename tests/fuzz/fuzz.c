#include "fuzz.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct fuzz fuzz_all[FUZZ_TARGETS] = {
    {"address", fuzz_address},
    {"cidr", fuzz_cidr},
    {"escape", fuzz_escape},
    {"hail_options", fuzz_hail_options},
    {"handover", fuzz_handover},
    {"json", fuzz_json},
    {"options", fuzz_options},
    {"quantity", fuzz_quantity},
    {"rules", fuzz_rules},
    {"terminal", fuzz_terminal},
};

const char *fuzz_input;

fuzz_target *
fuzz_find(const char *name)
{
	size_t i;

	for (i = 0; i < FUZZ_TARGETS; i++)
		if (strcmp(fuzz_all[i].name, name) == 0)
			return fuzz_all[i].run;
	return NULL;
}

void
fuzz_must(bool is, const char *fact, const char *file, int line)
{
	if (is)
		return;
	fprintf(stderr, "%s%s%s:%d: it must be that %s\n",
	    fuzz_input != NULL ? fuzz_input : "",
	    fuzz_input != NULL ? ": " : "", file, line, fact);
	abort();
}

void
fuzz_must_explain(const struct reason *why, int status, int or_status)
{
	MUST(why->status == status || why->status == or_status);
	MUST(memchr(why->text, '\0', sizeof(why->text)) != NULL);
	MUST(why->text[0] != '\0');
}

/* Not by setlocale(3), which reads the locale each time. */
void
fuzz_utf8(bool on)
{
	static locale_t utf8;

	if (utf8 == NULL)
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
	uselocale(on && utf8 != NULL ? utf8 : LC_GLOBAL_LOCALE);
}

/* No longer than the string, so that AddressSanitizer sees who reads on. */
char *
fuzz_text(const uint8_t *bytes, size_t length)
{
	char *text = strndup((const char *)bytes, length);

	MUST(text != NULL);
	return text;
}
