#include "hail/source.h"

#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* Whether a socket can be bound to the address, as the kernel says. */
static int
try_bind(const struct address *source)
{
	int trial, result;

	trial = socket(source->storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (trial == -1)
		return -1;
	result = bind(trial, (const void *)&source->storage, source->length);
	close(trial);
	return result;
}

static int
parse_one(const char *word, struct address *source, struct reason *why)
{
	const struct addrinfo hints = {
	    .ai_flags = AI_NUMERICHOST | AI_PASSIVE,
	    .ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *info;

	if (getaddrinfo(word, "0", &hints, &info) != 0)
		return reason_set(
		    why, EX_USAGE, "--source %s: not an IP address", word);
	memcpy(&source->storage, info->ai_addr, info->ai_addrlen);
	source->length = info->ai_addrlen;
	freeaddrinfo(info);
	if (try_bind(source) == -1)
		return reason_set(why, EX_USAGE,
		    "--source %s: not an address of this machine (%s)", word,
		    strerror(errno));
	return 0;
}

int
source_parse(const char *text, struct source_list *sources, struct reason *why)
{
	char word[ADDRESS_STRLEN];
	size_t length;

	sources->count = 0;
	for (;; text += length + 1) {
		length = strcspn(text, ",");
		if (length == 0 || length >= sizeof(word))
			return reason_set(why, EX_USAGE,
			    "--source %s: not an IP address", text);
		if (sources->count == ADDRESS_MAX)
			return reason_set(why, EX_USAGE,
			    "--source: more than %d addresses", ADDRESS_MAX);
		snprintf(word, sizeof(word), "%.*s", (int)length, text);
		if (parse_one(word, &sources->at[sources->count], why) == -1)
			return -1;
		sources->count++;
		if (text[length] == '\0')
			return 0;
	}
}

int
source_bind(
    const struct source_list *sources, size_t turn, int socket, int family)
{
	const struct address *source;
	const int on = 1;
	size_t i;

	if (sources->count == 0)
		return 0;
	for (i = 0; i < sources->count; i++) {
		source = &sources->at[(turn + i) % sources->count];
		if (source->storage.ss_family != family)
			continue;
		/* The option works for IPv6 sockets just as well. */
		if (setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
			sizeof(on)) == -1)
			return -1;
		return bind(
		    socket, (const void *)&source->storage, source->length);
	}
	errno = EAFNOSUPPORT;
	return -1;
}

static bool
has_family(const struct source_list *sources, int family)
{
	size_t i;

	for (i = 0; i < sources->count; i++)
		if (sources->at[i].storage.ss_family == family)
			return true;
	return sources->count == 0;
}

int
source_match(const struct source_list *sources, struct address_list *targets,
    struct reason *why)
{
	size_t i, left = 0;

	for (i = 0; i < targets->count; i++)
		if (has_family(sources, targets->at[i].storage.ss_family))
			targets->at[left++] = targets->at[i];
	targets->count = left;
	if (left > 0)
		return 0;
	return reason_set(why, EX_USAGE,
	    "--source: none is of the target's family (IPv4 or IPv6)");
}
