#ifndef HAILD_SHELF_H
#define HAILD_SHELF_H

#include <stddef.h>

/*
 * Where the listening sockets wait for the next acceptor, should this one
 * die. A descriptor that was sent over a unix socket and not yet received is
 * open without a place in any process's table, so that the parent can keep
 * hundreds and its children inherit one.
 */

/*
 * Park descriptors. The caller keeps its own copies. Returns the shelf, or
 * -1 with errno.
 */
int shelf_put(const int descriptors[], size_t count);

/*
 * Copy them back, in the same order, as new descriptors, and close the
 * shelf. Returns 0, or -1 with errno; then none is open.
 */
int shelf_take(int shelf, int descriptors[], size_t count);

#endif
