#include "haild/rules.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "fuzz.h"
#include "rulebook.h"

/* Of very many rules only so many are tried, which lie apart. */
#define TRIED 24

static int
read_text(
    struct rules *rules, const void *text, size_t length, struct reason *why)
{
	FILE *file = fmemopen((void *)(uintptr_t)text, length, "r");
	int result;

	MUST(file != NULL);
	result = rules_read(rules, file, "rules", why);
	fclose(file);
	return result;
}

/* The reason names a line that is there, and says nothing but text of it. */
static void
check_reason(const struct reason *why, const uint8_t *bytes, size_t length)
{
	unsigned line, lines = 1;
	const char *c;

	fuzz_must_explain(why, EX_DATAERR, EX_DATAERR);
	for (; length > 0; length--)
		lines += *bytes++ == '\n';
	MUST(sscanf(why->text, "rules: line %u: ", &line) == 1);
	MUST(line >= 1 && line <= lines);
	for (c = why->text; *c != '\0'; c++)
		MUST(isprint((unsigned char)*c));
}

static void
check_verdict(const struct rules *rules, const struct rule *given, size_t count,
    const struct cidr *address)
{
	MUST(rules_permit(rules, address) ==
	    rulebook_permits(given, count, address));
}

/* The first and the last address of a range, and one just outside. */
static void
check_edges(const struct rules *rules, const struct rule *given, size_t count,
    const struct cidr *range)
{
	struct cidr address = *range;
	unsigned bit;

	address.bits = (uint8_t)cidr_most_bits(range);
	check_verdict(rules, given, count, &address);
	if (range->bits > 0) {
		bit = range->bits - 1u;
		address.bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		check_verdict(rules, given, count, &address);
		address.bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	}
	for (bit = range->bits; bit < address.bits; bit++)
		address.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	check_verdict(rules, given, count, &address);
}

/* Written as a file and read again they are the same rules. */
static void
check_written(const struct rules *rules, const struct rule *given, size_t count)
{
	struct rules again = {.count = 0};
	struct reason why;
	size_t length;
	char *text;
	FILE *file = open_memstream(&text, &length);

	MUST(file != NULL);
	rulebook_write(given, count, file);
	fclose(file);
	MUST(read_text(&again, text, length, &why) == 0);
	MUST(again.count == count);
	MUST(rules_seal(&again, &why) == 0);
	MUST(rules_same(&again, rules));
	rules_free(&again);
	free(text);
}

static void
check_rules(struct rules *rules)
{
	const size_t count = rules->count;
	struct rule *given = calloc(count, sizeof(*given));
	struct reason why;
	size_t i;

	MUST(given != NULL);
	memcpy(given, rules->at, count * sizeof(*given));
	MUST(rules_seal(rules, &why) == 0);
	MUST(rules->count >= 1 && rules->count <= count);
	for (i = 0; i < count; i += 1 + count / TRIED)
		check_edges(rules, given, count, &given[i].range);
	check_written(rules, given, count);
	free(given);
}

void
fuzz_rules(const uint8_t *bytes, size_t length)
{
	struct rules rules = {.count = 0};
	struct reason why = {.status = 0};

	/* fmemopen(3) has no empty files. */
	if (length == 0)
		return;
	if (read_text(&rules, bytes, length, &why) == -1)
		check_reason(&why, bytes, length);
	else
		MUST(memchr(bytes, '\0', length) == NULL);
	if (why.status == 0 && rules.count > 0)
		check_rules(&rules);
	rules_free(&rules);
}
