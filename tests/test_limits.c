#include "haild/limits.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "duration.h"
#include "scratch.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct limits limits;
static struct rules rules;
static struct reason why;

static void
must_take(enum limits_option option, const char *value)
{
	cr_assert_eq(
	    limits_parse(&limits, option, value, &why), 0, "%s", why.text);
}

/* May this address come in, as the rules are? */
static bool
permits(const char *address)
{
	struct cidr cidr;

	cr_assert_eq(cidr_parse(address, &cidr, &why), 0, "%s", why.text);
	return rules_permit(&rules, &cidr);
}

Test(limits, nothing_said_limits_nothing)
{
	struct greeting message;

	cr_expect_not(limits_sources(&limits));
	cr_expect_not(limits_have_rule_file(&limits));
	cr_assert_eq(limits_load_rules(&limits, &rules, &why), 0);
	cr_expect(permits("10.0.0.1"));
	cr_assert_eq(limits_load_message(&limits, &message, &why), 0);
	cr_expect_eq(message.length, 0);
}

Test(limits, each_is_kept)
{
	must_take(LIMITS_PER_SOURCE, "5");
	cr_expect_eq(limits.per_source, 5);
	cr_expect(limits_sources(&limits));
	limits.per_source = 0;
	must_take(LIMITS_RATE_PER_SOURCE, "10/m");
	cr_expect_eq(limits.source_rate.count, 10);
	cr_expect_eq(limits.source_rate.period, 60 * NS_PER_S);
	cr_expect(limits_sources(&limits));
	must_take(LIMITS_MAX_RATE, "7");
	cr_expect_eq(limits.total_rate.count, 7);
	must_take(LIMITS_OVERLOAD, "wait");
	cr_expect_eq(limits.overload, OVERLOAD_WAIT);
	must_take(LIMITS_OVERLOAD, "refuse");
	cr_expect_eq(limits.overload, OVERLOAD_REFUSE);
}

/* A rate of all together is none of each source. */
Test(limits, the_total_needs_no_table_of_sources)
{
	must_take(LIMITS_MAX_RATE, "7");
	cr_expect_not(limits_sources(&limits));
}

struct refused_row {
	enum limits_option option;
	char value[24];
	char reason[100];
};

ParameterizedTestParameters(limits, what_is_wrong_is_repeated)
{
	static struct refused_row rows[] = {
	    {LIMITS_PER_SOURCE, "0",
		"--per-source 0: too small (1 to 1000000)"},
	    {LIMITS_PER_SOURCE, "1000001",
		"--per-source 1000001: too large (1 to 1000000)"},
	    {LIMITS_PER_SOURCE, "", "--per-source : invalid (1 to 1000000)"},
	    {LIMITS_PER_SOURCE, "5/s",
		"--per-source 5/s: invalid (1 to 1000000)"},
	    {LIMITS_RATE_PER_SOURCE, "0",
		"--rate-per-source 0: not a rate of 1 to 1000000 (say 50/s, "
		"30/m or 6/h)"},
	    {LIMITS_MAX_RATE, "-1",
		"--max-rate -1: not a rate of 1 to 1000000 (say 50/s, 30/m or "
		"6/h)"},
	    {LIMITS_OVERLOAD, "",
		"--overload : neither \"wait\" nor \"refuse\""},
	    {LIMITS_OVERLOAD, "Wait",
		"--overload Wait: neither \"wait\" nor \"refuse\""},
	};

	return cr_make_param_array(struct refused_row, rows, COUNT(rows));
}

ParameterizedTest(struct refused_row *row, limits, what_is_wrong_is_repeated)
{
	cr_assert_eq(limits_parse(&limits, row->option, row->value, &why), -1);
	cr_expect_str_eq(why.text, row->reason);
	cr_expect_eq(why.status, EX_USAGE);
}

Test(limits, there_are_only_so_many_words)
{
	int i;

	for (i = 0; i < LIMITS_RULE_WORDS; i++)
		must_take(i % 2 == 0 ? LIMITS_ALLOW : LIMITS_DENY, "10.0.0.1");
	cr_assert_eq(limits_parse(&limits, LIMITS_DENY, "::1", &why), -1);
	cr_expect_str_eq(why.text,
	    "--deny ::1: more than 64 of them (a --rules file holds more)");
	cr_expect_eq(why.status, EX_USAGE);
}

