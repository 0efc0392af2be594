#include "haild/rules.h"

#include <sys/mman.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "haild/unshared.h"

#define FIRST_ROOM 64

/* Room for one more. */
static int
make_room(struct rules *rules, struct reason *why)
{
	const size_t room = rules->room == 0 ? FIRST_ROOM : 2 * rules->room;
	struct rule *at;

	if (rules->count >= RULES_MAX)
		return reason_set(
		    why, EX_DATAERR, "more than %d rules", RULES_MAX);
	if (rules->count < rules->room)
		return 0;
	at = unshared_map(room * sizeof(*at));
	if (at == NULL)
		return reason_set(why, EX_OSERR, "rules: %s", strerror(errno));
	if (rules->room > 0) {
		memcpy(at, rules->at, rules->count * sizeof(*at));
		munmap(rules->at, rules->room * sizeof(*at));
	}
	rules->at = at;
	rules->room = room;
	return 0;
}

int
rules_add(struct rules *rules, const struct rule *rule, struct reason *why)
{
	if (make_room(rules, why) == -1)
		return -1;
	rules->at[rules->count++] = *rule;
	rules->allows += rule->allow;
	rules->denies += !rule->allow;
	return 0;
}

int
rules_add_text(
    struct rules *rules, bool allow, const char *text, struct reason *why)
{
	const struct rule v4 = {.range = {.version = 4}, .allow = allow};
	const struct rule v6 = {.range = {.version = 6}, .allow = allow};
	struct rule rule = {.allow = allow};

	if (strcmp(text, "all") != 0)
		return cidr_parse(text, &rule.range, why) == -1
		    ? -1
		    : rules_add(rules, &rule, why);
	return rules_add(rules, &v4, why) == -1 ? -1
						: rules_add(rules, &v6, why);
}

/* Version, longest prefix first, address; deny before allow. */
static int
compare(const void *a, const void *b)
{
	const struct rule *one = a, *other = b;

	if (one->range.version != other->range.version)
		return one->range.version - other->range.version;
	if (one->range.bits != other->range.bits)
		return other->range.bits - one->range.bits;
	if (memcmp(&one->range, &other->range, sizeof(one->range)) != 0)
		return memcmp(&one->range, &other->range, sizeof(one->range));
	return one->allow - other->allow;
}

static bool
same_range(const struct rule *one, const struct rule *other)
{
	return memcmp(&one->range, &other->range, sizeof(one->range)) == 0;
}

/* Enter the last rule into its group. */
static void
enter(struct rules *rules)
{
	const struct cidr *range = &rules->at[rules->count - 1].range;
	struct rules_group *group = rules->groups + rules->group_count;

	if (rules->group_count == 0 || group[-1].version != range->version ||
	    group[-1].bits != range->bits) {
		rules->group_count++;
		*group++ = (struct rules_group){
		    .version = range->version,
		    .bits = range->bits,
		    .first = rules->count - 1,
		};
	}
	group[-1].count++;
}

int
rules_seal(struct rules *rules, struct reason *why)
{
	const size_t given = rules->count;
	size_t i;

	/*
	 * heapsort(3bsd), because qsort(3) asks how much memory the machine
	 * has: once haild serves its sandbox forbids that.
	 */
	if (given > 0 &&
	    heapsort(rules->at, given, sizeof(*rules->at), compare) == -1)
		return reason_set(why, EX_OSERR, "rules: %s", strerror(errno));
	rules->count = 0;
	for (i = 0; i < given; i++) {
		if (rules->count > 0 &&
		    same_range(&rules->at[rules->count - 1], &rules->at[i]))
			continue;
		rules->at[rules->count++] = rules->at[i];
		enter(rules);
	}
	return 0;
}

static int
compare_ranges(const void *range, const void *rule)
{
	return memcmp(
	    range, &((const struct rule *)rule)->range, sizeof(struct cidr));
}

bool
rules_permit(const struct rules *rules, const struct cidr *address)
{
	const struct rules_group *group;
	const struct rule *rule;
	struct cidr range;
	size_t i;

	for (i = 0; i < rules->group_count; i++) {
		group = &rules->groups[i];
		if (group->version != address->version)
			continue;
		range = cidr_widen(address, group->bits);
		rule = bsearch(&range, rules->at + group->first, group->count,
		    sizeof(*rule), compare_ranges);
		if (rule != NULL)
			return rule->allow;
	}
	return rules->allows == 0;
}

bool
rules_same(const struct rules *one, const struct rules *other)
{
	return one->count == other->count && one->allows == other->allows &&
	    one->denies == other->denies &&
	    (one->count == 0 ||
		memcmp(one->at, other->at, one->count * sizeof(*one->at)) == 0);
}

void
rules_free(struct rules *rules)
{
	if (rules->room > 0)
		munmap(rules->at, rules->room * sizeof(*rules->at));
	*rules = (struct rules){.count = 0};
}
