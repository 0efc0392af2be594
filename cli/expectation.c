#include "hail/expectation.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

size_t
expectation_compare(const struct expectation *expectation, uint64_t at,
    const unsigned char *bytes, size_t length)
{
	const struct greeting *greeting = &expectation->greeting;
	size_t i, common;

	if (expectation->any)
		return length;
	if (at >= greeting->length)
		return 0;
	common = greeting->length - at;
	if (common > length)
		common = length;
	if (memcmp(greeting->bytes + at, bytes, common) == 0)
		return common;
	for (i = 0; greeting->bytes[at + i] == bytes[i]; i++)
		continue;
	return i;
}

bool
expectation_met(const struct expectation *expectation, uint64_t received)
{
	if (expectation->any)
		return received > 0;
	return received == expectation->greeting.length;
}

uint64_t
expectation_length(const struct expectation *expectation)
{
	return expectation->any ? 0 : expectation->greeting.length;
}

char *
expectation_digest(
    const struct expectation *expectation, char buf[EXPECTATION_DIGEST_SIZE])
{
	uint64_t hash = 0xcbf29ce484222325;
	size_t i;

	for (i = 0; i < expectation_length(expectation); i++)
		hash = (hash ^ expectation->greeting.bytes[i]) * 0x100000001b3;
	snprintf(buf, EXPECTATION_DIGEST_SIZE, "%016" PRIx64, hash);
	return buf;
}
