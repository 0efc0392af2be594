#include "haild/options.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* What haild refuses, in the user's own words; what it takes is elsewhere. */

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define UNKNOWN	 "unknown option (haild --help lists them)"
#define UNCLEAR	 "unknown or ambiguous option (haild --help lists them)"
#define NO_VALUE "takes no value (haild --help lists them)"

struct refused_row {
	char words[48]; /* with bars between them */
	char reason[96];
};

ParameterizedTestParameters(haild_options, what_is_wrong_is_repeated)
{
	static struct refused_row rows[] = {
	    {"-b|", "-b : invalid (0 to 65535)"},
	    {"-b|0x", "-b 0x: invalid (0 to 65535)"},
	    {"-b|5 ", "-b 5 : invalid (0 to 65535)"},
	    {"-b-1", "-b -1: too small (0 to 65535)"},
	    {"--backlog=65536", "-b 65536: too large (0 to 65535)"},
	    {"-B|0", "-B 0: too small (1 to 1000000)"},
	    {"--burst|1000001", "-B 1000001: too large (1 to 1000000)"},
	    {"-c|0", "-c 0: too small (1 to 1000000)"},
	    {"-c|1000001", "-c 1000001: too large (1 to 1000000)"},
	    {"--max-children|5k", "-c 5k: invalid (1 to 1000000)"},
	    {"-Q|0", "-Q 0: too small (1 to 1000000)"},
	    {"-Q|1000001", "-Q 1000001: too large (1 to 1000000)"},
	    {"-Q|99999999999999999999",
		"-Q 99999999999999999999: too large (1 to 1000000)"},
	    {"-t|0", "-t 0: must be 1ms to 24h"},
	    {"-t|999us", "-t 999us: must be 1ms to 24h"},
	    {"-t|24.01h", "-t 24.01h: must be 1ms to 24h"},
	    {"-t|soon", "-t soon: not a duration (say 250ms, 10s or 2m)"},
	    {"-l|1441m", "-l 1441m: must be 0ns to 24h"},
	    {"-l-1", "-l -1: not a duration (say 250ms, 10s or 2m)"},
	    {"--per-source|0", "--per-source 0: too small (1 to 1000000)"},
	    {"--max-rate|ten",
		"--max-rate ten: not a rate of 1 to 1000000 (say 50/s, 30/m "
		"or 6/h)"},
	    {"--rate-per-source|1/d",
		"--rate-per-source 1/d: not a rate of 1 to 1000000 (say 50/s, "
		"30/m or 6/h)"},
	    {"--overload|drop",
		"--overload drop: neither \"wait\" nor \"refuse\""},
	    /* The first that is wrong is named, though a later one is, too. */
	    {"-b|x|-c|y", "-b x: invalid (0 to 65535)"},
	    {"-m|a|-f|b", "-m and -f: give one greeting, not two"},
	    {"-f||-m|", "-m and -f: give one greeting, not two"},
	};

	return cr_make_param_array(struct refused_row, rows, COUNT(rows));
}

ParameterizedTestParameters(haild_options, words_that_are_no_options_are_named)
{
	static struct refused_row rows[] = {
	    {"-x", "-x: " UNKNOWN},
	    {"-W|x", "-W: " UNKNOWN},
	    {"-:", "-:: " UNKNOWN},
	    {"-qx", "-x: " UNKNOWN},
	    /* Not the word before it, when there is more behind the letter. */
	    {"--quiet|-xq", "-x: " UNKNOWN},
	    {"-m|--nonsense|-xq", "-x: " UNKNOWN},
	    {"--nonsense", "--nonsense: " UNCLEAR},
	    {"--Quiet", "--Quiet: " UNCLEAR},
	    {"--nonsense=3", "--nonsense=3: " UNCLEAR},
	    {"--b|5", "--b: " UNCLEAR},
	    {"--max=5", "--max=5: " UNCLEAR},
	    {"--ver", "--ver: " UNCLEAR},
	    {"--quiet=3", "--quiet=3: " NO_VALUE},
	    {"--qui=", "--qui=: " NO_VALUE},
	    {"--no-sandbox=no", "--no-sandbox=no: " NO_VALUE},
	    {"-b", "-b: needs a value"},
	    {"-qb", "-b: needs a value"},
	    {"--quiet|-b", "-b: needs a value"},
	    {"--backlog", "--backlog: needs a value"},
	    {"a|--rul", "--rul: needs a value"},
	    {"a|80|more",
		"more: too many words (say haild [options] "
		"[host [port]])"},
	    {"a|80|--|-q",
		"-q: too many words (say haild [options] "
		"[host [port]])"},
	    {"a:80|81", "a:80 81: the port is given twice"},
	    {"[::1|80", "[::1: not an address (say [::1]:9999)"},
	    {"", "the host is empty"},
	};

	return cr_make_param_array(struct refused_row, rows, COUNT(rows));
}

static void
assert_refused(struct refused_row *row)
{
	char *argv[16] = {(char[]){"haild"}}, *rest = row->words;
	struct haild_options options;
	struct reason why;
	int argc = 1;

	while (rest != NULL)
		argv[argc++] = strsep(&rest, "|");
	cr_assert_eq(haild_options_parse(&options, argc, argv, &why), -1,
	    "taken, and not: %s", row->reason);
	cr_expect_str_eq(why.text, row->reason);
	cr_expect_eq(why.status, EX_USAGE);
}

ParameterizedTest(
    struct refused_row *row, haild_options, what_is_wrong_is_repeated)
{
	assert_refused(row);
}

ParameterizedTest(
    struct refused_row *row, haild_options, words_that_are_no_options_are_named)
{
	assert_refused(row);
}
