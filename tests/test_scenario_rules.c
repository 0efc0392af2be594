#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "guest.h"
#include "peer.h"
#include "scratch.h"

/* Who may connect, and who says so. */

static void
stop(struct daemon *daemon, uint64_t greeted, uint64_t refused)
{
	daemon_stop(daemon);
	cr_expect_eq(books_count(&daemon->books, "greeted"), greeted);
	cr_expect_eq(books_count(&daemon->books, "refused"), refused);
	process_free(&daemon->process);
}

/* SIGHUP, and the line that must answer it. */
static void
reload(struct daemon *daemon, const char *fmt, const char *path)
{
	char expected[PROCESS_LINE], line[PROCESS_LINE];

	snprintf(expected, sizeof(expected), fmt, path);
	process_signal(&daemon->process, SIGHUP);
	process_await_line(&daemon->process, PROCESS_ERR, expected, line);
	cr_assert_str_eq(line, expected);
}

Test(scenario_rules, whom_only_denials_do_not_name_is_let_in)
{
	struct daemon daemon;

	daemon_start(&daemon,
	    &(struct daemon_options){.words = ARGV("--deny", "127.0.0.2",
					 "--deny", "127.0.1.0/24")});
	guest_visit(&daemon, "127.0.0.1");
	guest_is_refused(&daemon, "127.0.0.2", "");
	guest_is_refused(&daemon, "127.0.1.7", "");
	guest_visit(&daemon, "127.0.2.7");
	process_await_line(
	    &daemon.process, PROCESS_ERR, "haild: refused 127.0.1.7:", NULL);
	stop(&daemon, 2, 2);
}

Test(scenario_rules, whom_no_rule_names_is_kept_out_where_some_are_allowed)
{
	struct daemon daemon;

	daemon_start(&daemon,
	    &(struct daemon_options){.words = ARGV("--allow", "127.0.0.0/24",
					 "--deny", "127.0.0.2")});
	guest_visit(&daemon, "127.0.0.1");
	guest_is_refused(&daemon, "127.0.0.2", "");
	guest_is_refused(&daemon, "127.0.1.1", "");
	stop(&daemon, 1, 2);
}

Test(scenario_rules, the_denied_are_not_told_that_it_is_busy)
{
	struct daemon daemon;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("--deny", "all", "--busy-message", "busy")});
	guest_is_refused(&daemon, "127.0.0.1", "");
	stop(&daemon, 0, 1);
}

Test(scenario_rules, words_and_files_are_one_set)
{
	static const char first[] = "deny 127.0.0.0/16\nallow 127.0.0.1\n";
	static const char second[] = "# nothing but this\n";
	char one[SCRATCH_PATH], other[SCRATCH_PATH];
	struct daemon daemon;

	scratch_write("one", first, sizeof(first) - 1, one);
	scratch_write("other", second, sizeof(second) - 1, other);
	daemon_start(&daemon,
	    &(struct daemon_options){.words = ARGV("--rules", one, "--rules",
					 other, "--allow", "127.0.0.2")});
	guest_visit(&daemon, "127.0.0.1");
	guest_visit(&daemon, "127.0.0.2");
	guest_is_refused(&daemon, "127.0.0.3", "");
	guest_is_refused(&daemon, "127.1.0.1", "");
	stop(&daemon, 2, 2);
}

Test(scenario_rules, hup_reads_them_again_and_a_bad_line_keeps_the_old)
{
	static const char old[] = "deny 127.0.0.2\n";
	static const char bad[] = "# new\ndeny 127.0.0.3\ndney 127.0.0.4\n";
	static const char new[] = "deny 127.0.0.3\ndeny 127.0.0.4\n";
	char path[SCRATCH_PATH];
	struct daemon daemon;

	scratch_write("rules", old, sizeof(old) - 1, path);
	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-q", "--rules", path, "--deny", "127.0.0.9")});
	guest_is_refused(&daemon, "127.0.0.2", "");

	scratch_overwrite(path, bad, sizeof(bad) - 1);
	reload(&daemon,
	    "haild: %s: line 3: dney: neither \"allow\" nor \"deny\" "
	    "(the old rules stay)",
	    path);
	guest_is_refused(&daemon, "127.0.0.2", "");
	guest_visit(&daemon, "127.0.0.3");

	scratch_overwrite(path, new, sizeof(new) - 1);
	/* Not before it is told to. */
	guest_is_refused(&daemon, "127.0.0.2", "");
	reload(&daemon,
	    "haild: rules: read again, 0 to allow, 3 to deny; "
	    "others are allowed",
	    "");
	guest_visit(&daemon, "127.0.0.2");
	guest_is_refused(&daemon, "127.0.0.3", "");
	guest_is_refused(&daemon, "127.0.0.4", "");
	guest_is_refused(&daemon, "127.0.0.9", "");

	unlink(path);
	reload(&daemon,
	    "haild: %s: was replaced or removed, and haild may open nothing "
	    "any more: write into the file (cp, not mv), or restart (the old "
	    "rules stay)",
	    path);
	guest_is_refused(&daemon, "127.0.0.4", "");
	stop(&daemon, 2, 7);
}

