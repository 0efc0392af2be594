#ifndef HAILD_CIDR_H
#define HAILD_CIDR_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"

/* What cidr_format writes at most, with its NUL. */
#define CIDR_STRLEN 50

/*
 * A range of addresses that share their first bits (RFC 4632), or a single
 * one. IPv4-mapped IPv6 addresses (RFC 4291 2.5.5.2) are IPv4, always. There
 * is no padding and what is beyond the prefix is 0: ranges are the same if
 * their bytes are.
 */
struct cidr {
	uint8_t version;   /* 4 or 6 */
	uint8_t bits;	   /* the length of the prefix */
	uint8_t bytes[16]; /* the address; IPv4 has 4 */
};

/* The length of the prefix of a single address: 32 or 128. */
unsigned cidr_most_bits(const struct cidr *);

/*
 * Read "10.0.0.0/8", "10.1.2.3", "2001:db8::/32" or "::1". An address that
 * goes on beyond its prefix ("10.1.2.3/8") is refused: it is unclear what it
 * means. Returns 0, or -1 with a reason that repeats text (EX_USAGE).
 */
int cidr_parse(const char *text, struct cidr *, struct reason *);

/* Write it as cidr_parse reads it, a single address without "/". */
char *cidr_format(const struct cidr *, char buf[CIDR_STRLEN]);

/* The single address of a peer; false for a family that is not IP. */
bool cidr_of(const struct address *, struct cidr *);

/* The range around it with a prefix of so many bits, at most its own. */
struct cidr cidr_widen(const struct cidr *, unsigned bits);

#endif