Test(limits, words_and_files_make_the_rules_together)
{
	static const char text[] = "deny 10.1.0.0/16\nallow 10.1.1.1\n";
	char path[SCRATCH_PATH];

	must_take(LIMITS_ALLOW, "10.0.0.0/8");
	cr_expect_not(limits_have_rule_file(&limits));
	must_take(
	    LIMITS_RULES, scratch_write("rules", text, strlen(text), path));
	cr_expect(limits_have_rule_file(&limits));
	must_take(LIMITS_DENY, "10.2.0.0/16");
	cr_assert_eq(limits_open_files(&limits, &why), 0, "%s", why.text);
	/* As often as one likes. */
	cr_assert_eq(limits_load_rules(&limits, &rules, &why), 0);
	rules_free(&rules);
	cr_assert_eq(limits_check_files(&limits, &why), 0, "%s", why.text);
	cr_assert_eq(
	    limits_load_rules(&limits, &rules, &why), 0, "%s", why.text);
	cr_expect(permits("10.0.0.1"));
	cr_expect_not(permits("10.1.0.1"));
	cr_expect(permits("10.1.1.1"));
	cr_expect_not(permits("10.2.0.1"));
	cr_expect_not(permits("11.0.0.1"));
	rules_free(&rules);
}

Test(limits, bad_rules_are_named_and_none_are_left)
{
	static const char text[] = "deny 10.0.0.1\nhello\n";
	char path[SCRATCH_PATH], expected[SCRATCH_PATH + 80];

	must_take(LIMITS_ALLOW, "10.0.0.0/8");
	must_take(LIMITS_DENY, "10.1.2.3/8");
	cr_assert_eq(limits_load_rules(&limits, &rules, &why), -1);
	cr_expect_eq(
	    strncmp(why.text, "--deny 10.1.2.3/8: ", 19), 0, "%s", why.text);
	cr_expect_eq(why.status, EX_USAGE);
	cr_expect_eq(rules.room, 0);
	limits.word_count = 1;
	must_take(
	    LIMITS_RULES, scratch_write("rules", text, strlen(text), path));
	cr_assert_eq(limits_open_files(&limits, &why), 0, "%s", why.text);
	cr_assert_eq(limits_load_rules(&limits, &rules, &why), -1);
	snprintf(expected, sizeof(expected),
	    "%s: line 2: hello: neither \"allow\" nor \"deny\"", path);
	cr_expect_str_eq(why.text, expected);
	cr_expect_eq(why.status, EX_DATAERR);
	cr_expect_eq(rules.room, 0);
}

Test(limits, a_file_that_is_not_there_is_named)
{
	char path[SCRATCH_PATH], expected[SCRATCH_PATH + 80];

	must_take(LIMITS_RULES, scratch_path("nothing", path));
	cr_assert_eq(limits_open_files(&limits, &why), -1);
	snprintf(
	    expected, sizeof(expected), "%s: No such file or directory", path);
	cr_expect_str_eq(why.text, expected);
	cr_expect_eq(why.status, EX_NOINPUT);
}

Test(limits, a_file_that_was_removed_is_not_read_again)
{
	char path[SCRATCH_PATH];

	must_take(LIMITS_RULES, scratch_write("rules", "", 0, path));
	cr_assert_eq(limits_open_files(&limits, &why), 0, "%s", why.text);
	unlink(path);
	cr_expect_eq(limits_check_files(&limits, &why), -1);
	cr_expect_eq(why.status, EX_NOINPUT);
}

struct message_row {
	char message[16];
	unsigned times;
	char reason[80]; /* how it begins; empty: it is taken */
};

ParameterizedTestParameters(limits, a_busy_message_fits_any_socket)
{
	static struct message_row rows[] = {
	    {"busy\\n", 1, ""},
	    {"x", BUSY_MESSAGE_MAX, ""},
	    {"x", BUSY_MESSAGE_MAX + 1,
		"--busy-message: longer than 1024 bytes"},
	    {"", 1, "--busy-message: empty (leave it out to send none)"},
	    {"\\xg", 1, "--busy-message \\xg: bad escape"},
	};

	return cr_make_param_array(struct message_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct message_row *row, limits, a_busy_message_fits_any_socket)
{
	char text[BUSY_MESSAGE_MAX + 2] = "";
	struct greeting message;
	unsigned i;

	for (i = 0; i < row->times; i++)
		strlcat(text, row->message, sizeof(text));
	must_take(LIMITS_BUSY_MESSAGE, text);
	if (row->reason[0] == '\0') {
		cr_assert_eq(limits_load_message(&limits, &message, &why), 0,
		    "%s", why.text);
		cr_expect_leq(message.length, BUSY_MESSAGE_MAX);
		cr_expect_gt(message.length, 0);
		greeting_free(&message);
		return;
	}
	cr_assert_eq(limits_load_message(&limits, &message, &why), -1);
	cr_expect_eq(message.length, 0);
	cr_expect_eq(strncmp(why.text, row->reason, strlen(row->reason)), 0,
	    "%s", why.text);
	cr_expect_eq(why.status, EX_USAGE);
}
