#ifndef HAIL_WORKER_H
#define HAIL_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "hail/connection.h"
#include "hail/expectation.h"
#include "hail/result.h"
#include "hail/source.h"

/* What a worker is to do. Rates and shares are of this worker alone. */
struct worker_plan {
	const struct address_list *targets;
	const struct source_list *sources;
	const struct expectation *expectation;
	int64_t connect_timeout, first_byte_timeout, timeout; /* ns */
	bool half_close;
	uint64_t connections; /* to start, UINT64_MAX: until duration is over */
	uint64_t concurrency; /* at once, at most */
	int64_t duration;     /* ns; 0: until connections were started */

	/*
	 * Open loop, when rate > 0: the i-th connection of this worker is
	 * the (first + i * stride)-th of the run, meant to start that many
	 * times 1/rate s after the start.
	 */
	double rate; /* of the whole run, connections a second */
	uint64_t first, stride;
};

/*
 * What a worker tells the one who started it, in memory that both see: valid
 * at any moment, also if the worker dies. Zeroes at first.
 */
struct worker_share {
	int64_t start;	/* when to start, monotonic; set before the go */
	int64_t finish; /* when the last connection ended */
	struct tally tally;
	int broken;		    /* errno of why it could not even begin */
	int local_error;	    /* errno of the last "other local error" */
	int64_t difference_started; /* of the first connection that differed */
	struct difference difference;
	/* Connections that were ok for all that their SYN was dropped. */
	uint64_t delayed;
	uint64_t delayed_syns; /* so many times in all */
	uint64_t targets_used; /* a bit for each address that answered */
};

/*
 * Run until all connections have ended. control is the reading end of a pipe
 * that all workers share, ready the writing end of one of its own: the
 * worker prepares its first sockets, writes a byte to ready, reads one from
 * control, and starts at share->start. When control reaches its end
 * the worker starts no more and ends what is under way as aborted: whoever
 * holds the writing end stops all workers by closing it, or by dying.
 * Returns 0, or -1 with errno if it could not even begin.
 */
int worker_run(
    const struct worker_plan *, struct worker_share *, int control, int ready);

#endif
