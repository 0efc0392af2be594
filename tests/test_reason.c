#include "reason.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sysexits.h>

Test(reason, keeps_the_status_and_the_words)
{
	struct reason why;

	cr_assert_eq(reason_set(&why, EX_USAGE, "-b %s: %d", "0x", 5), -1);
	cr_assert_eq(why.status, EX_USAGE);
	cr_assert_str_eq(why.text, "-b 0x: 5");
}

Test(reason, too_long_a_text_loses_its_middle)
{
	char words[2000];
	struct reason why;

	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	cr_assert_eq(reason_set(&why, EX_USAGE, "-m %s: bad", words), -1);
	cr_assert_eq(strlen(why.text), sizeof(why.text) - 1);
	cr_assert_eq(strncmp(why.text, "-m xxx", 6), 0);
	cr_assert_str_eq(why.text + sizeof(why.text) - 7, "x: bad");
	cr_assert_not_null(strstr(why.text, "x...x"));
}

Test(reason, the_longest_text_that_fits_is_kept)
{
	char words[sizeof(((struct reason *)0)->text)];
	struct reason why;

	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	reason_set(&why, EX_USAGE, "%s", words);
	cr_assert_str_eq(why.text, words);
}

Test(reason, says_errno_by_percent_m)
{
	struct reason why;

	errno = EACCES;
	reason_set(&why, EX_NOPERM, "x: %m");
	cr_assert_str_eq(why.text, "x: Permission denied");
}

Test(reason, knows_the_exit_status_of_an_errno)
{
	cr_assert_eq(reason_status(EACCES), EX_NOPERM);
	cr_assert_eq(reason_status(EPERM), EX_NOPERM);
	cr_assert_eq(reason_status(ENOENT), EX_NOINPUT);
	cr_assert_eq(reason_status(ENOTDIR), EX_NOINPUT);
	cr_assert_eq(reason_status(EISDIR), EX_NOINPUT);
	cr_assert_eq(reason_status(ENAMETOOLONG), EX_NOINPUT);
	cr_assert_eq(reason_status(ENOMEM), EX_OSERR);
	cr_assert_eq(reason_status(EIO), EX_OSERR);
}
