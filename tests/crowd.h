#ifndef TESTS_CROWD_H
#define TESTS_CROWD_H

/*
 * Clients that have their greeting and hold on, so that each keeps a child
 * waiting; up to 15,000 of them.
 */
struct crowd {
	int *conns;
	unsigned count;
};

/* One after the other they come and are greeted. */
void crowd_come(struct crowd *, unsigned port, unsigned count);

/* The last so many let go, in the same moment as far as that is possible. */
void crowd_leave(struct crowd *, unsigned count);

void crowd_free(struct crowd *);

#endif
