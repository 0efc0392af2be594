#include "haild/cidr.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct read_row {
	char text[60];
	char written[CIDR_STRLEN];
	unsigned version, bits;
};

ParameterizedTestParameters(cidr, texts_are_read_and_written)
{
	static struct read_row rows[] = {
	    {"10.0.0.0/8", "10.0.0.0/8", 4, 8},
	    {"10.1.2.3", "10.1.2.3", 4, 32},
	    {"10.1.2.3/32", "10.1.2.3", 4, 32},
	    {"10.1.2.2/31", "10.1.2.2/31", 4, 31},
	    {"192.168.160.0/19", "192.168.160.0/19", 4, 19},
	    {"0.0.0.0/0", "0.0.0.0/0", 4, 0},
	    {"255.255.255.255", "255.255.255.255", 4, 32},
	    {"::/0", "::/0", 6, 0},
	    {"::1", "::1", 6, 128},
	    {"2001:DB8::/32", "2001:db8::/32", 6, 32},
	    {"2001:db8:0:0::/64", "2001:db8::/64", 6, 64},
	    {"fe80::/10", "fe80::/10", 6, 10},
	    {"2001:db8::fe/127", "2001:db8::fe/127", 6, 127},
	    /* A mapped address is IPv4, and so is a range of them. */
	    {"::ffff:10.1.2.3", "10.1.2.3", 4, 32},
	    {"::ffff:a01:203", "10.1.2.3", 4, 32},
	    {"::ffff:10.1.0.0/112", "10.1.0.0/16", 4, 16},
	    {"::ffff:0.0.0.0/96", "0.0.0.0/0", 4, 0},
	    /* These are not mapped. */
	    {"::10.1.2.3", "::10.1.2.3", 6, 128},
	    {"64:ff9b::10.0.0.0/104", "64:ff9b::a00:0/104", 6, 104},
	};

	return cr_make_param_array(struct read_row, rows, COUNT(rows));
}

ParameterizedTest(struct read_row *row, cidr, texts_are_read_and_written)
{
	char written[CIDR_STRLEN];
	struct reason why;
	struct cidr cidr;

	cr_assert_eq(cidr_parse(row->text, &cidr, &why), 0, "%s", why.text);
	cr_expect_eq(cidr.version, row->version);
	cr_expect_eq(cidr.bits, row->bits);
	cr_expect_str_eq(cidr_format(&cidr, written), row->written);
}

struct refused_row {
	char text[60];
	char reason[120];
};

#define NOT_ONE ": not an address or range (say 10.0.0.0/8 or 2001:db8::/32)"
#define BEYOND	": the address goes on beyond its prefix (say "

ParameterizedTestParameters(cidr, what_is_no_range_is_refused)
{
	static struct refused_row rows[] = {
	    {"", NOT_ONE},
	    {"/8", "/8" NOT_ONE},
	    {"example.org", "example.org" NOT_ONE},
	    {"10.0.0", "10.0.0" NOT_ONE},
	    {"10.0.0.256", "10.0.0.256" NOT_ONE},
	    {"010.0.0.1", "010.0.0.1" NOT_ONE},
	    {"10.0.0.0 /8", "10.0.0.0 /8" NOT_ONE},
	    {" 10.0.0.0/8", " 10.0.0.0/8" NOT_ONE},
	    {"[::1]", "[::1]" NOT_ONE},
	    {"fe80::1%lo", "fe80::1%lo" NOT_ONE},
	    {"1:2:3:4:5:6:7:8:9:0:1:2:3:4:5:6:7:8:9:0:1:2:3:4",
		"1:2:3:4:5:6:7:8:9:0:1:2:3:4:5:6:7:8:9:0:1:2:3:4" NOT_ONE},
	    {"10.0.0.0/33",
		"10.0.0.0/33: the prefix is not a length of 0 to 32"},
	    {"10.0.0.0/", "10.0.0.0/: the prefix is not a length of 0 to 32"},
	    {"10.0.0.0/08",
		"10.0.0.0/08: the prefix is not a length of 0 to 32"},
	    {"10.0.0.0/+8",
		"10.0.0.0/+8: the prefix is not a length of 0 to 32"},
	    {"10.0.0.0/8/8",
		"10.0.0.0/8/8: the prefix is not a length of 0 to 32"},
	    {"10.0.0.0/255.0.0.0",
		"10.0.0.0/255.0.0.0: the prefix is not a length of 0 to 32"},
	    {"10.0.0.0/4294967304",
		"10.0.0.0/4294967304: the prefix is not a length of 0 to 32"},
	    {"::/129", "::/129: the prefix is not a length of 0 to 128"},
	    {"::ffff:10.0.0.0/8",
		"::ffff:10.0.0.0/8: the prefix is not a length of 96 to 128"},
	    {"::ffff:10.0.0.0/129",
		"::ffff:10.0.0.0/129: the prefix is not a length of 96 to 128"},
	    {"10.1.2.3/8", "10.1.2.3/8" BEYOND "10.0.0.0/8)"},
	    {"10.0.0.1/31", "10.0.0.1/31" BEYOND "10.0.0.0/31)"},
	    {"10.0.0.0/0", "10.0.0.0/0" BEYOND "0.0.0.0/0)"},
	    {"2001:db8::1/64", "2001:db8::1/64" BEYOND "2001:db8::/64)"},
	};

	return cr_make_param_array(struct refused_row, rows, COUNT(rows));
}