/* To sort many asks the C library for more than to sort a few. */
Test(scenario_rules, hup_reads_many_where_there_were_few)
{
	char many[100 * 18], path[SCRATCH_PATH];
	struct daemon daemon;
	size_t length = 0;
	int i;

	for (i = 0; i < 100; i++)
		length += (size_t)snprintf(many + length, sizeof(many) - length,
		    "deny 127.0.0.%d\n", 100 + i);
	scratch_write("rules", many, strcspn(many, "\n") + 1, path);
	daemon_start(&daemon,
	    &(struct daemon_options){.words = ARGV("-q", "--rules", path)});
	guest_visit(&daemon, "127.0.0.101");
	scratch_overwrite(path, many, length);
	reload(&daemon,
	    "haild: rules: read again, 0 to allow, 100 to deny; "
	    "others are allowed",
	    "");
	guest_is_refused(&daemon, "127.0.0.101", "");
	guest_visit(&daemon, "127.0.0.1");
	stop(&daemon, 2, 1);
}

/* What an editor put in its place is another file, which haild cannot see. */
Test(scenario_rules, hup_says_if_nothing_changed)
{
	static const char old[] = "deny 127.0.0.2\n", new[] = "deny all\n";
	char path[SCRATCH_PATH], aside[SCRATCH_PATH];
	struct daemon daemon;

	scratch_write("rules", old, sizeof(old) - 1, path);
	daemon_start(&daemon,
	    &(struct daemon_options){.words = ARGV("-q", "--rules", path)});
	cr_assert_lt(snprintf(aside, sizeof(aside), "%s~", path), SCRATCH_PATH);
	cr_assert_eq(rename(path, aside), 0, "%m");
	scratch_write("rules", new, sizeof(new) - 1, path);
	reload(&daemon,
	    "haild: rules: read again, 0 to allow, 1 to deny; "
	    "others are allowed; as before",
	    "");
	stop(&daemon, 0, 0);
}

Test(scenario_rules, hup_reads_message_and_rules)
{
	static const char rules[] = "allow 127.0.0.1\n";
	char path[SCRATCH_PATH];
	struct daemon daemon;

	scratch_write("both", rules, sizeof(rules) - 1, path);
	/* One file for two purposes, for there is one scratch file only. */
	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-f", path, "--rules", path)});
	process_signal(&daemon.process, SIGHUP);
	process_await_line(&daemon.process, PROCESS_ERR,
	    "haild: rules: read again, 1 to allow, 0 to deny; others are "
	    "denied",
	    NULL);
	guest_is_refused(&daemon, "127.0.0.2", "");
	peer_visit(daemon.port, rules, sizeof(rules) - 1);
	stop(&daemon, 1, 1);
}

/* Words, separated by "|", that must be refused at the start. */
struct bad_row {
	char words[100];
	char reason[140];
	int status;
};

ParameterizedTestParameters(scenario_rules, bad_words_start_nothing)
{
	static struct bad_row rows[] = {
	    {"--allow|10.0.0.1/8",
		"--allow 10.0.0.1/8: the address goes on beyond its prefix "
		"(say 10.0.0.0/8)",
		EX_USAGE},
	    {"--deny|example.org",
		"--deny example.org: not an address or range (say 10.0.0.0/8 "
		"or 2001:db8::/32)",
		EX_USAGE},
	    {"--rules|/nonexistent", "/nonexistent: No such file or directory",
		EX_NOINPUT},
	    {"--rules|/", "/: Is a directory", EX_NOINPUT},
	    {"--per-source|0", "--per-source 0: too small (1 to 1000000)",
		EX_USAGE},
	    {"--per-source|x", "--per-source x: invalid (1 to 1000000)",
		EX_USAGE},
	    {"--rate-per-source|5/d",
		"--rate-per-source 5/d: not a rate of 1 to 1000000 (say 50/s, "
		"30/m or 6/h)",
		EX_USAGE},
	    {"--max-rate|0",
		"--max-rate 0: not a rate of 1 to 1000000 (say 50/s, 30/m or "
		"6/h)",
		EX_USAGE},
	    {"--overload|drop",
		"--overload drop: neither \"wait\" nor \"refuse\"", EX_USAGE},
	    {"--busy-message|",
		"--busy-message: empty (leave it out to send "
		"none)",
		EX_USAGE},
	    {"--busy-message|a\\xg",
		"--busy-message a\\xg: bad escape (write \\\\ for a backslash)",
		EX_USAGE},
	    {"--per-source", "--per-source: needs a value", EX_USAGE},
	};

	return cr_make_param_array(
	    struct bad_row, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(struct bad_row *row, scenario_rules, bad_words_start_nothing)
{
	char *argv[6] = {BUILD "/haild"}, *rest = row->words;
	char expected[PROCESS_LINE];
	struct process process;
	int count = 1;

	while (rest != NULL)
		argv[count++] = strsep(&rest, "|");
	snprintf(expected, sizeof(expected), "haild: %s\n", row->reason);
	cr_expect_eq(process_run(&process, argv, NULL), row->status);
	cr_expect_str_eq(process.output[PROCESS_ERR].text, expected);
	cr_expect_str_eq(process.output[PROCESS_OUT].text, "");
	process_free(&process);
}

Test(scenario_rules, a_bad_line_at_the_start_is_named)
{
	static const char rules[] = "deny 127.0.0.2\n\ndeny 127.0.0.3/8\n";
	char path[SCRATCH_PATH], expected[PROCESS_LINE];
	struct process process;

	scratch_write("rules", rules, sizeof(rules) - 1, path);
	cr_expect_eq(
	    process_run(&process,
		ARGV(BUILD "/haild", "--rules", path, "127.0.0.1", "0"), NULL),
	    EX_DATAERR);
	snprintf(expected, sizeof(expected),
	    "haild: %s: line 3: 127.0.0.3/8: the address goes on beyond its "
	    "prefix (say 127.0.0.0/8)\n",
	    path);
	cr_expect_str_eq(process.output[PROCESS_ERR].text, expected);
	process_free(&process);
}
