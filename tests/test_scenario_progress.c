#include <criterion/criterion.h>
#include <pty.h>
#include <string.h>
#include <unistd.h>

#include "raid.h"
#include "rogue.h"

/* What a storm shows while it lasts, and to whom. */

static struct raid raid;
static struct rogue rogue;

/* What a storm shows on a terminal for stderr. */
static size_t
run_with_terminal(
    char *text, size_t size, char *const words[], char *const environment[])
{
	int master, slave;
	ssize_t got;
	size_t length = 0;

	cr_assert_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
	raid_start(&raid, "result.json", NULL, rogue.port, words,
	    &(struct process_options){
		.error = slave, .environment = environment});
	raid_finish(&raid);
	close(slave);
	while (length < size - 1 &&
	    (got = read(master, text + length, size - 1 - length)) > 0)
		length += (size_t)got;
	text[length] = '\0';
	close(master);
	process_free(&raid.process);
	return length;
}

#define RED "\033[31m"

Test(scenario_progress, a_terminal_sees_how_far_it_is)
{
	char text[4096];

	rogue_start(&rogue, ROGUE_SILENT, 64);
	run_with_terminal(text, sizeof(text),
	    ARGV("-n", "8", "-c", "4", "-j", "1", "-t", "1s"), NULL);
	cr_expect_not_null(strstr(text, "  0%  "), "%s", text);
	cr_expect_not_null(strstr(text, " 50%  "), "%s", text);
	cr_expect_not_null(strstr(text, "4 in flight"), "%s", text);
	cr_expect_not_null(strstr(text, RED " 50%  "), "failures are red");
	cr_expect_not_null(strstr(text, "4 failed"), "%s", text);
	cr_expect_null(strchr(text, '\n'), "it is one line");
	rogue_stop(&rogue);
}

Test(scenario_progress, without_colour_it_is_not_red)
{
	char text[4096];

	rogue_start(&rogue, ROGUE_SILENT, 64);
	run_with_terminal(text, sizeof(text),
	    ARGV("-n", "8", "-c", "4", "-j", "1", "-t", "1s"),
	    (char *[]){"NO_COLOR=1", NULL});
	cr_expect_not_null(strstr(text, "4 failed"), "%s", text);
	cr_expect_null(strstr(text, RED));
	rogue_stop(&rogue);
}

Test(scenario_progress, quietly_there_is_no_progress)
{
	char text[4096];

	rogue_start(&rogue, ROGUE_SILENT, 64);
	cr_expect_eq(run_with_terminal(text, sizeof(text),
			 ARGV("-n", "4", "-c", "4", "-t", "1s", "-q"), NULL),
	    0, "%s", text);
	rogue_stop(&rogue);
}

Test(scenario_progress, a_file_for_stderr_stays_empty)
{
	rogue_start(&rogue, ROGUE_SILENT, 64);
	raid_start(&raid, "result.json", NULL, rogue.port,
	    ARGV("-n", "4", "-c", "4", "-t", "1s"), NULL);
	raid_finish(&raid);
	cr_expect_str_eq(raid.process.output[PROCESS_ERR].text, "");
	process_free(&raid.process);
	rogue_stop(&rogue);
}
