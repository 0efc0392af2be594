#ifndef TESTS_RAID_H
#define TESTS_RAID_H

#include "hail/result.h"
#include "process.h"
#include "scratch.h"

/*
 * A storm of hail's, a program of its own, and its result as it wrote it to
 * a file. Zeroes before the start.
 */
struct raid {
	struct process process;
	char path[SCRATCH_PATH];
	int status; /* exit status, or -signal, once over */
	struct result result;
};

/*
 * Start hail against 127.0.0.1 (or host, if not NULL) with these options.
 * Several raids of a test are told apart by name.
 */
void raid_start(struct raid *, const char *name, const char *host,
    unsigned port, char *const words[], const struct process_options *);

/* Wait for its end and read the result, which must be there. */
void raid_finish(struct raid *);

/* Start and finish. Returns the exit status. */
int raid_run(struct raid *, unsigned port, char *const words[]);

/* Fail unless that many connections ended so and the rest, if any, was ok. */
void raid_expect(
    const struct raid *, enum outcome, uint64_t count, uint64_t planned);

/* Whether the reasons of the result contain the words. */
bool raid_says(const struct raid *, const char *words);

#endif
