#include "hail/merge.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sysexits.h>

#include "duration.h"
#include "hail/json.h"
#include "sample.h"

static struct result a, b, c, sum, again;
static char paths[3][SCRATCH_PATH];
static char *files[] = {paths[0], paths[1], paths[2]};
static struct reason why;

static void
save_three(void)
{
	sample_save(&a, "a.json", paths[0]);
	sample_save(&b, "b.json", paths[1]);
	sample_save(&c, "c.json", paths[2]);
}

static void
fill_three(void)
{
	sample_fill(&a, 1);
	sample_fill(&b, 2);
	sample_fill(&c, 3);
}

/* The reason of a refusal, without the folder of the files. */
static const char *
refusal(size_t count)
{
	static char text[512];
	char *at;
	size_t folder;

	folder = (size_t)(strrchr(paths[0], '/') + 1 - paths[0]);
	cr_assert_eq(merge_files(files, count, &sum, &why), -1);
	strlcpy(text, why.text, sizeof(text));
	while ((at = memmem(text, strlen(text), paths[0], folder)) != NULL)
		memmove(at, at + folder, strlen(at + folder) + 1);
	return text;
}

Test(merge, tallies_are_those_of_recording_everything_into_one)
{
	static struct tally all;

	fill_three();
	save_three();
	tally_add(&all, &a.tally);
	tally_add(&all, &b.tally);
	tally_add(&all, &c.tally);
	cr_assert_eq(merge_files(files, 3, &sum, &why), 0, "%s", why.text);
	cr_expect_eq(memcmp(&sum.tally, &all, sizeof(all)), 0);
	cr_expect_eq(result_balance(&sum, &why), 0, "%s", why.text);
}

Test(merge, what_was_asked_is_added)
{
	fill_three();
	b.start -= NS_PER_S;
	c.end += NS_PER_S;
	c.interrupted = true;
	save_three();
	cr_assert_eq(merge_files(files, 3, &sum, &why), 0, "%s", why.text);
	cr_expect_eq(sum.planned, 300);
	cr_expect_eq(sum.concurrency, 3 * 64);
	cr_expect_eq(sum.jobs, 6);
	cr_expect_eq(sum.rate_asked, 301.5);
	cr_expect_eq(sum.merged, 3);
	cr_expect_eq(sum.end - sum.start, 4 * NS_PER_S);
	cr_expect_eq(result_rate(&sum), 75);
	cr_expect(sum.interrupted);
	cr_expect_str_eq(sum.target, "127.0.0.1:9999");
	cr_expect_str_eq(sum.host, a.host);
	cr_expect_eq(sum.address_count, 1);
	cr_expect_eq(sum.timeout, a.timeout);
	cr_expect_eq(sum.reason_count, 0);
	cr_expect_eq(sum.counters[COUNTER_LISTEN_OVERFLOWS], 20,
	    "at the same time on one host: counted once");
	cr_expect_eq(sum.queue_peak, 6);
}

Test(merge, a_sum_is_written_and_read_and_added_like_a_run)
{
	static struct result whole;
	char path[SCRATCH_PATH], *halves[] = {path, paths[2]};

	fill_three();
	save_three();
	cr_assert_eq(merge_files(files, 3, &whole, &why), 0);
	cr_assert_eq(merge_files(files, 2, &sum, &why), 0);
	sample_save(&sum, "sum.json", path);
	cr_assert_eq(json_load(&again, path, &why), 0, "%s", why.text);
	cr_expect_eq(memcmp(&sum, &again, sizeof(sum)), 0);
	cr_assert_eq(merge_files(halves, 2, &sum, &why), 0, "%s", why.text);
	strlcpy(sum.id, whole.id, RESULT_ID); /* random */
	cr_expect_eq(memcmp(&sum, &whole, sizeof(sum)), 0);
}

Test(merge, one_run_alone_keeps_its_id)
{
	fill_three();
	save_three();
	cr_assert_eq(merge_files(files, 1, &sum, &why), 0);
	cr_expect_eq(sum.merged, 1);
	cr_expect_str_eq(sum.id, a.id);
}

Test(merge, the_same_run_twice_is_refused)
{
	char expect[200];

	fill_three();
	b = a;
	save_three();
	snprintf(expect, sizeof(expect), "b.json: run %s is in a.json already",
	    a.id);
	cr_expect_str_eq(refusal(2), expect);
	cr_expect_eq(why.status, EX_DATAERR);
}

Test(merge, a_run_that_is_in_a_sum_is_refused)
{
	char expect[200];

	fill_three();
	save_three();
	cr_assert_eq(merge_files(files, 2, &sum, &why), 0);
	sample_save(&sum, "c.json", paths[2]);
	snprintf(expect, sizeof(expect), "c.json: run %s is in a.json already",
	    a.id);
	cr_expect_str_eq(refusal(3), expect);
}

Test(merge, hosts_are_listed_once)
{
	fill_three();
	strlcpy(a.addresses[0], "192.0.2.1:9999", RESULT_WORDS);
	strlcpy(b.addresses[0], "192.0.2.1:9999", RESULT_WORDS);
	strlcpy(c.addresses[0], "192.0.2.2:9999", RESULT_WORDS);
	strlcpy(a.host, "one", RESULT_WORDS);
	strlcpy(b.host, "on", RESULT_WORDS);
	strlcpy(c.host, "one", RESULT_WORDS);
	save_three();
	cr_assert_eq(merge_files(files, 3, &sum, &why), 0, "%s", why.text);
	cr_expect_str_eq(sum.host, "one, on");
	cr_expect_eq(sum.address_count, 2);
	cr_expect_eq(sum.counters[COUNTER_LISTEN_OVERFLOWS], 40);
}

Test(merge, what_is_unknown_of_all_stays_unknown)
{
	fill_three();
	a.counters_known = b.counters_known = false;
	a.queue_known = b.queue_known = false;
	save_three();
	cr_assert_eq(merge_files(files, 2, &sum, &why), 0);
	cr_expect_not(sum.counters_known);
	cr_expect_not(sum.queue_known);
	cr_assert_eq(merge_files(files, 3, &sum, &why), 0);
	cr_expect(sum.counters_known);
	cr_expect(sum.queue_known);
}

Test(merge, a_run_of_another_shape_is_refused)
{
	fill_three();
	b.timeout = NS_PER_MS;
	save_three();
	cr_expect_str_eq(
	    refusal(3), "b.json: the timeout is 1ms, but 6s in a.json");
	cr_expect_eq(why.status, EX_DATAERR);
}

Test(merge, a_file_that_cannot_be_read_is_named)
{
	fill_three();
	save_three();
	scratch_write("b.json", "{}", 2, paths[1]);
	cr_expect_str_eq(refusal(3), "b.json: version: missing");
}

Test(merge, no_file_is_refused)
{
	cr_assert_eq(merge_files(files, 0, &sum, &why), -1);
	cr_expect_eq(why.status, EX_USAGE);
}
