#include "haild/sources.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/*
 * No search is longer than this, whatever the key: with at most one source
 * for each hash on average, a longer chain comes up once in 10^13 tables.
 */
#define LONG 20

static struct cidr
range_of(const char *text)
{
	struct cidr address;
	struct reason why;

	cr_assert_eq(cidr_parse(text, &address, &why), 0, "%s", why.text);
	return source_range(&address);
}

/* The IPv4 address of this number. */
static struct cidr
numbered(unsigned number)
{
	struct cidr range = {.version = 4, .bits = 32};

	memcpy(range.bytes, &number, 4);
	return range;
}

static struct sources
empty(unsigned busy, unsigned idle)
{
	struct sources sources;

	cr_assert_eq(sources_open(&sources, busy, idle), 0, "%m");
	return sources;
}

static bool
same(const char *one, const char *other)
{
	const struct cidr a = range_of(one), b = range_of(other);

	return memcmp(&a, &b, sizeof(a)) == 0;
}

Test(sources, an_ipv4_address_is_one)
{
	cr_expect_not(same("10.0.0.1", "10.0.0.2"));
	cr_expect(same("10.0.0.1", "::ffff:10.0.0.1"));
	cr_expect_not(same("::ffff:10.0.0.1", "::ffff:10.0.0.2"));
	cr_expect_not(same("0.0.0.0", "::"));
}

Test(sources, an_ipv6_network_of_64_bits_is_one)
{
	cr_expect(same("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff"));
	cr_expect_not(same("2001:db8::1", "2001:db8:0:1::1"));
}

Test(sources, one_is_found_after_it_was_made)
{
	const struct cidr range = range_of("10.0.0.1");
	struct sources sources = empty(1, 1);
	struct source *source;

	cr_assert_null(sources_find(&sources, &range));
	source = sources_know(&sources, &range);
	cr_expect_eq(sources_find(&sources, &range), source);
	cr_expect_eq(sources_know(&sources, &range), source);
	cr_expect_eq(sources.known, 1);
	cr_expect_eq(source->live, 0);
	cr_expect_eq(source->pins, 0);
	cr_expect_eq(source->bucket.full_at, 0);
}

Test(sources, the_longest_idle_is_forgotten_first)
{
	struct sources sources = empty(1, 3);
	struct source *source;
	struct cidr range;
	unsigned i;

	for (i = 0; i < 4; i++) {
		range = numbered(i);
		source = sources_know(&sources, &range);
		source->live = 100 + i;
	}
	/* The first is idle again, and so the last in the row. */
	range = numbered(0);
	source = sources_find(&sources, &range);
	sources_pin(&sources, source);
	sources_unpin(&sources, source);
	for (i = 10; i < 13; i++) {
		range = numbered(i);
		cr_assert_not_null(sources_know(&sources, &range));
		range = numbered(i - 9);
		cr_expect_null(sources_find(&sources, &range), "%u", i - 9);
	}
	range = numbered(0);
	source = sources_find(&sources, &range);
	cr_assert_not_null(source);
	cr_expect_eq(source->live, 100);
	/* One that was forgotten begins anew. */
	range = numbered(1);
	cr_expect_eq(sources_know(&sources, &range)->live, 0);
	cr_expect_eq(sources.known, 4);
}

Test(sources, a_pin_holds_until_the_last_is_taken_out)
{
	const struct cidr range = range_of("10.0.0.1");
	struct sources sources = empty(1, 1);
	struct source *source = sources_know(&sources, &range);
	struct cidr other;
	unsigned i;

	sources_pin(&sources, source);
	sources_pin(&sources, source);
	sources_unpin(&sources, source);
	for (i = 0; i < 10; i++) {
		other = numbered(i);
		sources_know(&sources, &other);
	}
	cr_assert_eq(sources_find(&sources, &range), source);
	sources_unpin(&sources, source);
	for (i = 10; i < 12; i++) {
		other = numbered(i);
		sources_know(&sources, &other);
	}
	cr_assert_null(sources_find(&sources, &range));
}

/*
 * An attacker with 100,000 addresses, each seen often, and 1,000 sources that
 * have connections all the while.
 */
Test(sources, a_hundred_thousand_neither_slow_it_nor_drive_out_the_busy)
{
	const unsigned attackers = 100000, busy = 1000, idle = 4096;
	struct sources sources = empty(busy, idle);
	struct source *source;
	struct cidr range;
	unsigned i, round;

	for (i = 0; i < busy; i++) {
		range = numbered(attackers + i);
		source = sources_know(&sources, &range);
		source->live = i + 1;
		sources_pin(&sources, source);
	}
	for (round = 0; round < 3; round++)
		for (i = 0; i < attackers; i++) {
			range = numbered(i);
			source = sources_know(&sources, &range);
			cr_assert_not_null(source);
			cr_assert_eq(source->live, 0);
			sources_pin(&sources, source);
			sources_unpin(&sources, source);
		}
	cr_expect_eq(sources.known, busy + idle);
	cr_expect_leq(sources.longest_search, LONG);
	for (i = 0; i < busy; i++) {
		range = numbered(attackers + i);
		source = sources_find(&sources, &range);
		cr_assert_not_null(source, "%u was forgotten", i);
		cr_assert_eq(source->live, i + 1);
	}
}

/* Networks that differ in few bits, as an attacker's would. */
Test(sources, a_hundred_thousand_ipv6_networks_spread_as_well)
{
	const unsigned many = 100000;
	struct sources sources = empty(many, 1);
	struct cidr range = range_of("2001:db8::");
	unsigned i;

	for (i = 0; i < many; i++) {
		memcpy(range.bytes + 4, &i, sizeof(i));
		sources_pin(&sources, sources_know(&sources, &range));
	}
	cr_expect_eq(sources.known, many);
	cr_expect_leq(sources.longest_search, LONG);
	for (i = 0; i < many; i++) {
		memcpy(range.bytes + 4, &i, sizeof(i));
		cr_assert_not_null(sources_find(&sources, &range));
	}
}

/* Nobody can prepare addresses that meet in one chain. */
Test(sources, each_table_has_a_hash_of_its_own)
{
	struct sources one = empty(1000, 1), other = empty(1000, 1);
	unsigned i, alike = 0;
	struct cidr range;

	for (i = 0; i < 1000; i++) {
		range = numbered(i);
		sources_know(&one, &range);
		sources_know(&other, &range);
	}
	for (i = 0; i <= one.mask; i++)
		alike += one.table[i] != 0 && one.table[i] == other.table[i];
	cr_assert_lt(alike, 100);
}

/* What it should know, kept in the plainest way. */
struct shadow {
	unsigned pins[64];
};

Test(sources, whatever_comes_and_goes_the_busy_are_known)
{
	struct sources sources = empty(64, 4);
	struct shadow shadow = {0};
	struct source *source;
	struct cidr range;
	unsigned round, i;

	srandom(64);
	for (round = 0; round < 200000; round++) {
		i = (unsigned)random() % 64;
		range = numbered(i * 0x01000193);
		if (random() % 2 == 0) {
			source = sources_know(&sources, &range);
			sources_pin(&sources, source);
			shadow.pins[i]++;
		} else if (shadow.pins[i] > 0) {
			source = sources_find(&sources, &range);
			cr_assert_not_null(source);
			sources_unpin(&sources, source);
			shadow.pins[i]--;
		}
		source = sources_find(&sources, &range);
		cr_assert(source != NULL || shadow.pins[i] == 0);
		cr_assert(source == NULL || source->pins == shadow.pins[i]);
		cr_assert_leq(sources.known, sources.capacity);
	}
}
