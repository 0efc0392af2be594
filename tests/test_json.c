#include "hail/json.h"

#include <sys/stat.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sample.h"

static struct result written, read_back;
static struct reason why;
static char path[SCRATCH_PATH];

/* The bytes of a file, the caller's to free. */
static char *
contents(const char *name)
{
	FILE *file = fopen(name, "re");
	char *text = NULL;
	size_t size = 0;

	cr_assert_not_null(file, "%s: %m", name);
	cr_assert_gt(getdelim(&text, &size, '\0', file), 0);
	fclose(file);
	return text;
}

Test(json, what_is_read_equals_what_was_written)
{
	sample_fill(&written, 1);
	sample_save(&written, "a.json", path);
	memset(&read_back, 0x5a, sizeof(read_back));
	cr_assert_eq(json_load(&read_back, path, &why), 0, "%s", why.text);
	cr_expect_eq(memcmp(&written, &read_back, sizeof(written)), 0);
}

Test(json, what_is_unknown_stays_unknown)
{
	sample_fill(&written, 1);
	written.counters_known = written.queue_known = false;
	memset(written.counters, 0, sizeof(written.counters));
	written.queue_backlog = written.queue_peak = 0;
	written.queue_listeners = 0;
	sample_save(&written, "a.json", path);
	cr_assert_eq(json_load(&read_back, path, &why), 0, "%s", why.text);
	cr_expect_eq(memcmp(&written, &read_back, sizeof(written)), 0);
}

Test(json, writing_again_makes_the_same_file)
{
	char again[SCRATCH_PATH], *first, *second;

	sample_fill(&written, 3);
	first = contents(sample_save(&written, "a.json", path));
	cr_assert_eq(json_load(&read_back, path, &why), 0, "%s", why.text);
	second = contents(sample_save(&read_back, "b.json", again));
	cr_expect_str_eq(first, second);
	free(first);
	free(second);
}

Test(json, text_that_a_terminal_must_not_see_is_escaped)
{
	sample_fill(&written, 1);
	strlcpy(written.target, "\033[2J\xff:1", RESULT_WORDS);
	sample_save(&written, "a.json", path);
	cr_assert_eq(json_load(&read_back, path, &why), 0, "%s", why.text);
	cr_expect_str_eq(read_back.target, "\\033[2J\\377:1");
}

struct corrupt {
	char find[48], replace[48];
	char reason[120];
};

