#include "address.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "machine.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* "-" stands for an argument that was not given. */
struct split_row {
	char words[40], port_word[16];
	char host[40], port[16];
};

struct refused_row {
	char words[40], port_word[16];
	char reason[60];
};

static char *
given(char *words)
{
	return strcmp(words, "-") == 0 ? NULL : words;
}

ParameterizedTestParameters(address, words_are_split)
{
	static struct split_row rows[] = {
	    {"-", "-", "localhost", "9999"},
	    {"example.org", "-", "example.org", "9999"},
	    {"example.org", "80", "example.org", "80"},
	    {"example.org:80", "-", "example.org", "80"},
	    {"example.org:http", "-", "example.org", "http"},
	    {"127.0.0.1:0", "-", "127.0.0.1", "0"},
	    {":80", "-", "localhost", "80"},
	    {"*", "-", "*", "9999"},
	    {"*:80", "-", "*", "80"},
	    {"::", "-", "::", "9999"},
	    {"::", "80", "::", "80"},
	    {"::1", "-", "::1", "9999"},
	    {"fe80::1%lo", "80", "fe80::1%lo", "80"},
	    {"[::1]", "-", "::1", "9999"},
	    {"[::1]", "80", "::1", "80"},
	    {"[::1]:80", "-", "::1", "80"},
	    {"[::ffff:1.2.3.4]:80", "-", "::ffff:1.2.3.4", "80"},
	    {"[127.0.0.1]:80", "-", "127.0.0.1", "80"},
	    /* An empty port is for address_resolve to refuse. */
	    {"example.org:", "-", "example.org", ""},
	};

	return cr_make_param_array(struct split_row, rows, COUNT(rows));
}

ParameterizedTest(struct split_row *row, address, words_are_split)
{
	const char *host, *port;
	struct reason why;

	cr_assert_eq(address_split(given(row->words), given(row->port_word),
			 &host, &port, &why),
	    0, "%s", why.text);
	cr_assert_str_eq(host, row->host);
	cr_assert_str_eq(port, row->port);
}

