#ifndef HAILD_LINEAGE_H
#define HAILD_LINEAGE_H

#include <stdbool.h>
#include <stdint.h>

/* So many acceptors may die before what the first handed over is received. */
#define LINEAGE_DEAD 16

/*
 * The channels from the acceptor that lives and from those that died, which
 * are read to their ends, oldest first.
 */
struct lineage {
	int channel; /* of the living; -1: none */
	struct ancestor {
		int channel;
		uint64_t accepted; /* by it and those before it */
	} dead[LINEAGE_DEAD];
	unsigned dead_count;
};

/* The channel to read next, or -1. */
int lineage_next(const struct lineage *);

/* Is there place for the living to be put aside? */
bool lineage_has_place(const struct lineage *);

/*
 * The living has died, and accepted is how many there have been: keep its
 * channel until it is read to its end. Only when lineage_has_place.
 */
void lineage_put_aside(struct lineage *, uint64_t accepted);

/*
 * lineage_next was read to its end: close it. Returns how many its acceptor
 * and those before it accepted; accepted is how many there are by now.
 */
uint64_t lineage_close_next(struct lineage *, uint64_t accepted);

#endif
