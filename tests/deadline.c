#include "deadline.h"

#include <string.h>

#include "duration.h"

static int64_t
patience(void)
{
	return (strstr(BUILD, "sanitize") != NULL ? 300 : 60) * NS_PER_S;
}

int64_t
deadline_from_now(void)
{
	return monotonic_now() + patience();
}

int64_t
deadline_of_a_test(void)
{
	return monotonic_now() + 5 * patience();
}
