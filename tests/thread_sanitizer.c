/*
 * What a test program needs that ThreadSanitizer is built into.
 */
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#if defined(__SANITIZE_THREAD__) && defined(__x86_64__)

#include <stdlib.h>

/* BoxFort multiplies by 16 MiB, and adds 0x200000000000. */
#define FIRST 0x350000
#define COUNT 0x5000

/*
 * Criterion shares memory with each test at an address that its BoxFort picks
 * by rand_r(3), and there are few among those that ThreadSanitizer has no use
 * for itself. This one takes the place of the C library's, and picks from
 * those few that are below all programs.
 */
int
rand_r(unsigned *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return FIRST + (int)((*seed >> 8) % COUNT);
}

const char *__tsan_default_options(void);

/* Once a test has said that it passed its exit status is too late. */
const char *
__tsan_default_options(void)
{
	return "halt_on_error=1";
}

#endif
