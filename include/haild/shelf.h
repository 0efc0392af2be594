#ifndef HAILD_SHELF_H
#define HAILD_SHELF_H

#include <stddef.h>

/*
 * Where the listening sockets are kept for each acceptor to come. A
 * descriptor that was sent over a unix socket and not yet received is open
 * without a place in any process's table, so that the parent can keep
 * hundreds and its children inherit one. To look at the message without
 * taking it (MSG_PEEK) gives a copy of the descriptors in it.
 */

/*
 * Park descriptors. The caller keeps its own copies. Returns the shelf, or
 * -1 with errno.
 */
int shelf_put(const int descriptors[], size_t count);

/*
 * Copy the first count of them, in the same order, as new descriptors, which
 * are the caller's. Returns 0, or -1 with errno; then none is open.
 */
int shelf_copy(int shelf, int descriptors[], size_t count);

#endif
