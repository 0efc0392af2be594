#include "hail/compare.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "sample.h"

static struct result old, new;
static char old_path[SCRATCH_PATH], new_path[SCRATCH_PATH];
static struct reason why;

/* What the comparison prints; valid until the next call. */
static char *
compared(void)
{
	static char text[8192];
	FILE *stream = fmemopen(text, sizeof(text), "w");

	sample_save(&old, "old.json", old_path);
	sample_save(&new, "new.json", new_path);
	cr_assert_eq(
	    compare_files(old_path, new_path, stream, &why), 0, "%s", why.text);
	fclose(stream);
	return text;
}

static void
one_connection(struct result *result, int64_t ns)
{
	struct latency *ok = result->tally.latency[OUTCOME_OK];

	result_identify(result);
	strlcpy(result->target, "a:1", RESULT_WORDS);
	result->planned = result->tally.started = 1;
	result->tally.ended[OUTCOME_OK] = 1;
	result->start = 1;
	result->end = 1 + NS_PER_S / 4;
	latency_record(&ok[PHASE_CONNECT], ns);
	latency_record(&ok[PHASE_WHOLE], 2 * ns);
}

Test(compare, a_whole_comparison)
{
	one_connection(&old, 100);
	one_connection(&new, 125);
	strlcpy(new.target, "b:1", RESULT_WORDS);
	new.planned = new.tally.started = 2;
	new.tally.ended[OUTCOME_STRANDED] = 1;
	new.verdict = VERDICT_FAIL;
	new.concurrency = 64;
	cr_expect_str_eq(compared(),
	    "                                    old              new new / old\n"
	    "target                              a:1              b:1\n"
	    "concurrency                           0               64         -\n"
	    "verdict                            PASS             FAIL\n"
	    "connections                           1                2      2.00\n"
	    "ok                                    1                1      1.00\n"
	    "stranded                              0                1         -\n"
	    "rate (/s)                             4                8      2.00\n"
	    "connect min                       100ns            125ns      1.25\n"
	    "connect p50                       100ns            125ns      1.25\n"
	    "connect p90                       100ns            125ns      1.25\n"
	    "connect p99                       100ns            125ns      1.25\n"
	    "connect p99.9                     100ns            125ns      1.25\n"
	    "connect max                       100ns            125ns      1.25\n"
	    "whole min                         200ns            250ns      1.25\n"
	    "whole p50                         200ns            250ns      1.25\n"
	    "whole p90                         200ns            250ns      1.25\n"
	    "whole p99                         200ns            250ns      1.25\n"
	    "whole p99.9                       200ns            250ns      1.25\n"
	    "whole max                         200ns            250ns      1.25\n");
}

Test(compare, runs_that_were_asked_the_same_compare_only_what_came_out)
{
	char *text;

	sample_fill(&old, 1);
	sample_fill(&new, 2);
	text = compared();
	cr_expect_null(strstr(text, "target"));
	cr_expect_null(strstr(text, "timeout"));
	cr_expect_not_null(strstr(text, "\nfirst byte p99.9 "));
}

Test(compare, all_that_was_asked_otherwise_is_told)
{
	static const char *const labels[] = {"target", "host", "greeting",
	    "half-close", "concurrency", "jobs", "rate asked", "duration asked",
	    "connect timeout", "first byte timeout", "timeout"};
	char *text, line[40];
	size_t i;

	sample_fill(&old, 1);
	one_connection(&new, 1);
	strlcpy(old.host, "elsewhere", RESULT_WORDS);
	text = compared();
	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		snprintf(line, sizeof(line), "\n%s  ", labels[i]);
		cr_expect_not_null(strstr(text, line), "%s", labels[i]);
	}
}

Test(compare, rates_keep_a_digit_behind_the_point)
{
	sample_fill(&old, 1);
	sample_fill(&new, 2);
	new.end += NS_PER_S;
	cr_expect_not_null(strstr(compared(),
	    "\nrate (/s)                            50             33.3"
	    "      0.67\n"));
}

Test(compare, a_file_that_cannot_be_read_prints_nothing)
{
	FILE *stream = tmpfile();

	sample_fill(&old, 1);
	sample_save(&old, "old.json", old_path);
	scratch_path("none.json", new_path);
	cr_assert_eq(compare_files(old_path, new_path, stream, &why), -1);
	cr_expect_eq(ftell(stream), 0);
	fclose(stream);
}
