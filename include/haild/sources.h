#ifndef HAILD_SOURCES_H
#define HAILD_SOURCES_H

#include <sodium/crypto_shorthash.h>

#include "haild/cidr.h"
#include "haild/rate.h"

/* The network that one subscriber has, and so one source: RFC 6177. */
#define SOURCE_BITS_V6 64

/*
 * Whoever connects, as far as limits go: an IPv4 address or an IPv6 /64. A
 * busy source, one with pins, is never forgotten; others wait in the order
 * in which they became idle for their places to be needed.
 */
struct source {
	struct cidr range;
	unsigned live; /* connections that are being served */
	unsigned pins; /* live ones and those that wait to be */
	struct bucket bucket;
	unsigned next;	       /* with the same hash */
	unsigned older, newer; /* among the idle */
};

/*
 * A table of fixed size. Places are found by a hash whose key nobody knows
 * (SipHash), so that nobody can choose addresses that make it slow.
 */
struct sources {
	struct source *at; /* at[0] is nobody: the two ends of the idle */
	unsigned *table;   /* the first with each hash, 0: none */
	unsigned mask;
	unsigned capacity;
	unsigned used;	/* places that were ever taken */
	unsigned known; /* sources */
	unsigned longest_search;
	unsigned char key[crypto_shorthash_KEYBYTES];
};

/*
 * Make an empty table, in memory that children do not inherit, for up to
 * busy sources with pins at a time and idle others. Returns 0, or -1 with
 * errno.
 */
int sources_open(struct sources *, unsigned busy, unsigned idle);

/* The source that an address belongs to. */
struct cidr source_range(const struct cidr *address);

/* The source called range, or NULL if it is not known. */
struct source *sources_find(struct sources *, const struct cidr *range);

/*
 * The same, but made if it is not known: in the place of the one that has
 * been idle for longest if there is no other. Valid until the next call,
 * pinned ones for as long as they are.
 */
struct source *sources_know(struct sources *, const struct cidr *range);

/* One connection more, or less, because of which it must be known. */
void sources_pin(struct sources *, struct source *);
void sources_unpin(struct sources *, struct source *);

#endif
