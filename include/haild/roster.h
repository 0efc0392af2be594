#ifndef HAILD_ROSTER_H
#define HAILD_ROSTER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "address.h"

/*
 * Who is alive: a slot for each child, all made before the first connection.
 * Slots are found by process id through a hash table that is never more than
 * half full.
 */
struct slot {
	pid_t pid; /* 0: free */
	unsigned next_free;
	struct address peer; /* whom the child serves */
	int64_t since;	     /* by the clock of awake.h */
	bool overdue;	     /* it should have ended long ago */
};

struct roster {
	struct slot *slots;
	unsigned *table; /* slot number + 1 by hash of pid, 0: none */
	unsigned capacity;
	unsigned mask;
	unsigned alive;
	unsigned free; /* first free slot, capacity: none */
};

/* Memory that children do not inherit. Returns 0, or -1 with errno. */
int roster_open(struct roster *, unsigned capacity);

/* Take a slot before the fork, or NULL when all are taken. */
struct slot *roster_assign(struct roster *);

/* The fork went well: enter the child. */
void roster_enter(struct roster *, struct slot *, pid_t);

/* The child called pid, or NULL. */
struct slot *roster_find(struct roster *, pid_t);

/* Give a slot back: the child was reaped, or was never born. */
void roster_release(struct roster *, struct slot *);

#endif
