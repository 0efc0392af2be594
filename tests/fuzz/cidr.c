#include "haild/cidr.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "fuzz.h"

static bool
same(const struct cidr *one, const struct cidr *other)
{
	return memcmp(one, other, sizeof(*one)) == 0;
}

/* Each bit less of the prefix clears just this bit. */
static void
check_widening(const struct cidr *cidr)
{
	struct cidr expected = *cidr, wide;

	for (;;) {
		wide = cidr_widen(cidr, expected.bits);
		MUST(same(&wide, &expected));
		if (expected.bits == 0)
			return;
		expected.bits--;
		expected.bytes[expected.bits / 8] &=
		    (uint8_t) ~(0x80 >> expected.bits % 8);
	}
}

static void
check_range(const struct cidr *cidr)
{
	struct in6_addr v6;
	char text[CIDR_STRLEN];
	struct reason why;
	struct cidr again;

	MUST(cidr->version == 4 || cidr->version == 6);
	MUST(cidr->bits <= cidr_most_bits(cidr));
	memcpy(&v6, cidr->bytes, sizeof(v6));
	MUST(cidr->version == 4 || !IN6_IS_ADDR_V4MAPPED(&v6));
	check_widening(cidr);
	MUST(cidr_parse(cidr_format(cidr, text), &again, &why) == 0);
	MUST(same(&again, cidr));
}

/* Of the address that was written nothing was taken away by the prefix. */
static void
check_address(char *text, const struct cidr *cidr)
{
	struct reason why;
	struct cidr single;

	text[strcspn(text, "/")] = '\0';
	MUST(cidr_parse(text, &single, &why) == 0);
	MUST(single.version == cidr->version);
	MUST(memcmp(single.bytes, cidr->bytes, sizeof(single.bytes)) == 0);
}

static void
check_peer(const uint8_t *bytes, size_t length)
{
	struct address peer = {.length = sizeof(peer.storage)};
	struct cidr cidr;

	if (length > sizeof(peer.storage))
		length = sizeof(peer.storage);
	memcpy(&peer.storage, bytes, length);
	MUST(cidr_of(&peer, &cidr) ==
	    (peer.storage.ss_family == AF_INET ||
		peer.storage.ss_family == AF_INET6));
	if (!cidr_of(&peer, &cidr))
		return;
	MUST(cidr.bits == cidr_most_bits(&cidr));
	check_range(&cidr);
}

void
fuzz_cidr(const uint8_t *bytes, size_t length)
{
	char *text = fuzz_text(bytes, length);
	struct reason why;
	struct cidr cidr;

	if (cidr_parse(text, &cidr, &why) == 0) {
		check_range(&cidr);
		check_address(text, &cidr);
	} else {
		fuzz_must_explain(&why, EX_USAGE, EX_USAGE);
	}
	free(text);
	check_peer(bytes, length);
}
