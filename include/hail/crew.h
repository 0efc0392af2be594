#ifndef HAIL_CREW_H
#define HAIL_CREW_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "hail/result.h"
#include "hail/worker.h"
#include "reason.h"

/* The most workers that one run has. */
#define CREW_MAX 256

/*
 * The workers of a run, a process each, and the memory in which they tell
 * what they have done. A worker that dies takes nothing with it but the
 * connections that it held.
 */
struct crew {
	unsigned count; /* workers that were started */
	unsigned alive;
	pid_t pids[CREW_MAX];
	int ready[CREW_MAX];	     /* a byte: prepared; the end: gone */
	int control;		     /* closed to stop them, -1: closed */
	struct worker_share *shares; /* one for each */
	unsigned killed;	     /* by a signal, or failed */
	char obituary[128];	     /* the last of them, in words */
	uint64_t orphaned;	     /* connections that they held */
	int64_t cpu_ns;
	int64_t peak_memory; /* bytes */
};

/*
 * Fork jobs workers and deal plan out to them: connections, concurrency and
 * the places of an open loop. Blocks until all have prepared their first
 * sockets or died. They hold no descriptor of another's.
 * Returns 0, or -1 with a reason (EX_OSERR), and nobody left behind.
 */
int crew_muster(struct crew *, unsigned jobs, const struct worker_plan *plan,
    struct reason *);

/* Let all start in the same instant, a little from now, which is returned. */
int64_t crew_go(struct crew *);

/* Tell all to end. They do so at once; crew_kill is for who does not. */
void crew_stop(struct crew *);
void crew_kill(struct crew *);

/*
 * Worker number's end of ready has closed: wait for it, a moment at most,
 * and keep the books of one that died.
 */
void crew_bury(struct crew *, unsigned number);

/* How far they are; may be called at any time. */
uint64_t crew_started(const struct crew *);
uint64_t crew_ended(const struct crew *, enum outcome);

/*
 * Add up all shares into tally once nobody is alive. Connections that a dead
 * worker held are aborted. Returns when the last connection ended.
 */
int64_t crew_sum(const struct crew *, struct tally *);

void crew_free(struct crew *);

#endif
