#include "hail/chart.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct latency latency;

/* What is drawn; valid until the next call. */
static char *
drawn(bool unicode)
{
	static char text[4096];
	FILE *stream = fmemopen(text, sizeof(text), "w");

	text[0] = '\0';
	chart_print(&latency, unicode, stream);
	fclose(stream);
	return text;
}

static void
record(int64_t ns, unsigned times)
{
	while (times-- > 0)
		latency_record(&latency, ns);
}

Test(chart, bars_are_as_long_as_their_share_of_the_longest)
{
	record(1, 40);
	record(2, 10);
	record(3, 1);
	cr_expect_str_eq(drawn(false),
	    "        1ns  ######################################## 40\n"
	    "        2ns  ########## 10\n"
	    "        3ns  # 1\n");
}

Test(chart, blocks_are_drawn_in_eighths)
{
	record(1, 320);
	record(2, 3);
	record(3, 12);
	cr_expect_str_eq(drawn(true),
	    "        1ns  ████████████████████████████████████████ 320\n"
	    "        2ns  ▍ 3\n"
	    "        3ns  █▌ 12\n");
}

Test(chart, whatever_happened_is_seen)
{
	record(1, 100000);
	record(2, 1);
	cr_expect_not_null(strstr(drawn(true), "2ns  ▏ 1\n"));
	cr_expect_not_null(strstr(drawn(false), "2ns  # 1\n"));
}

Test(chart, what_did_not_happen_has_no_bar)
{
	record(1, 1);
	record(3, 1);
	cr_expect_not_null(strstr(drawn(false), "2ns  0\n"));
}

Test(chart, every_connection_is_in_one_of_ten_rows)
{
	unsigned short seed[3] = {1, 2, 3};
	unsigned rows = 0, i;
	uint64_t sum = 0;
	char *text, *line;

	for (i = 0; i < 1000; i++)
		record(1000 + nrand48(seed), 1);
	text = drawn(false);
	while ((line = strsep(&text, "\n")) != NULL && *line != '\0') {
		sum += strtoull(strrchr(line, ' '), NULL, 10);
		rows++;
	}
	cr_expect_eq(rows, 10);
	cr_expect_eq(sum, 1000);
}

Test(chart, nothing_counted_draws_nothing)
{
	cr_expect_str_empty(drawn(true));
}
