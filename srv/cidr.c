#include "haild/cidr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define MAPPED_BITS 96 /* of ::ffff:0:0, before an IPv4 address */

unsigned
cidr_most_bits(const struct cidr *cidr)
{
	return cidr->version == 4 ? 32 : 128;
}

struct cidr
cidr_widen(const struct cidr *cidr, unsigned bits)
{
	struct cidr wide = {.version = cidr->version, .bits = (uint8_t)bits};

	memcpy(wide.bytes, cidr->bytes, bits / 8);
	if (bits % 8 != 0)
		wide.bytes[bits / 8] =
		    (uint8_t)(cidr->bytes[bits / 8] & 0xff00 >> bits % 8);
	return wide;
}

/* An IPv6 address as a range of one, which is IPv4 if it is mapped. */
static struct cidr
of_ipv6(const struct in6_addr *address)
{
	struct cidr cidr = {.version = 6, .bits = 128};

	if (IN6_IS_ADDR_V4MAPPED(address)) {
		cidr = (struct cidr){.version = 4, .bits = 32};
		memcpy(cidr.bytes, &address->s6_addr[MAPPED_BITS / 8], 4);
	} else {
		memcpy(cidr.bytes, address, sizeof(*address));
	}
	return cidr;
}

bool
cidr_of(const struct address *address, struct cidr *cidr)
{
	const struct sockaddr_in *v4 = (const void *)&address->storage;
	const struct sockaddr_in6 *v6 = (const void *)&address->storage;

	switch (address->storage.ss_family) {
	case AF_INET:
		*cidr = (struct cidr){.version = 4, .bits = 32};
		memcpy(cidr->bytes, &v4->sin_addr, sizeof(v4->sin_addr));
		return true;
	case AF_INET6:
		*cidr = of_ipv6(&v6->sin6_addr);
		return true;
	default:
		return false;
	}
}

/*
 * The part before "/", and what to take off a prefix of it: the 96 bits of a
 * mapped address are not counted in IPv4.
 */
static bool
parse_address(const char *text, struct cidr *cidr, unsigned *taken_off)
{
	struct in6_addr v6;

	*taken_off = 0;
	*cidr = (struct cidr){.version = 4, .bits = 32};
	if (inet_pton(AF_INET, text, cidr->bytes) == 1)
		return true;
	if (inet_pton(AF_INET6, text, &v6) != 1)
		return false;
	*cidr = of_ipv6(&v6);
	if (cidr->version == 4)
		*taken_off = MAPPED_BITS;
	return true;
}

/* Decimal digits, no more than needed: no sign, no space, no leading zero. */
static bool
parse_bits(const char *text, unsigned *bits)
{
	const size_t length = strlen(text);

	if (length < 1 || length > 3 || strspn(text, "0123456789") != length ||
	    (text[0] == '0' && length > 1))
		return false;
	*bits = (unsigned)strtoul(text, NULL, 10);
	return true;
}

int
cidr_parse(const char *text, struct cidr *cidr, struct reason *why)
{
	char word[INET6_ADDRSTRLEN], name[CIDR_STRLEN];
	const size_t length = strcspn(text, "/");
	unsigned bits, taken_off;
	struct cidr range;

	if (length < sizeof(word)) {
		memcpy(word, text, length);
		word[length] = '\0';
	}
	if (length >= sizeof(word) || !parse_address(word, cidr, &taken_off))
		return reason_set(why, EX_USAGE,
		    "%s: not an address or range (say 10.0.0.0/8 or "
		    "2001:db8::/32)",
		    text);
	if (text[length] == '\0')
		return 0;
	if (!parse_bits(text + length + 1, &bits) || bits < taken_off ||
	    bits - taken_off > cidr_most_bits(cidr))
		return reason_set(why, EX_USAGE,
		    "%s: the prefix is not a length of %u to %u", text,
		    taken_off, taken_off + cidr_most_bits(cidr));
	range = cidr_widen(cidr, bits - taken_off);
	if (memcmp(range.bytes, cidr->bytes, sizeof(range.bytes)) != 0)
		return reason_set(why, EX_USAGE,
		    "%s: the address goes on beyond its prefix (say %s)", text,
		    cidr_format(&range, name));
	*cidr = range;
	return 0;
}

char *
cidr_format(const struct cidr *cidr, char buf[CIDR_STRLEN])
{
	char name[INET6_ADDRSTRLEN];

	inet_ntop(cidr->version == 4 ? AF_INET : AF_INET6, cidr->bytes, name,
	    sizeof(name));
	if (cidr->bits == cidr_most_bits(cidr))
		snprintf(buf, CIDR_STRLEN, "%s", name);
	else
		snprintf(buf, CIDR_STRLEN, "%s/%u", name, cidr->bits);
	return buf;
}
