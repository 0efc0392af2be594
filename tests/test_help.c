#include "hail/help.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "hail/option.h"

static char *
read_help(void)
{
	char *text;
	size_t length;
	FILE *file = open_memstream(&text, &length);

	help_print(file);
	fclose(file);
	return text;
}

Test(help, every_option_is_in_it)
{
	char *text = read_help(), word[40];
	const struct option *option;

	for (option = hail_option_words; option->name != NULL; option++) {
		snprintf(word, sizeof(word), "--%s", option->name);
		cr_expect_not_null(strstr(text, word), "%s", word);
		if (option->val > 255)
			continue;
		snprintf(word, sizeof(word), "-%c, ", option->val);
		cr_expect_not_null(strstr(text, word), "%s", word);
	}
	free(text);
}

Test(help, it_fits_a_screen)
{
	char *text = read_help(), *rest = text, *line;
	int lines = 0;

	while ((line = strsep(&rest, "\n")) != NULL) {
		cr_expect_leq(strlen(line), 80, "%s", line);
		lines++;
	}
	cr_expect_leq(lines, 24);
	free(text);
}
