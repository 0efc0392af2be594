#include "haild/unshared.h"

#include <sys/mman.h>

/* Of the two compilers gcc defines this, clang knows it as a feature. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/*
 * LeakSanitizer must be told that what is reached from here is no leak. It
 * looks at the acceptor, too, who inherits all that this memory points to: for
 * its sake the acceptor inherits this memory as well.
 */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#define keep_from_children __lsan_register_root_region
#else
#define keep_from_children(memory, size) madvise(memory, size, MADV_DONTFORK)
#endif

void *
unshared_map(size_t size)
{
	void *memory;

	memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	keep_from_children(memory, size);
	return memory;
}
