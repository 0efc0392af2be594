#include "hail/options.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "duration.h"
#include "scratch.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct hail_options options;
static struct reason why;

/* Parse words, which are separated by single spaces. */
static int
parse(const char *words)
{
	static char copy[512];
	char *argv[64] = {(char[]){"hail"}}, *rest = copy, *word;
	int argc = 1;

	strlcpy(copy, words, sizeof(copy));
	while ((word = strsep(&rest, " ")) != NULL)
		if (*word != '\0')
			argv[argc++] = word;
	return hail_options_parse(&options, argc, argv, &why);
}

static void
must_parse(const char *words)
{
	cr_assert_eq(parse(words), 0, "%s: %s", words, why.text);
}

Test(hail_options, nothing_said_is_a_visit_next_door)
{
	must_parse("");
	cr_expect_eq(options.task, TASK_VISIT);
	cr_expect_str_eq(options.host, "localhost");
	cr_expect_str_eq(options.port, "9999");
	cr_expect_eq(options.timeout, 5 * NS_PER_S);
	cr_expect_not(options.expects);
}

Test(hail_options, any_of_three_makes_a_storm)
{
	must_parse("-n 5");
	cr_expect_eq(options.task, TASK_STORM);
	must_parse("-d 5");
	cr_expect_eq(options.task, TASK_STORM);
	must_parse("-c 5");
	cr_expect_eq(options.task, TASK_STORM);
}

Test(hail_options, a_storm_expects_what_haild_says)
{
	must_parse("-n 5");
	cr_expect_eq(options.expectation.greeting.length, 26);
	cr_expect_eq(memcmp(options.expectation.greeting.bytes,
			 "Thank you for connection\r\n", 26),
	    0);
	hail_options_free(&options);
}

Test(hail_options, the_concurrency_alone_is_a_burst_of_so_many)
{
	must_parse("-c 1k");
	cr_expect_eq(options.connections, 1000);
	cr_expect_eq(options.concurrency, 1000);
}

Test(hail_options, a_closed_loop_has_64_at_once)
{
	must_parse("-n 1M");
	cr_expect_eq(options.concurrency, 64);
	cr_expect_geq(options.jobs, 1);
}

Test(hail_options, an_open_loop_has_as_many_as_it_takes)
{
	must_parse("-r 0.5 -d 1m");
	cr_expect_eq(options.concurrency, 0);
	cr_expect_eq(options.rate, 0.5);
}

Test(hail_options, every_option_reaches_its_field)
{
	must_parse("-n 10k -d 2m -c 7 -r 2.5k -j 3 -t 250ms "
		   "--connect-timeout 1s --first-byte-timeout 2s "
		   "--source 127.0.0.1,127.0.0.2 --half-close -e a\\n "
		   "-o out.json --hgrm out.hgrm --format json "
		   "--fail-above p99=50ms --fail-above stranded=3 "
		   "-q --no-color example 80");
	cr_expect_eq(options.connections, 10000);
	cr_expect_eq(options.duration, 120 * NS_PER_S);
	cr_expect_eq(options.concurrency, 7);
	cr_expect_eq(options.rate, 2500.0);
	cr_expect_eq(options.jobs, 3);
	cr_expect_eq(options.timeout, 250 * NS_PER_MS);
	cr_expect_eq(options.connect_timeout, NS_PER_S);
	cr_expect_eq(options.first_byte_timeout, 2 * NS_PER_S);
	cr_expect_eq(options.sources.count, 2);
	cr_expect(options.half_close);
	cr_expect(options.expects);
	cr_expect_eq(memcmp(options.expectation.greeting.bytes, "a\n", 2), 0);
	cr_expect_str_eq(options.output, "out.json");
	cr_expect_str_eq(options.hgrm, "out.hgrm");
	cr_expect_eq(options.format, FORMAT_JSON);
	cr_expect_eq(options.criteria.count, 2);
	cr_expect(options.quiet);
	cr_expect_not(options.color);
	cr_expect_str_eq(options.host, "example");
	cr_expect_str_eq(options.port, "80");
}

Test(hail_options, long_words_are_the_same_as_letters)
{
	must_parse("--connections=5 --duration=6s --concurrency=7 --rate=8 "
		   "--jobs=9 --timeout=10s --expect=x --output=o --quiet");
	cr_expect_eq(options.connections, 5);
	cr_expect_eq(options.duration, 6 * NS_PER_S);
	cr_expect_eq(options.concurrency, 7);
	cr_expect_eq(options.rate, 8.0);
	cr_expect_eq(options.jobs, 9);
	cr_expect_eq(options.timeout, 10 * NS_PER_S);
	cr_expect(options.expects);
	cr_expect_str_eq(options.output, "o");
	cr_expect(options.quiet);
}

