#include "address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define HOST_DEFAULT "localhost"
#define PORT_DEFAULT "9999"

/* "9999" would be an address, 0.0.39.15, which hardly anybody means. */
static bool
is_port(const char *word)
{
	return strspn(word, "0123456789") == strlen(word) &&
	    strlen(word) <= 5 && atoi(word) >= 1 && atoi(word) <= 65535;
}

int
address_split(char *words, char *port_word, const char **host,
    const char **port, struct reason *why)
{
	char *colon = NULL, *bracket;
	bool bracketed;

	*host = HOST_DEFAULT;
	*port = port_word != NULL ? port_word : PORT_DEFAULT;
	if (words == NULL)
		return 0;
	if (port_word == NULL && is_port(words))
		return reason_set(why, EX_USAGE,
		    "%s: a port without a host is written :%s", words, words);
	if (words[0] == '[') {
		bracket = strchr(words, ']');
		if (bracket == NULL ||
		    (bracket[1] != '\0' && bracket[1] != ':'))
			return reason_set(why, EX_USAGE,
			    "%s: not an address (say [::1]:9999)", words);
		if (bracket[1] == ':')
			colon = bracket + 1;
	} else if (strchr(words, ':') == strrchr(words, ':')) {
		/* Two colons or more are an IPv6 address without a port. */
		colon = strchr(words, ':');
	}
	if (colon != NULL && port_word != NULL)
		return reason_set(why, EX_USAGE,
		    "%s %s: the port is given twice", words, port_word);
	if (colon != NULL) {
		*colon = '\0';
		*port = colon + 1;
	}
	bracketed = words[0] == '[';
	if (bracketed) {
		*strchr(words, ']') = '\0';
		words++;
	}
	if (words[0] != '\0')
		*host = words;
	else if (bracketed || colon == NULL || colon[1] == '\0')
		return reason_set(why, EX_USAGE, "the host is empty");
	return 0;
}

/* A port is decimal digits or a service name; "+80" and "080x" are not. */
static int
check_port(const char *port, enum address_use use, struct reason *why)
{
	unsigned long number;
	char *end;

	if (port[0] == '\0')
		return reason_set(why, EX_USAGE, "the port is empty");
	if (strspn(port, "0123456789") != strlen(port)) {
		if (strchr("+- ", port[0]) != NULL ||
		    getservbyname(port, "tcp") == NULL)
			return reason_set(why, EX_USAGE,
			    "%s: neither a port number nor a service name",
			    port);
		return 0;
	}
	number = strtoul(port, &end, 10);
	if (number > 65535 || (number == 0 && use == ADDRESS_CONNECT))
		return reason_set(why, EX_USAGE, "%s: a port is %d to 65535",
		    port, use == ADDRESS_CONNECT);
	return 0;
}

static bool
listed(const struct address_list *list, const struct addrinfo *info)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->at[i].length == info->ai_addrlen &&
		    memcmp(&list->at[i].storage, info->ai_addr,
			info->ai_addrlen) == 0)
			return true;
	return false;
}

static int
resolve_failed(int error, const char *host, struct reason *why)
{
	switch (error) {
	case EAI_AGAIN:
		return reason_set(why, EX_TEMPFAIL,
		    "%s: the name server does not answer, try again", host);
	case EAI_NONAME:
	case EAI_NODATA:
		return reason_set(why, EX_NOHOST, "%s: name not found", host);
	case EAI_SYSTEM:
		return reason_set(why, EX_OSERR, "%s: %m", host);
	default:
		return reason_set(
		    why, EX_NOHOST, "%s: %s", host, gai_strerror(error));
	}
}

int
address_resolve(const char *host, const char *port, enum address_use use,
    struct address_list *list, struct reason *why)
{
	const struct addrinfo hints = {
	    .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = use == ADDRESS_LISTEN ? AI_PASSIVE : 0,
	};
	struct addrinfo *infos, *info;
	struct address *address;
	int error;

	if (check_port(port, use, why) == -1)
		return -1;
	/* getaddrinfo knows "*" as well, for connecting too, and hides it. */
	if (strcmp(host, "*") == 0) {
		if (use == ADDRESS_CONNECT)
			return resolve_failed(EAI_NONAME, host, why);
		host = NULL;
	}
	error = getaddrinfo(host, port, &hints, &infos);
	if (error != 0)
		return resolve_failed(error, host, why);
	list->count = 0;
	for (info = infos; info != NULL; info = info->ai_next) {
		if (list->count == ADDRESS_MAX || listed(list, info))
			continue;
		address = &list->at[list->count++];
		memset(address, 0, sizeof(*address));
		memcpy(&address->storage, info->ai_addr, info->ai_addrlen);
		address->length = info->ai_addrlen;
	}
	freeaddrinfo(infos);
	return 0;
}

char *
address_format(const struct address *address, char buf[ADDRESS_STRLEN])
{
	const struct sockaddr *any = (const void *)&address->storage;
	const struct sockaddr_in *v4 = (const void *)any;
	const struct sockaddr_in6 *v6 = (const void *)any;
	char name[INET6_ADDRSTRLEN], scope[1 + IF_NAMESIZE] = "";

	switch (any->sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &v4->sin_addr, name, sizeof(name));
		snprintf(
		    buf, ADDRESS_STRLEN, "%s:%u", name, ntohs(v4->sin_port));
		break;
	case AF_INET6:
		if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
			inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], name,
			    sizeof(name));
			snprintf(buf, ADDRESS_STRLEN, "%s:%u", name,
			    ntohs(v6->sin6_port));
			break;
		}
		inet_ntop(AF_INET6, &v6->sin6_addr, name, sizeof(name));
		/* The number, not the name: no system call for each line. */
		if (v6->sin6_scope_id != 0)
			snprintf(
			    scope, sizeof(scope), "%%%u", v6->sin6_scope_id);
		snprintf(buf, ADDRESS_STRLEN, "[%s%s]:%u", name, scope,
		    ntohs(v6->sin6_port));
		break;
	default:
		snprintf(buf, ADDRESS_STRLEN, "family %d", any->sa_family);
	}
	return buf;
}

bool
address_is_loopback(const struct address *address)
{
	const struct sockaddr *any = (const void *)&address->storage;
	const struct sockaddr_in *v4 = (const void *)any;
	const struct sockaddr_in6 *v6 = (const void *)any;

	switch (any->sa_family) {
	case AF_INET:
		return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	case AF_INET6:
		return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) ||
		    (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) &&
			v6->sin6_addr.s6_addr[12] == IN_LOOPBACKNET);
	default:
		return false;
	}
}

unsigned
address_port(const struct address *address)
{
	const struct sockaddr_in *v4 = (const void *)&address->storage;

	/* sin_port and sin6_port stand in the same place. */
	if (address->storage.ss_family == AF_INET ||
	    address->storage.ss_family == AF_INET6)
		return ntohs(v4->sin_port);
	return 0;
}

void
address_set_port(struct address *address, unsigned port)
{
	struct sockaddr_in *v4 = (void *)&address->storage;

	v4->sin_port = htons((uint16_t)port);
}
