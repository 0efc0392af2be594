#include "hail/number.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>
#include <sysexits.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct number_row {
	char text[32];
	uint64_t number;
};

ParameterizedTestParameters(number, suffixes_multiply)
{
	static struct number_row rows[] = {
	    {"0", 0},
	    {"1", 1},
	    {"64", 64},
	    {"007", 7},
	    {"10k", 10000},
	    {"1M", 1000000},
	    {"1.5M", 1500000},
	    {"0.001k", 1},
	    {"2.k", 2000},
	    {"1000000000000", 1000000000000},
	};

	return cr_make_param_array(struct number_row, rows, COUNT(rows));
}

ParameterizedTest(struct number_row *row, number, suffixes_multiply)
{
	struct reason why;
	uint64_t number;

	cr_assert_eq(number_parse(row->text, 0, 1000000000000, &number, &why),
	    0, "%s", why.text);
	cr_expect_eq(number, row->number, "%s", row->text);
}

ParameterizedTestParameters(number, what_is_none_is_refused)
{
	static struct number_row rows[] = {
	    {"", 0},
	    {"k", 0},
	    {".5", 0},
	    {"-1", 0},
	    {"+1", 0},
	    {" 1", 0},
	    {"1 ", 0},
	    {"1K", 0},
	    {"1m", 0},
	    {"1kk", 0},
	    {"1e3", 0},
	    {"0x10", 0},
	    {"nan", 0},
	    {"inf", 0},
	    {"1,5", 0},
	    {"1.2.3", 0},
	    {"1.5", 0},	    /* not a whole one */
	    {"0.0001k", 0}, /* neither */
	    {"9", 0},	    /* below the least */
	    {"101", 0},	    /* above the most */
	    {"1k", 0},
	    {"99999999999999999999", 0},
	};

	return cr_make_param_array(struct number_row, rows, COUNT(rows));
}

ParameterizedTest(struct number_row *row, number, what_is_none_is_refused)
{
	struct reason why;
	uint64_t number = 77;

	cr_assert_eq(number_parse(row->text, 10, 100, &number, &why), -1, "%s",
	    row->text);
	cr_expect_eq(why.status, EX_USAGE);
	cr_expect_eq(strncmp(why.text, row->text, strlen(row->text)), 0,
	    "\"%s\" does not repeat \"%s\"", why.text, row->text);
	cr_expect_eq(number, 77, "it was touched all the same");
}

Test(number, fractions_need_not_be_whole)
{
	struct reason why;
	double number;

	cr_assert_eq(
	    number_parse_fraction("0.25", 0.001, 1e6, &number, &why), 0);
	cr_expect_eq(number, 0.25);
	cr_assert_eq(
	    number_parse_fraction("2.5k", 0.001, 1e6, &number, &why), 0);
	cr_expect_eq(number, 2500.0);
	cr_expect_eq(number_parse_fraction("0", 0.001, 1e6, &number, &why), -1);
}
