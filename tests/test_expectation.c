#include "hail/expectation.h"

#include <criterion/criterion.h>
#include <string.h>

#define BYTES(text) ((const unsigned char *)(text))

static struct expectation
expect_text(const char *text)
{
	struct expectation expectation = {.any = false};
	struct reason why;

	cr_assert_eq(greeting_from_text(&expectation.greeting, text, &why), 0,
	    "%s", why.text);
	return expectation;
}

Test(expectation, the_expected_bytes_compare_equal)
{
	struct expectation expectation = expect_text("hello");

	cr_expect_eq(
	    expectation_compare(&expectation, 0, BYTES("hello"), 5), 5);
	cr_expect_eq(expectation_compare(&expectation, 3, BYTES("lo"), 2), 2);
	cr_expect_eq(expectation_compare(&expectation, 5, BYTES(""), 0), 0);
}

Test(expectation, the_first_byte_that_differs_is_found)
{
	struct expectation expectation = expect_text("hello");

	cr_expect_eq(
	    expectation_compare(&expectation, 0, BYTES("jello"), 5), 0);
	cr_expect_eq(
	    expectation_compare(&expectation, 0, BYTES("helLO"), 5), 3);
	cr_expect_eq(expectation_compare(&expectation, 3, BYTES("lO"), 2), 1);
}

Test(expectation, a_byte_too_many_differs)
{
	struct expectation expectation = expect_text("hello");

	cr_expect_eq(
	    expectation_compare(&expectation, 0, BYTES("hello!"), 6), 5);
	cr_expect_eq(expectation_compare(&expectation, 5, BYTES("!"), 1), 0);
	cr_expect_eq(expectation_compare(&expectation, 9, BYTES("!"), 1), 0);
}

Test(expectation, it_is_met_by_all_bytes_and_no_fewer)
{
	struct expectation expectation = expect_text("hello");

	cr_expect_not(expectation_met(&expectation, 0));
	cr_expect_not(expectation_met(&expectation, 4));
	cr_expect(expectation_met(&expectation, 5));
}

Test(expectation, any_is_one_byte_or_more)
{
	struct expectation expectation = {.any = true};

	cr_expect_eq(expectation_compare(&expectation, 7, BYTES("xyz"), 3), 3);
	cr_expect_not(expectation_met(&expectation, 0));
	cr_expect(expectation_met(&expectation, 1));
	cr_expect_eq(expectation_length(&expectation), 0);
}

Test(expectation, the_digest_is_fnv_1a)
{
	struct expectation expectation = expect_text("foobar");
	char digest[EXPECTATION_DIGEST_SIZE];

	/* A test vector of its authors. */
	cr_expect_str_eq(
	    expectation_digest(&expectation, digest), "85944171f73967e8");
}
