#include "hail/report.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "duration.h"
#include "hail/judge.h"
#include "sample.h"

static struct result result;
static struct report_style style;

/* The report of result in style; the last two are valid. */
static char *
report(void)
{
	static char texts[2][8192];
	static unsigned calls;
	char *text = texts[calls++ % 2];
	FILE *stream = fmemopen(text, sizeof(texts[0]), "w");

	report_print(&result, &style, stream);
	fclose(stream);
	return text;
}

static void
expect_line(const char *line)
{
	char *text = report(), framed[200];

	snprintf(framed, sizeof(framed), "\n%s\n", line);
	cr_expect_not_null(
	    strstr(text, framed), "no line %s in\n%s", line, text);
}

static void
expect_no(const char *words)
{
	char *text = report();

	cr_expect_null(strstr(text, words), "%s in\n%s", words, text);
}

static void
small_run(void)
{
	struct latency *ok = result.tally.latency[OUTCOME_OK];

	strlcpy(result.target, "localhost:9999", RESULT_WORDS);
	result.end = NS_PER_S / 2;
	result.planned = result.tally.started = 3;
	result.tally.ended[OUTCOME_OK] = 2;
	result.tally.ended[OUTCOME_STRANDED] = 1;
	latency_record(&ok[PHASE_CONNECT], 100);
	latency_record(&ok[PHASE_CONNECT], 120);
	latency_record(&ok[PHASE_FIRST_BYTE], 200);
	latency_record(&ok[PHASE_FIRST_BYTE], 201);
	latency_record(&ok[PHASE_WHOLE], 210);
	latency_record(&ok[PHASE_WHOLE], 212);
	latency_record(
	    &result.tally.latency[OUTCOME_STRANDED][PHASE_CONNECT], 90);
}

Test(report, a_whole_report)
{
	static const struct criteria criteria;

	small_run();
	judge(&result, &criteria);
	result_explain(&result, "the accept queue overflowed");
	cr_expect_str_eq(report(),
	    "FAIL     localhost:9999: 1 of 3 connections ended: stranded\n"
	    "         the accept queue overflowed\n"
	    "\n"
	    "connections  3 in 500ms\n"
	    "ends         stranded                       1   33.3%\n"
	    "             ok                             2   66.7%\n"
	    "rate         6/s\n"
	    "\n"
	    "latency of ok\n"
	    "                 min      p50      p90      p99    p99.9      "
	    "max\n"
	    "connect        100ns    100ns    120ns    120ns    120ns    "
	    "120ns\n"
	    "first byte     200ns    200ns    201ns    201ns    201ns    "
	    "201ns\n"
	    "whole          210ns    210ns    212ns    212ns    212ns    "
	    "212ns\n"
	    "\n"
	    "whole of ok, up to\n"
	    "      210ns  ######################################## 1\n"
	    "      211ns  0\n"
	    "      212ns  ######################################## 1\n");
}

Test(report, a_pass_says_how_many_were_ok)
{
	small_run();
	result.verdict = VERDICT_PASS;
	result_explain(&result, "1 connection took 1.0 s longer");
	cr_expect_eq(strncmp(report(),
			 "PASS     localhost:9999: 2 of 3 connections ok\n"
			 "         1 connection took 1.0 s longer\n",
			 80),
	    0);
}

Test(report, an_invalid_run_says_why)
{
	small_run();
	result.verdict = VERDICT_INVALID;
	result_explain(&result, "no local port");
	cr_expect_eq(
	    strncmp(report(), "INVALID  localhost:9999: no local port\n", 38),
	    0);
}

Test(report, all_that_is_known_has_a_row)
{
	sample_fill(&result, 1);
	result.planned = 103;
	result.merged = 4;
	result.tally.cpu_ns = NS_PER_S;
	result.tally.peak_memory = 12 << 20;
	expect_line("connections  103 in 2s");
	expect_line("not started  3");
	expect_line("added        4 runs");
	expect_line("rate         50/s, asked 100.5/s (49.8%)");
	expect_line("SYN again    12 times, for 11 connections");
	expect_line("backlog      5 on each of 171 sockets, at most 6 waiting");
	expect_line("kernel       ListenOverflows               20");
	expect_line("             TCPAbortOnData                28");
	expect_line("client       CPU 1s (50%), 12.0 MiB");
	cr_expect_not_null(strstr(report(), "\nlag  "));
}

Test(report, what_did_not_happen_has_no_row)
{
	small_run();
	expect_no("not started");
	expect_no("added");
	expect_no("asked");
	expect_no("SYN again");
	expect_no("backlog");
	expect_no("kernel");
	expect_no("client");
	expect_no("lag");
	expect_no("refused");
	expect_no("interrupted");
}

Test(report, latencies_of_other_ends_are_for_the_verbose)
{
	small_run();
	expect_no("latency of stranded");
	style.verbose = true;
	expect_line("latency of stranded");
}

Test(report, colour_is_only_added)
{
	char *plain, *coloured, *from, *to;

	small_run();
	result.verdict = VERDICT_FAIL;
	plain = report();
	cr_expect_null(strchr(plain, '\033'));
	style.colour = true;
	coloured = report();
	cr_expect_not_null(strstr(coloured, "\033[1;31mFAIL   \033[0m"));
	cr_expect_not_null(strstr(coloured, "\033[1;31mstranded"));
	for (from = to = coloured; *from != '\0'; from++) {
		if (*from == '\033')
			from = strchr(from, 'm');
		else
			*to++ = *from;
	}
	*to = '\0';
	cr_expect_str_eq(coloured, plain);
}

/* A stream that is a terminal, as far as isatty(3) can tell. */
static FILE *
terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	int slave;

	cr_assert_neq(master, -1, "%m");
	cr_assert_eq(grantpt(master), 0);
	cr_assert_eq(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	cr_assert_neq(slave, -1, "%m");
	return fdopen(slave, "w");
}

Test(report, colour_needs_a_terminal_and_consent)
{
	FILE *file = fopen("/dev/null", "w"), *tty = terminal();

	unsetenv("NO_COLOR");
	cr_expect_not(report_style_for(file, false).colour);
	cr_expect(report_style_for(tty, false).colour);
	cr_expect_not(report_style_for(tty, true).colour);
	setenv("NO_COLOR", "", 1);
	cr_expect(report_style_for(tty, false).colour);
	setenv("NO_COLOR", "1", 1);
	cr_expect_not(report_style_for(tty, false).colour);
}

Test(report, blocks_need_a_locale_of_utf_8)
{
	setenv("LC_ALL", "C", 1);
	cr_expect_not(report_style_for(stdout, false).unicode);
	setenv("LC_ALL", "C.UTF-8", 1);
	cr_expect(report_style_for(stdout, false).unicode);
	setenv("LC_ALL", "no_SUCH.UTF-8", 1);
	cr_expect_not(report_style_for(stdout, false).unicode);
}
