#include "haild/unshared.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>

#include "heir.h"

#define PAGE 4096

Test(unshared, it_is_zeroed_and_all_of_it_can_be_used)
{
	const size_t size = 3 * PAGE + 1;
	unsigned char *memory = unshared_map(size);
	size_t i;

	cr_assert_not_null(memory, "%m");
	for (i = 0; i < size; i++) {
		cr_assert_eq(memory[i], 0);
		memory[i] = (unsigned char)i;
	}
	for (i = 0; i < size; i++)
		cr_assert_eq(memory[i], (unsigned char)i);
}

/* Neither its first page nor its last, whatever was written there. */
Test(unshared, a_child_does_not_have_it)
{
	char *memory = unshared_map(3 * PAGE + 1), own = 'x';

#ifdef __SANITIZE_ADDRESS__
	cr_skip_test("LeakSanitizer looks at it in the acceptor, too");
#endif
	cr_assert_not_null(memory, "%m");
	memory[0] = memory[3 * PAGE] = 'x';
	cr_expect_not(heir_has(memory));
	cr_expect_not(heir_has(memory + 3 * PAGE));
	cr_expect(heir_has(&own), "what a child should have it has");
	cr_expect_eq(memory[3 * PAGE], 'x', "it is the parent's still");
}

Test(unshared, what_cannot_be_had_is_told)
{
	errno = 0;
	cr_expect_null(unshared_map(SIZE_MAX / 2));
	cr_expect_eq(errno, ENOMEM);
}
