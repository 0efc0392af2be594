#include "address.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "fuzz.h"

/*
 * Whether no name server needs to be asked about the host: it is "*", or a
 * number, as getaddrinfo(3) itself says, which address_resolve asks.
 */
static bool
is_numeric(const char *host)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
	struct addrinfo *info;

	if (strcmp(host, "*") == 0)
		return true;
	if (getaddrinfo(host, NULL, &hints, &info) != 0)
		return false;
	freeaddrinfo(info);
	return true;
}

/* What is printed of an address is split, resolved and printed the same. */
static void
check_printed(const struct address *address)
{
	char text[ADDRESS_STRLEN], words[ADDRESS_STRLEN];
	struct address_list again;
	const char *host, *port;
	struct reason why;

	strlcpy(words, address_format(address, text), sizeof(words));
	MUST(address_split(words, NULL, &host, &port, &why) == 0);
	MUST(address_resolve(host, port, ADDRESS_LISTEN, &again, &why) == 0);
	MUST(again.count == 1);
	MUST(address_port(&again.at[0]) == address_port(address));
	MUST(address_is_loopback(&again.at[0]) == address_is_loopback(address));
	MUST(strcmp(address_format(&again.at[0], words), text) == 0);
}

static void
check_resolved(const char *host, const char *port, enum address_use use)
{
	struct address_list list;
	struct reason why;
	size_t i;

	if (address_resolve(host, port, use, &list, &why) == -1) {
		/* A scope may be that of no interface. */
		fuzz_must_explain(&why, EX_USAGE, EX_NOHOST);
		return;
	}
	MUST(list.count >= 1 && list.count <= ADDRESS_MAX);
	for (i = 0; i < list.count; i++) {
		MUST(address_port(&list.at[i]) > 0 || use == ADDRESS_LISTEN);
		check_printed(&list.at[i]);
	}
}

void
fuzz_address(const uint8_t *bytes, size_t length)
{
	char *text = fuzz_text(bytes, length), *words, *rest = text;
	const char *host, *port;
	struct reason why;

	words = strsep(&rest, "\n");
	if (address_split(words, rest, &host, &port, &why) == -1) {
		fuzz_must_explain(&why, EX_USAGE, EX_USAGE);
	} else {
		MUST(host[0] != '\0');
		MUST(rest == NULL || port == rest);
		if (is_numeric(host)) {
			check_resolved(host, port, ADDRESS_LISTEN);
			check_resolved(host, port, ADDRESS_CONNECT);
		}
	}
	free(text);
}
