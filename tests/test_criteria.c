#include "hail/criteria.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>
#include <sysexits.h>

#include "duration.h"

static struct criteria criteria;
static struct reason why;

struct good_row {
	char words[40];
	struct criterion is;
};

ParameterizedTestParameters(criteria, good_words_are_understood)
{
	static struct good_row rows[] = {
	    {"p99=50ms",
		{.measure = MEASURE_PERCENTILE,
		    .percent = 99,
		    .most = 50 * NS_PER_MS,
		    .name = "p99"}},
	    {"p99.99=1.5s",
		{.measure = MEASURE_PERCENTILE,
		    .percent = 99.99,
		    .most = 1500 * NS_PER_MS,
		    .name = "p99.99"}},
	    {"p0=1us",
		{.measure = MEASURE_PERCENTILE,
		    .percent = 0,
		    .most = 1000,
		    .name = "p0"}},
	    {"p100=2",
		{.measure = MEASURE_PERCENTILE,
		    .percent = 100,
		    .most = 2 * NS_PER_S,
		    .name = "p100"}},
	    {"max=1m",
		{.measure = MEASURE_PERCENTILE,
		    .percent = 100,
		    .most = 60 * NS_PER_S,
		    .name = "max"}},
	    {"rate=5k",
		{.measure = MEASURE_RATE, .least = 5000, .name = "rate"}},
	    {"rate=0.5",
		{.measure = MEASURE_RATE, .least = 0.5, .name = "rate"}},
	    {"stranded=5",
		{.measure = MEASURE_END,
		    .most = 5,
		    .outcome = OUTCOME_STRANDED,
		    .name = "stranded"}},
	    {"reset_before_greeting=0",
		{.measure = MEASURE_END,
		    .most = 0,
		    .outcome = OUTCOME_RESET_BEFORE,
		    .name = "reset_before_greeting"}},
	    {"no_port=1M",
		{.measure = MEASURE_END,
		    .most = 1000000,
		    .outcome = OUTCOME_NO_PORT,
		    .name = "no_port"}},
	};

	return cr_make_param_array(
	    struct good_row, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(struct good_row *row, criteria, good_words_are_understood)
{
	const struct criterion *is = &criteria.at[0];

	cr_assert_eq(
	    criteria_add(&criteria, row->words, &why), 0, "%s", why.text);
	cr_expect_eq(criteria.count, 1);
	cr_expect_eq(is->measure, row->is.measure);
	cr_expect_eq(is->percent, row->is.percent);
	cr_expect_eq(is->outcome, row->is.outcome);
	cr_expect_eq(is->most, row->is.most);
	cr_expect_eq(is->least, row->is.least);
	cr_expect_str_eq(is->name, row->is.name);
}

struct bad_row {
	char words[80], reason[120];
};

ParameterizedTestParameters(criteria, bad_words_are_repeated)
{
	static struct bad_row rows[] = {
	    {"p99", "p99: no limit (say p99=LIMIT)"},
	    {"p99=", "p99=: : not a duration (say 250ms, 10s or 2m)"},
	    {"p99=fast",
		"p99=fast: fast: not a duration (say 250ms, 10s or 2m)"},
	    {"p99=-1s", "p99=-1s: -1s: not a duration (say 250ms, 10s or 2m)"},
	    {"p101=1s",
		"p101=1s: unknown (say p99=50ms, max=1s, rate=5k or "
		"stranded=0)"},
	    {"p1e1=1s",
		"p1e1=1s: unknown (say p99=50ms, max=1s, rate=5k or "
		"stranded=0)"},
	    {"p9.9.9=1s",
		"p9.9.9=1s: unknown (say p99=50ms, max=1s, rate=5k "
		"or stranded=0)"},
	    {"=5",
		"=5: unknown (say p99=50ms, max=1s, rate=5k or "
		"stranded=0)"},
	    {"Stranded=5",
		"Stranded=5: unknown (say p99=50ms, max=1s, "
		"rate=5k or stranded=0)"},
	    {"ok=5", "ok=5: connections that are ok never fail a run"},
	    {"stranded=1.5", "stranded=1.5: 1.5: not a whole number"},
	    {"rate=50ms", "rate=50ms: 50ms: not a number (say 64, 10k or 1M)"},
	    {"p0000000000000000000000000000000099=1s",
		"p0000000000000000000000000000000099=1s: unknown (say "
		"p99=50ms, max=1s, rate=5k or stranded=0)"},
	    {"reset_before_greeting_and_so_on_and_on=1",
		"reset_before_greeting_and_so_on_and_on=1: unknown (say "
		"p99=50ms, max=1s, rate=5k or stranded=0)"},
	};

	return cr_make_param_array(
	    struct bad_row, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(struct bad_row *row, criteria, bad_words_are_repeated)
{
	cr_assert_eq(criteria_add(&criteria, row->words, &why), -1);
	cr_expect_str_eq(why.text, row->reason);
	cr_expect_eq(why.status, EX_USAGE);
	cr_expect_eq(criteria.count, 0);
}

Test(criteria, one_too_many_is_refused)
{
	unsigned i;

	for (i = 0; i < CRITERIA_MAX; i++)
		cr_assert_eq(criteria_add(&criteria, "p99=1s", &why), 0);
	cr_assert_eq(criteria_add(&criteria, "p99=1s", &why), -1);
	cr_expect_str_eq(why.text, "p99=1s: more than 64 criteria");
}