Test(hail_options, a_file_may_say_what_to_expect)
{
	char path[SCRATCH_PATH], words[SCRATCH_PATH + 32];

	scratch_write("expected", "\0\\n", 3, path);
	snprintf(words, sizeof(words), "--expect-file %s", path);
	must_parse(words);
	cr_assert_eq(options.expectation.greeting.length, 3);
	cr_expect_eq(memcmp(options.expectation.greeting.bytes, "\0\\n", 3), 0);
}

Test(hail_options, files_are_merged_and_compared)
{
	must_parse("--merge a b c");
	cr_expect_eq(options.task, TASK_MERGE);
	cr_expect_eq(options.file_count, 3);
	cr_expect_str_eq(options.files[2], "c");
	must_parse("old --compare new");
	cr_expect_eq(options.task, TASK_COMPARE);
	cr_expect_str_eq(options.files[0], "old");
	cr_expect_str_eq(options.files[1], "new");
}

Test(hail_options, help_and_version_come_before_the_rest)
{
	must_parse("-n 5 --help a b c d");
	cr_expect_eq(options.task, TASK_HELP);
	must_parse("-V");
	cr_expect_eq(options.task, TASK_VERSION);
}

Test(hail_options, no_color_is_honoured)
{
	setenv("NO_COLOR", "1", 1);
	must_parse("");
	cr_expect_not(options.color);
	setenv("NO_COLOR", "", 1);
	must_parse("");
	cr_expect(options.color, "empty is as if it were not there");
}

struct refused_row {
	char words[64];
	char named[32]; /* what the reason says */
};

ParameterizedTestParameters(hail_options, what_is_wrong_is_named)
{
	static struct refused_row rows[] = {
	    {"-x", "-x: unknown option"},
	    {"-n 5 -qx", "-x: unknown option"},
	    {"--nonsense", "--nonsense: unknown"},
	    {"--con 5", "--con: unknown or ambiguous"},
	    {"--quiet=3", "--quiet=3: --quiet takes no"},
	    {"-n", "-n: needs a value"},
	    {"--rate", "--rate: needs a value"},
	    {"-n 0", "-n 0: "},
	    {"-n -5", "-n -5: "},
	    {"-n 12z", "-n 12z: "},
	    {"-c 1000001", "-c 1000001: "},
	    {"-j 257", "-j 257: "},
	    {"-r 0", "-r 0: "},
	    {"-d 5y", "-d 5y: "},
	    {"-t 0", "-t 0: "},
	    {"--connect-timeout 25h", "--connect-timeout 25h: "},
	    {"-e \\xg", "-e \\xg: "},
	    {"--expect-file /nonexistent", "--expect-file /nonexistent: "},
	    {"-e a --expect-any", "say only one"},
	    {"-e a -e b", "say only one"},
	    {"--source 999.0.0.1", "999.0.0.1"},
	    {"--format yaml", "--format yaml: "},
	    {"--fail-above nonsense=1", "--fail-above nonsense=1"},
	    {"-r 5", "-r: "},
	    {"-c 5 -r 5", "-r: needs -n or -d"},
	    {"-j 5", "-j: only for a storm"},
	    {"-o x", "-o: only for a storm"},
	    {"--hgrm x", "--hgrm: only for a storm"},
	    {"--format json", "--format: only for a storm"},
	    {"--fail-above p99=1s", "--fail-above: only for a storm"},
	    {"--merge", "--merge: "},
	    {"--compare a", "--compare: "},
	    {"--compare a b c", "--compare: "},
	    {"--merge --compare a b", "say only one"},
	    {"--merge -n 5 a b", "-n: not with --merge"},
	    {"--merge --half-close a b", "--half-close: not with"},
	    {"--compare -o x a b", "-o: not with --compare"},
	    {"--compare -t 5 a b", "-t: not with --merge"},
	    {"--compare -e x a b", "-e: not with --merge"},
	    {"host 80 more", "more: one word too many"},
	    {"host:80 81", "host:80 81: "},
	};

	return cr_make_param_array(struct refused_row, rows, COUNT(rows));
}

ParameterizedTest(struct refused_row *row, hail_options, what_is_wrong_is_named)
{
	cr_assert_eq(parse(row->words), -1, "%s was taken", row->words);
	cr_expect_not_null(
	    strstr(why.text, row->named), "%s: %s", row->words, why.text);
	cr_expect_null(strchr(why.text, '\n'));
	if (strstr(row->words, "nonexistent") == NULL)
		cr_expect_eq(why.status, EX_USAGE);
	else
		cr_expect_eq(why.status, EX_NOINPUT);
}
