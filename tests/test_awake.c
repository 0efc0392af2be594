#include "haild/awake.h"

#include <criterion/criterion.h>

#include "duration.h"

Test(awake, it_goes_as_time_does)
{
	struct awake awake = {.looked_at = 7 * NS_PER_S};
	int i;

	for (i = 1; i <= 3600; i++)
		cr_assert_eq(
		    awake_look(&awake, (7 + i) * NS_PER_S), i * NS_PER_S);
}

Test(awake, what_passed_while_nobody_looked_does_not_count)
{
	struct awake awake = {.looked_at = 0};

	cr_expect_eq(awake_look(&awake, NS_PER_S), NS_PER_S);
	cr_expect_eq(awake_look(&awake, 3600 * NS_PER_S), 3 * NS_PER_S);
	cr_expect_eq(awake_look(&awake, 3601 * NS_PER_S), 4 * NS_PER_S);
}