ParameterizedTestParameters(address, bad_words_are_refused_by_name)
{
	static struct refused_row rows[] = {
	    {"[::1", "-", "[::1: not an address"},
	    {"[::1]80", "-", "[::1]80: not an address"},
	    {"[::1]:80", "81", "[::1]:80 81: the port is given twice"},
	    {"a:80", "81", "a:80 81: the port is given twice"},
	    {"", "-", "the host is empty"},
	    {"", "80", "the host is empty"},
	    {":", "-", "the host is empty"},
	    {"[]", "-", "the host is empty"},
	    {"[]:80", "-", "the host is empty"},
	    {"[]", "80", "the host is empty"},
	    {"9999", "-", "9999: a port without a host is written :9999"},
	    {"65535", "-", "65535: a port without a host is written :65535"},
	};

	return cr_make_param_array(struct refused_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct refused_row *row, address, bad_words_are_refused_by_name)
{
	const char *host, *port;
	struct reason why;

	cr_assert_eq(address_split(given(row->words), given(row->port_word),
			 &host, &port, &why),
	    -1, "%s", row->words);
	cr_assert_eq(why.status, EX_USAGE);
	cr_assert_eq(strncmp(why.text, row->reason, strlen(row->reason)), 0,
	    "%s", why.text);
}

struct resolve_row {
	char host[40], port[16];
	enum address_use use;
	char printed[ADDRESS_STRLEN]; /* the first address, or the reason */
	int status;
};

ParameterizedTestParameters(address, numbers_are_resolved_and_printed)
{
	static struct resolve_row rows[] = {
	    {"127.0.0.1", "80", ADDRESS_CONNECT, "127.0.0.1:80", 0},
	    {"127.0.0.1", "0", ADDRESS_LISTEN, "127.0.0.1:0", 0},
	    {"127.0.0.1", "65535", ADDRESS_LISTEN, "127.0.0.1:65535", 0},
	    {"127.0.0.1", "0080", ADDRESS_LISTEN, "127.0.0.1:80", 0},
	    {"0.0.0.0", "1", ADDRESS_LISTEN, "0.0.0.0:1", 0},
	    {"::1", "80", ADDRESS_CONNECT, "[::1]:80", 0},
	    {"::", "80", ADDRESS_LISTEN, "[::]:80", 0},
	    {"::ffff:1.2.3.4", "5", ADDRESS_CONNECT, "1.2.3.4:5", 0},
	    {"fe80::1%1", "80", ADDRESS_CONNECT, "[fe80::1%1]:80", 0},
	};

	return cr_make_param_array(struct resolve_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct resolve_row *row, address, numbers_are_resolved_and_printed)
{
	struct address_list list;
	char text[ADDRESS_STRLEN];
	struct reason why;

	cr_assert_eq(
	    address_resolve(row->host, row->port, row->use, &list, &why), 0,
	    "%s", why.text);
	cr_assert_eq(list.count, 1);
	cr_assert_str_eq(address_format(&list.at[0], text), row->printed);
	cr_assert_eq(address_port(&list.at[0]), (unsigned)atoi(row->port));
}

ParameterizedTestParameters(address, what_does_not_resolve_is_named)
{
	static struct resolve_row rows[] = {
	    {"127.0.0.1", "", ADDRESS_LISTEN, "the port is empty", EX_USAGE},
	    {"127.0.0.1", "65536", ADDRESS_LISTEN,
		"65536: a port is 0 to 65535", EX_USAGE},
	    {"127.0.0.1", "0", ADDRESS_CONNECT, "0: a port is 1 to 65535",
		EX_USAGE},
	    {"127.0.0.1", "99999999999999", ADDRESS_LISTEN,
		"99999999999999: a port is 0 to 65535", EX_USAGE},
	    {"127.0.0.1", "-1", ADDRESS_LISTEN,
		"-1: neither a port number nor a service name", EX_USAGE},
	    {"127.0.0.1", "+80", ADDRESS_LISTEN,
		"+80: neither a port number nor a service name", EX_USAGE},
	    {"127.0.0.1", "80x", ADDRESS_LISTEN,
		"80x: neither a port number nor a service name", EX_USAGE},
	    {"127.0.0.1", "0x50", ADDRESS_LISTEN,
		"0x50: neither a port number nor a service name", EX_USAGE},
	    {"127.0.0.1", " 80", ADDRESS_LISTEN,
		" 80: neither a port number nor a service name", EX_USAGE},
	    {"*", "80", ADDRESS_CONNECT, "*: name not found", EX_NOHOST},
	    {"no such host", "80", ADDRESS_CONNECT,
		"no such host: name not found", EX_NOHOST},
	    {"1.2.3.4.5", "80", ADDRESS_CONNECT, "1.2.3.4.5: name not found",
		EX_NOHOST},
	};

	return cr_make_param_array(struct resolve_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct resolve_row *row, address, what_does_not_resolve_is_named)
{
	struct address_list list;
	struct reason why;

	cr_assert_eq(
	    address_resolve(row->host, row->port, row->use, &list, &why), -1,
	    "%s %s", row->host, row->port);
	/* A name server out of reach says "try again" instead. */
	if (row->status == EX_NOHOST && why.status == EX_TEMPFAIL)
		cr_skip_test("no name server here");
	cr_assert_str_eq(why.text, row->printed);
	cr_assert_eq(why.status, row->status);
}

Test(address, every_address_is_both_families_at_one_port)
{
	struct address_list list;
	struct reason why;
	bool v4 = false, v6 = false;
	size_t i;

	cr_assert_eq(address_resolve("*", "80", ADDRESS_LISTEN, &list, &why), 0,
	    "%s", why.text);
	for (i = 0; i < list.count; i++) {
		v4 |= list.at[i].storage.ss_family == AF_INET;
		v6 |= list.at[i].storage.ss_family == AF_INET6;
		cr_assert_eq(address_port(&list.at[i]), 80);
	}
	cr_assert(v4 && v6);
	cr_assert_eq(list.count, 2);
}

Test(address, a_service_name_is_a_port)
{
	struct address_list list;
	struct servent *http;
	struct reason why;

	if ((http = getservbyname("http", "tcp")) == NULL)
		cr_skip_test("this machine knows no service names");
	cr_assert_eq(
	    address_resolve("127.0.0.1", "http", ADDRESS_LISTEN, &list, &why),
	    0, "%s", why.text);
	cr_assert_eq(address_port(&list.at[0]), ntohs((uint16_t)http->s_port));
}

Test(address, a_name_has_all_its_addresses_and_none_twice)
{
	char text[ADDRESS_STRLEN];
	struct address_list list;
	struct reason why;
	bool seen[3] = {false};
	size_t i;

	machine_own_hosts_or_skip("127.0.0.1 many\n127.0.0.2 many\n"
				  "127.0.0.1 many\n::1 many\n");
	cr_assert_eq(
	    address_resolve("many", "80", ADDRESS_CONNECT, &list, &why), 0,
	    "%s", why.text);
	cr_assert_eq(list.count, 3);
	for (i = 0; i < list.count; i++) {
		address_format(&list.at[i], text);
		seen[0] |= strcmp(text, "127.0.0.1:80") == 0;
		seen[1] |= strcmp(text, "127.0.0.2:80") == 0;
		seen[2] |= strcmp(text, "[::1]:80") == 0;
	}
	cr_assert(seen[0] && seen[1] && seen[2]);
}

Test(address, the_port_can_be_changed)
{
	struct address_list list;
	char text[ADDRESS_STRLEN];
	struct reason why;

	address_resolve("::1", "0", ADDRESS_LISTEN, &list, &why);
	address_set_port(&list.at[0], 40001);
	cr_assert_str_eq(address_format(&list.at[0], text), "[::1]:40001");
	address_resolve("127.0.0.1", "0", ADDRESS_LISTEN, &list, &why);
	address_set_port(&list.at[0], 40001);
	cr_assert_str_eq(address_format(&list.at[0], text), "127.0.0.1:40001");
}

Test(address, an_address_of_no_family_has_no_port_and_still_prints)
{
	struct address nothing = {0};
	char text[ADDRESS_STRLEN];

	cr_assert_eq(address_port(&nothing), 0);
	cr_assert_str_eq(address_format(&nothing, text), "family 0");
}

static void
fill_at_random(struct address *address, int family)
{
	unsigned char *bytes = (void *)&address->storage;
	struct sockaddr_in6 *v6 = (void *)&address->storage;
	struct sockaddr_in *v4 = (void *)&address->storage;
	size_t i;

	memset(address, 0, sizeof(*address));
	address->length =
	    family == AF_INET ? sizeof(*v4) : (socklen_t)sizeof(*v6);
	/* Few bits, so that there are runs of zeroes to shorten. */
	for (i = 0; i < address->length; i++)
		bytes[i] = (unsigned char)(rand() & rand() & rand());
	address->storage.ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		memset(v4->sin_zero, 0, sizeof(v4->sin_zero));
	} else {
		v6->sin6_flowinfo = 0;
		v6->sin6_scope_id = 0;
		v6->sin6_addr.s6_addr[0] = 0x20;
	}
	if (address_port(address) == 0)
		address_set_port(address, 1);
}

Test(address, what_is_printed_is_read_back_the_same)
{
	char text[ADDRESS_STRLEN];
	struct address address;
	struct address_list list;
	const char *host, *port;
	struct reason why;
	int i;

	srand(1);
	for (i = 0; i < 4000; i++) {
		fill_at_random(&address, i % 2 == 0 ? AF_INET : AF_INET6);
		address_format(&address, text);
		cr_assert_eq(address_split(text, NULL, &host, &port, &why), 0,
		    "%s", why.text);
		cr_assert_eq(
		    address_resolve(host, port, ADDRESS_CONNECT, &list, &why),
		    0, "%s", why.text);
		cr_assert_eq(list.count, 1);
		cr_assert_eq(list.at[0].length, address.length);
		cr_assert_eq(memcmp(&list.at[0].storage, &address.storage,
				 address.length),
		    0);
	}
}

struct loopback_row {
	char host[40];
	bool is;
};

ParameterizedTestParameters(address, who_cannot_be_reached_from_outside)
{
	static struct loopback_row rows[] = {
	    {"127.0.0.1", true},
	    {"127.255.255.255", true},
	    {"128.0.0.1", false},
	    {"126.255.255.255", false},
	    {"0.0.0.0", false},
	    {"10.0.0.127", false},
	    {"::1", true},
	    {"::", false},
	    {"::2", false},
	    {"2001:db8::1", false},
	    {"::ffff:127.0.0.1", true},
	    {"::ffff:10.0.0.1", false},
	};

	return cr_make_param_array(
	    struct loopback_row, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(
    struct loopback_row *row, address, who_cannot_be_reached_from_outside)
{
	struct address_list list;
	struct reason why;

	cr_assert_eq(
	    address_resolve(row->host, "9", ADDRESS_CONNECT, &list, &why), 0,
	    "%s", why.text);
	cr_assert_eq(
	    address_is_loopback(&list.at[0]), row->is, "%s", row->host);
}
