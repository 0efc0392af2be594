#include "hail/growth.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

struct growth_row {
	struct {
		char host[4];
		int64_t start, end, counter;
	} runs[4]; /* "" ends them */
	int64_t sum;
};

ParameterizedTestParameters(growth, runs_that_overlap_on_a_host_count_once)
{
	static struct growth_row rows[] = {
	    {{{"", 0, 0, 0}}, 0},
	    {{{"a", 0, 10, 7}}, 7},
	    {{{"a", 0, 10, 7}, {"a", 5, 15, 9}}, 9},
	    {{{"a", 5, 15, 9}, {"a", 0, 10, 7}}, 9},
	    {{{"a", 0, 10, 7}, {"a", 5, 15, 3}}, 7},
	    {{{"a", 0, 10, 7}, {"a", 10, 20, 9}}, 16},
	    {{{"a", 0, 10, 7}, {"b", 5, 15, 9}}, 16},
	    {{{"a", 0, 10, 7}, {"b", 5, 15, 9}, {"a", 3, 4, 8},
		 {"b", 20, 30, 1}},
		18},
	    /* The third bridges the two before it. */
	    {{{"a", 0, 10, 7}, {"a", 20, 30, 9}, {"a", 5, 25, 8}}, 9},
	};

	return cr_make_param_array(
	    struct growth_row, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(
    struct growth_row *row, growth, runs_that_overlap_on_a_host_count_once)
{
	struct growth growths[4];
	int64_t sum[COUNTERS];
	size_t i;

	memset(growths, 0, sizeof(growths));
	for (i = 0; i < 4 && row->runs[i].host[0] != '\0'; i++) {
		strlcpy(growths[i].host, row->runs[i].host, RESULT_WORDS);
		growths[i].start = row->runs[i].start;
		growths[i].end = row->runs[i].end;
		growths[i].counters[COUNTER_SYN_RETRANS] = row->runs[i].counter;
	}
	growth_sum(growths, i, sum);
	cr_expect_eq(sum[COUNTER_SYN_RETRANS], row->sum);
	cr_expect_eq(sum[COUNTER_LISTEN_DROPS], 0);
}
