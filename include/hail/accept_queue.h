#ifndef HAIL_ACCEPT_QUEUE_H
#define HAIL_ACCEPT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"

/*
 * The accept queues of the sockets of this machine that listen for a target,
 * as sock_diag(7) shows them. A server elsewhere, or in another network
 * namespace, has none that can be seen.
 */
struct accept_queue {
	int netlink;		     /* -1: nothing to see */
	struct address_list targets; /* those that are local */

	size_t listeners; /* when they were seen last */
	uint64_t backlog; /* of one of them, the smallest */
	uint64_t peak;	  /* connections in the fullest of them, ever */
	uint64_t drops;	  /* SYNs and handshakes dropped since the first look */
	uint64_t drops_before;
	int64_t cost; /* ns that the last look took */
};

/*
 * Look for the first time. Returns whether there is something to see, in
 * which case the caller ends it with accept_queue_close. Takes as long as
 * accept_queue_look.
 */
bool accept_queue_open(struct accept_queue *, const struct address_list *);

/*
 * Look again. The kernel goes through all listening sockets that it has:
 * tenths of a millisecond. Returns 0, or -1 if the kernel would not tell.
 */
int accept_queue_look(struct accept_queue *);

void accept_queue_close(struct accept_queue *);

/* Whether address is one of this machine, or any address. */
bool accept_queue_is_local(const struct address *);

#endif
