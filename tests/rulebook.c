#include "rulebook.h"

#include <string.h>

/* Does the address fall under the range? */
static bool
covers(const struct cidr *range, const struct cidr *address)
{
	const struct cidr around = cidr_widen(address, range->bits);

	return memcmp(&around, range, sizeof(around)) == 0;
}

/* Does a rule that covers the address count for more than another? */
static bool
outranks(const struct rule *one, const struct rule *other)
{
	if (other == NULL || one->range.bits > other->range.bits)
		return true;
	return one->range.bits == other->range.bits && !one->allow;
}

bool
rulebook_permits(
    const struct rule *given, size_t count, const struct cidr *address)
{
	const struct rule *best = NULL;
	bool allows = false;
	size_t i;

	for (i = 0; i < count; i++) {
		allows |= given[i].allow;
		if (given[i].range.version == address->version &&
		    covers(&given[i].range, address) &&
		    outranks(&given[i], best))
			best = &given[i];
	}
	return best == NULL ? !allows : best->allow;
}

void
rulebook_write(const struct rule *given, size_t count, FILE *file)
{
	char range[CIDR_STRLEN];
	size_t i;

	for (i = 0; i < count; i++)
		fprintf(file, "%s %s\n", given[i].allow ? "allow" : "deny",
		    cidr_format(&given[i].range, range));
}
