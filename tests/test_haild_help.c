#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "process.h"

/* haild --help: everything, on one screen. */

struct word_row {
	char word[24];
};

ParameterizedTestParameters(haild_help, every_option_is_in_it)
{
	static struct word_row rows[] = {{"--allow"}, {"--backlog"},
	    {"--burst"}, {"--busy-message"}, {"--deny"}, {"--help"},
	    {"--linger"}, {"--max-children"}, {"--max-queued"}, {"--max-rate"},
	    {"--message"}, {"--message-file"}, {"--overload"}, {"--per-source"},
	    {"--pid-file"}, {"--quiet"}, {"--rate-per-source"}, {"--rules"},
	    {"--timeout"}, {"--user"}, {"--verbose"}, {"--version"}};

	return cr_make_param_array(
	    struct word_row, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(struct word_row *row, haild_help, every_option_is_in_it)
{
	struct process process;

	process_run(&process, ARGV(BUILD "/haild", "--help"), NULL);
	cr_expect_not_null(strstr(process.output[PROCESS_OUT].text, row->word));
	process_free(&process);
}

Test(haild_help, it_fits_a_screen)
{
	struct process process;
	char line[PROCESS_LINE];
	int lines = 0;

	cr_assert_eq(
	    process_run(&process, ARGV(BUILD "/haild", "--help"), NULL), 0);
	while (process_read_line(&process, PROCESS_OUT, line)) {
		cr_expect_leq(strlen(line), 80, "%s", line);
		lines++;
	}
	cr_expect_leq(lines, 24);
	process_free(&process);
}