ParameterizedTest(struct refused_row *row, cidr, what_is_no_range_is_refused)
{
	struct reason why = {.status = 0};
	struct cidr cidr;

	cr_assert_eq(cidr_parse(row->text, &cidr, &why), -1);
	cr_expect_str_eq(why.text, row->reason);
	cr_expect_eq(why.status, EX_USAGE);
}

/* Any address at all, and any prefix of it. */
static struct cidr
draw(void)
{
	const unsigned version = random() % 2 == 0 ? 4 : 6;
	struct cidr cidr = {.version = (uint8_t)version};
	unsigned i, size = version == 4 ? 4 : 16;

	for (i = 0; i < size; i++)
		/* Runs of zeroes and ones are what prints in many ways. */
		cidr.bytes[i] = (uint8_t)(random() % 3 == 0 ? random()
			: random() % 2 == 0		    ? 0
							    : 0xff);
	return cidr_widen(
	    &cidr, (unsigned)random() % (cidr_most_bits(&cidr) + 1));
}

static bool
is_mapped(const struct cidr *cidr)
{
	struct in6_addr address;

	memcpy(&address, cidr->bytes, sizeof(address));
	return cidr->version == 6 && IN6_IS_ADDR_V4MAPPED(&address);
}

Test(cidr, what_is_written_reads_the_same)
{
	struct cidr cidr, again;
	char text[CIDR_STRLEN];
	struct reason why;
	int i;

	srandom(4632);
	for (i = 0; i < 100000; i++) {
		cidr = draw();
		if (is_mapped(&cidr))
			continue;
		cr_assert_eq(cidr_parse(cidr_format(&cidr, text), &again, &why),
		    0, "%s", why.text);
		cr_assert_eq(
		    memcmp(&cidr, &again, sizeof(cidr)), 0, "%s", text);
	}
}

Test(cidr, a_wider_range_keeps_exactly_the_first_bits)
{
	struct cidr cidr = {.version = 6, .bits = 128}, wide;
	unsigned bits, i;

	memset(cidr.bytes, 0xff, sizeof(cidr.bytes));
	for (bits = 0; bits <= 128; bits++) {
		wide = cidr_widen(&cidr, bits);
		cr_expect_eq(wide.bits, bits);
		for (i = 0; i < 128; i++)
			cr_expect_eq(wide.bytes[i / 8] >> (7 - i % 8) & 1,
			    i < bits, "bit %u of %u", i, bits);
	}
}

/* A peer as accept(2) tells it. */
static struct address
peer(int family, const char *text)
{
	struct address address = {.storage.ss_family = (sa_family_t)family};
	struct sockaddr_in6 *v6 = (void *)&address.storage;
	struct sockaddr_in *v4 = (void *)&address.storage;

	if (family == AF_INET)
		inet_pton(AF_INET, text, &v4->sin_addr);
	else
		inet_pton(AF_INET6, text, &v6->sin6_addr);
	address_set_port(&address, 12345);
	return address;
}

Test(cidr, a_peer_is_a_range_of_one)
{
	const struct address v4 = peer(AF_INET, "10.1.2.3");
	const struct address v6 = peer(AF_INET6, "2001:db8::1");
	char name[CIDR_STRLEN];
	struct cidr cidr;

	cr_assert(cidr_of(&v4, &cidr));
	cr_expect_str_eq(cidr_format(&cidr, name), "10.1.2.3");
	cr_assert(cidr_of(&v6, &cidr));
	cr_expect_str_eq(cidr_format(&cidr, name), "2001:db8::1");
}

Test(cidr, a_mapped_peer_is_the_ipv4_peer)
{
	const struct address mapped = peer(AF_INET6, "::ffff:10.1.2.3");
	const struct address v4 = peer(AF_INET, "10.1.2.3");
	struct cidr one, other;

	cr_assert(cidr_of(&mapped, &one));
	cr_assert(cidr_of(&v4, &other));
	cr_expect_eq(memcmp(&one, &other, sizeof(one)), 0);
}

Test(cidr, a_peer_without_an_ip_address_has_none)
{
	const struct address local = {.storage.ss_family = AF_UNIX};
	struct cidr cidr;

	cr_expect_not(cidr_of(&local, &cidr));
}
