#include "hail/help.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "hail/option.h"
#include "hail/result.h"

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

static char *
read_manual(void)
{
	static char text[65536];
	FILE *file = fopen("cli/hail.1", "r");

	cr_assert_not_null(file, "tests run where the Makefile is: %m");
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

Test(help, the_manual_has_every_option_too)
{
	const char *text = read_manual();
	const struct option *option;
	char word[40];

	for (option = hail_option_words; option->name != NULL; option++) {
		snprintf(word, sizeof(word), "Fl -%s", option->name);
		cr_expect_not_null(strstr(text, word), "%s", word);
	}
}

Test(help, the_manual_has_every_end_and_counter)
{
	const char *text = read_manual();
	char word[40];
	unsigned i;

	for (i = 0; i < OUTCOMES; i++) {
		snprintf(word, sizeof(word), "Cm %s Ta", outcome_key(i));
		cr_expect_not_null(strstr(text, word), "%s", word);
	}
	for (i = 0; i < COUNTERS; i++)
		cr_expect_not_null(
		    strstr(text, counter_key(i)), "%s", counter_key(i));
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
