#ifndef HAIL_WITNESS_H
#define HAIL_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "hail/accept_queue.h"
#include "hail/evidence.h"
#include "hail/result.h"

/*
 * What the kernel of this machine saw of a run: its counters before and
 * after, and the server's accept queues meanwhile, if they are here.
 */
struct witness {
	struct accept_queue queue;
	bool queue_seen;
	int64_t next_look; /* at the queues, NEVER: nothing to see */
	bool counters_known;
	int64_t before[COUNTERS];
};

/* Begin, right before the run. */
void witness_open(struct witness *, const struct address_list *targets);

/* Look at the queues, if it is time to: next_look. */
void witness_look(struct witness *);

/* End, right after the run, and enter what was seen. */
void witness_close(struct witness *, struct result *, struct evidence *);

#endif
