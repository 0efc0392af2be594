#ifndef HAILD_UNSHARED_H
#define HAILD_UNSHARED_H

#include <stddef.h>

/*
 * Zeroed memory of the parent that the processes it forks do not have
 * (MADV_DONTFORK): they neither pay for it nor see it. Pages that are not
 * touched cost nothing. Returns NULL with errno.
 */
void *unshared_map(size_t size);

#endif
