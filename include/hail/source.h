#ifndef HAIL_SOURCE_H
#define HAIL_SOURCE_H

#include <stddef.h>

#include "address.h"
#include "reason.h"

/* The local addresses to connect from; none: the kernel chooses. */
struct source_list {
	struct address at[ADDRESS_MAX];
	size_t count;
};

/*
 * Read numeric addresses separated by commas. Each must be one of this
 * machine, which is tried. Returns 0, or -1 with a reason that repeats the
 * address (EX_USAGE).
 */
int source_parse(const char *text, struct source_list *, struct reason *);

/*
 * Bind a socket of that family to the turn-th source of the same family,
 * round and round. The port is left to connect(2), which knows the other
 * end (IP_BIND_ADDRESS_NO_PORT): each source has all ephemeral ports to each
 * target. Returns 0 (also without any source), or -1 with errno:
 * EAFNOSUPPORT when all sources are of another family.
 */
int
source_bind(const struct source_list *, size_t turn, int socket, int family);

/*
 * Leave only those targets that a source of the same family can reach.
 * Returns 0, or -1 with a reason if none is left (EX_USAGE).
 */
int source_match(
    const struct source_list *, struct address_list *targets, struct reason *);

#endif