ParameterizedTestParameters(json, a_corrupt_file_is_refused_by_field)
{
	static struct corrupt rows[] = {
	    {"\"version\": 1", "\"version\": 2", "version: 2: must be 1 to 1"},
	    {"\"version\": 1,\n", "", "version: missing"},
	    {"\"verdict\": \"FAIL\"", "\"verdict\": \"fail\"",
		"verdict: fail: must be PASS, FAIL or INVALID"},
	    {"\"planned\": 100", "\"planned\": \"100\"",
		"planned: must be a whole number, not a string"},
	    {"\"planned\": 100", "\"planned\": 100.0",
		"planned: must be a whole number, not a number"},
	    {"\"planned\": 100", "\"planned\": -1",
		"planned: -1: must be 0 to 1000000000000000"},
	    {"\"planned\": 100", "\"planned\": 99",
		"the books do not balance: 99 connections were planned "
		"and 100 started"},
	    {"\"planned\": 100", "\"planned\": 101",
		"not_started: is not planned - started"},
	    {"\"planned\": 100", "\"plan\": 100", "planned: missing"},
	    {"\"planned\": 100", "\"planned\": 100, \"x\\u001b\": 1",
		"unknown field x\\033"},
	    {"\"interrupted\": false", "\"interrupted\": null",
		"interrupted: must be true or false, not null"},
	    {"\"host\": \"", "\"host\": \"\\u001b[2J",
		"host: holds a control character"},
	    {"\"host\": \"", "\"host\": \"\\u009b2J",
		"host: holds a control character"},
	    {"\"addresses\": [", "\"addresses\": [7,",
		"addresses[0]: must be a string, not a whole number"},
	    {"\"merged\": []", "\"merged\": [\"a\"]",
		"merged: one run alone is not a sum"},
	    {"\"rate\": 50.0", "\"rate\": 51.0",
		"rate: is not 50, as it follows"},
	    {"\"rate\": 50.0", "\"rate\": null",
		"rate: must be a number, not null"},
	    {"\"rate\":100.5", "\"rate\":-1.5",
		"options.rate: -1.5: must be 0 to 1e+15"},
	    {"\"jobs\":2,", "", "options.jobs: missing"},
	    {"\"jobs\":2,", "\"jobs\":2,\"job\":2,",
		"options: unknown field job"},
	    {"\"half_close\":true", "\"half_close\":1",
		"options.half_close: must be true or false, not a whole "
		"number"},
	    {"\"stranded\":2", "\"stranded\":3",
		"the books do not balance: 100 planned is not 101 ended + 0 "
		"not started"},
	    {"\"stranded\":2", "\"lost\":2", "ends.stranded: missing"},
	    {"\"ListenDrops\":21", "\"ListenDrops\":[]",
		"kernel_counters.ListenDrops: must be a whole number, not an "
		"array"},
	    {"\"accept_queue\": {", "\"accept_queue\": {\"x\":1,",
		"accept_queue: unknown field x"},
	    {"[7,7,1]", "[7,7,0]",
		"latency.stranded.connect.buckets[0]: 0: must be 1 to "
		"1000000000000000"},
	    {"[7,7,1]", "[7,8,1]",
		"latency.stranded.connect.buckets[0]: 7 to 8 is no bucket of "
		"ours"},
	    {"[7,7,1]", "[7,7]",
		"latency.stranded.connect.buckets[0]: must be [low, high, "
		"count]"},
	    {"[7,7,1]", "[7,7,1],[7,7,1]",
		"latency.stranded.connect.buckets[1]: is not behind the one "
		"before it"},
	    {"[7,7,1]", "[7,7,2]",
		"latency.stranded.connect.count: is not what the buckets add "
		"up to"},
	    {"[7,7,1]", "[6,6,1]",
		"latency.stranded.connect.min_ns: is not in the first bucket"},
	    {"[7,7,1]", "",
		"latency.stranded.connect.count: is not what the "
		"buckets add up to"},
	    {"\"sum_ns\":7,", "\"sum_ns\":8,",
		"latency.stranded.connect.sum_ns: cannot be the sum of what "
		"is in the buckets"},
	    {"\"sum_ns\":7,", "\"sum_ns\":6,",
		"latency.stranded.connect.sum_ns: cannot be the sum of what "
		"is in the buckets"},
	    {"\"max_ns\":7,", "\"max_ns\":8,",
		"latency.stranded.connect.max_ns: is not in the last bucket"},
	    {"\"99.9\":7,", "\"99.9\":6,",
		"latency.stranded.connect.percentiles_ns.99.9: is not what "
		"the buckets say"},
	    {"\"stranded\":{\"connect\"", "\"stranded\":{\"conect\"",
		"latency.stranded: unknown field conect"},
	    {"\"latency\": {\"ok\"", "\"latency\": {\"oh\"",
		"latency: unknown field oh"},
	    {"\"lag\": {", "\"lag\": {\"lag\":0,", "lag: unknown field lag"},
	    {"{\n\"version\"", "[\n\"version\"",
		"not JSON: line 2: ']' expected near ':'"},
	    {"\"started\": 100", "\"started\": 100, \"started\": 100",
		"not JSON: line 12: duplicate object key near '\"started\"'"},
	    {"\"end_ns\": 17", "\"end_ns\": 16",
		"end_ns: is before the "
		"start"},
	};

	return cr_make_param_array(
	    struct corrupt, rows, sizeof(rows) / sizeof(rows[0]));
}

/* Save the sample with find replaced; path is then that of the change. */
static void
save_changed(const char *find, const char *replace)
{
	char *text, *at, *changed;

	sample_fill(&written, 1);
	text = contents(sample_save(&written, "a.json", path));
	at = strstr(text, find);
	cr_assert_not_null(at, "%s is not in the file", find);
	cr_assert_geq(asprintf(&changed, "%.*s%s%s", (int)(at - text), text,
			  replace, at + strlen(find)),
	    0);
	scratch_write("changed.json", changed, strlen(changed), path);
	free(text);
	free(changed);
}

ParameterizedTest(struct corrupt *row, json, a_corrupt_file_is_refused_by_field)
{
	char expect[400];

	save_changed(row->find, row->replace);
	cr_assert_eq(json_load(&read_back, path, &why), -1);
	snprintf(expect, sizeof(expect), "%s: %s", path, row->reason);
	cr_expect_str_eq(why.text, expect);
	cr_expect_eq(why.status, EX_DATAERR);
}

Test(json, a_rate_may_be_written_without_a_fraction)
{
	save_changed("\"rate\": 50.0", "\"rate\": 50");
	cr_expect_eq(json_load(&read_back, path, &why), 0, "%s", why.text);
}

/* Any prefix is refused, never read as a smaller run. */
Test(json, a_file_that_was_cut_off_is_refused)
{
	size_t length, cut;
	char *text;

	sample_fill(&written, 1);
	text = contents(sample_save(&written, "a.json", path));
	length = strlen(text);
	for (cut = 0; cut + 2 < length; cut += 61) {
		scratch_write("cut.json", text, cut, path);
		cr_assert_eq(
		    json_load(&read_back, path, &why), -1, "cut at %zu", cut);
	}
	free(text);
}

Test(json, a_file_that_is_not_there_is_named)
{
	char expect[SCRATCH_PATH + 40];

	scratch_path("none.json", path);
	cr_assert_eq(json_load(&read_back, path, &why), -1);
	cr_expect_eq(why.status, EX_NOINPUT);
	snprintf(expect, sizeof(expect), "%s: No such file or directory", path);
	cr_expect_str_eq(why.text, expect);
}

Test(json, a_directory_is_no_result)
{
	cr_assert_eq(json_load(&read_back, "/", &why), -1);
	cr_expect_str_eq(why.text, "/: Is a directory");
}
