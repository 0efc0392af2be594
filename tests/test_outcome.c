#include "hail/outcome.h"

#include <criterion/criterion.h>
#include <ctype.h>

Test(outcome, every_key_finds_its_outcome)
{
	enum outcome found;
	unsigned i;

	for (i = 0; i < OUTCOMES; i++) {
		cr_assert(outcome_find(outcome_key(i), &found));
		cr_expect_eq(found, i, "%s", outcome_key(i));
	}
}

Test(outcome, keys_are_fit_for_scripts)
{
	const char *c;
	unsigned i;

	for (i = 0; i < OUTCOMES; i++)
		for (c = outcome_key(i); *c != '\0'; c++)
			cr_expect(islower((unsigned char)*c) || *c == '_', "%s",
			    outcome_key(i));
}

Test(outcome, unknown_keys_are_not_found)
{
	enum outcome found;

	cr_expect_not(outcome_find("", &found));
	cr_expect_not(outcome_find("OK", &found));
	cr_expect_not(outcome_find("reset before greeting", &found));
}

Test(outcome, only_what_ran_out_here_is_local)
{
	unsigned i;

	for (i = 0; i < OUTCOMES; i++)
		cr_expect_eq(outcome_is_local(i),
		    i == OUTCOME_NO_PORT || i == OUTCOME_NO_DESCRIPTOR ||
			i == OUTCOME_LOCAL_ERROR,
		    "%s", outcome_key(i));
}
