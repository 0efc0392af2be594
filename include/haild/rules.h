#ifndef HAILD_RULES_H
#define HAILD_RULES_H

#include <stdio.h>

#include "haild/cidr.h"

/* The most rules there can be. */
#define RULES_MAX 1000000

/* The lengths that a prefix can have, 0 to 32 and 0 to 128. */
#define RULES_GROUPS (33 + 129)

struct rule {
	struct cidr range;
	bool allow; /* else deny */
};

/*
 * Who may connect. Of the rules that an address falls under the one with the
 * longest prefix decides, in whatever order they were given; of an allow and
 * a deny of the same range, deny. Whom no rule names is let in if there is
 * no allow at all, and else not.
 */
struct rules {
	struct rule *at; /* memory that children do not inherit */
	size_t count, room;
	size_t allows, denies; /* as they were given, twice or not */
	struct rules_group {
		uint8_t version, bits; /* of all in it, sorted by address */
		size_t first, count;
	} groups[RULES_GROUPS]; /* of each version the longest first */
	size_t group_count;
};

/*
 * All zero there are no rules, and everybody is let in. Those that are added
 * count from rules_seal on, and none can be added after it. rules_free ends
 * them, also after a failure.
 */

/* Returns 0, or -1 with a reason (EX_DATAERR: too many; EX_OSERR). */
int rules_add(struct rules *, const struct rule *, struct reason *);

/*
 * Add "10.0.0.0/8", or "all", which is every address of both versions.
 * Returns 0, or -1 with a reason that repeats text.
 */
int
rules_add_text(struct rules *, bool allow, const char *text, struct reason *);

/*
 * Add those of an open file: a line holds "allow RANGE" or "deny RANGE";
 * empty lines, and what follows a #, say nothing. Returns 0, or -1 with a
 * reason that begins with path and, where a line is bad, its number
 * (EX_DATAERR).
 */
int rules_read(struct rules *, FILE *, const char *path, struct reason *);

/* Returns 0, or -1 with a reason (EX_OSERR). Not to be done twice. */
int rules_seal(struct rules *, struct reason *);

bool rules_permit(const struct rules *, const struct cidr *address);

/* Were the same rules given, in whatever order? */
bool rules_same(const struct rules *, const struct rules *);

void rules_free(struct rules *);

#endif
