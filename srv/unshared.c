#include "haild/unshared.h"

#include <sys/mman.h>

/*
 * LeakSanitizer must be told that what is reached from here is no leak. Of
 * the two compilers gcc defines this, clang knows it as a feature.
 */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#define tell_leak_sanitizer __lsan_register_root_region
#else
#define tell_leak_sanitizer(memory, size) ((void)0)
#endif

void *
unshared_map(size_t size)
{
	void *memory;

	memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	madvise(memory, size, MADV_DONTFORK);
	tell_leak_sanitizer(memory, size);
	return memory;
}
