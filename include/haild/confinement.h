#ifndef HAILD_CONFINEMENT_H
#define HAILD_CONFINEMENT_H

#include "haild/parent.h"

/*
 * How the parent gives up, for itself and for all that it forks, what serving
 * does not need; in this order. Each returns 0, or -1 with a reason.
 */

/* Before the first fork: decide whether there are to be filters. */
int confinement_begin(struct parent *, struct reason *);

/* With all files open and all privileges still there: what paths mean. */
int confinement_of_paths(struct parent *, struct reason *);

/*
 * The rest: user, groups and capabilities, then system calls. From here on
 * nothing can be opened, and other threads and processes than spawn.h's are
 * the steward's business.
 */
int
confinement_of_calls(struct parent *, const struct identity *, struct reason *);

#endif
