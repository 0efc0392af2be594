#include "haild/rules.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "rulebook.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Read a text as if it were a file called "rules". */
static int
read_text(
    struct rules *rules, const char *text, size_t length, struct reason *why)
{
	FILE *file = length == 0
	    ? fopen("/dev/null", "r")
	    : fmemopen((void *)(uintptr_t)text, length, "r");
	int result;

	result = rules_read(rules, file, "rules", why);
	fclose(file);
	return result;
}

static struct rules
rules_of(const char *text)
{
	struct rules rules = {.count = 0};
	struct reason why;

	cr_assert_eq(
	    read_text(&rules, text, strlen(text), &why), 0, "%s", why.text);
	cr_assert_eq(rules_seal(&rules, &why), 0);
	return rules;
}

static bool
permits(const struct rules *rules, const char *address)
{
	struct reason why;
	struct cidr cidr;

	cr_assert_eq(cidr_parse(address, &cidr, &why), 0, "%s", why.text);
	return rules_permit(rules, &cidr);
}

struct verdict_row {
	char rules[100];
	char let_in[80], kept_out[80];
};

ParameterizedTestParameters(rules, the_longest_prefix_decides)
{
	static struct verdict_row rows[] = {
	    {"", "10.0.0.1 ::1", ""},
	    {"# nothing\n\n  \t\n", "10.0.0.1 ::1", ""},
	    /* Only denials: the others are let in. */
	    {"deny 10.0.0.0/8", "11.0.0.1 9.255.255.255 ::1 ::a00:1",
		"10.0.0.0 10.255.255.255 ::ffff:10.0.0.1"},
	    {"deny 2001:db8::/64", "2001:db8:0:1::1 10.0.0.1",
		"2001:db8::1 2001:db8::ffff:ffff:ffff:ffff"},
	    /* As soon as somebody is allowed the others are not. */
	    {"allow 10.0.0.0/8", "10.1.2.3 ::ffff:10.1.2.3", "11.0.0.1 ::1"},
	    {"allow 10.1.2.3\nallow ::1", "10.1.2.3 ::1", "10.1.2.2 ::2"},
	    {"deny 10.0.0.0/8\nallow 10.1.2.3", "10.1.2.3",
		"10.1.2.4 11.0.0.1 ::1"},
	    {"deny 10.0.0.0/8\nallow 10.1.2.3\nallow all",
		"10.1.2.3 11.0.0.1 ::1", "10.1.2.4"},
	    /* In whatever order. */
	    {"allow 10.0.0.0/8\ndeny 10.1.0.0/16\nallow 10.1.2.0/24",
		"10.1.2.3 10.2.0.1", "10.1.3.1 12.0.0.1"},
	    {"allow 10.1.2.0/24\ndeny 10.1.0.0/16\nallow 10.0.0.0/8",
		"10.1.2.3 10.2.0.1", "10.1.3.1 12.0.0.1"},
	    /* Twice the same: deny. */
	    {"allow 10.0.0.1\ndeny 10.0.0.1\nallow 10.0.0.2", "10.0.0.2",
		"10.0.0.1"},
	    {"deny 10.0.0.1\nallow 10.0.0.1\nallow 10.0.0.2", "10.0.0.2",
		"10.0.0.1"},
	    {"deny all\nallow 10.0.0.1", "10.0.0.1", "10.0.0.2 ::1"},
	    {"deny all", "", "10.0.0.2 ::1"},
	    {"deny ::/0", "10.0.0.1 ::ffff:10.0.0.1", "::1 2001:db8::1"},
	    {"deny 0.0.0.0/0", "::1", "10.0.0.1 ::ffff:10.0.0.1"},
	    /* How they may be written. */
	    {"\tallow  10.0.0.1  # us\r\n#deny all\r\n", "10.0.0.1",
		"10.0.0.2"},
	    {"allow 10.0.0.1#us", "10.0.0.1", "10.0.0.2"},
	    {"allow 10.0.0.1 # caf\303\251", "10.0.0.1", "10.0.0.2"},
	};

	return cr_make_param_array(struct verdict_row, rows, COUNT(rows));
}

ParameterizedTest(struct verdict_row *row, rules, the_longest_prefix_decides)
{
	struct rules rules = rules_of(row->rules);
	char *rest, *word;

	for (rest = row->let_in; (word = strsep(&rest, " ")) != NULL;)
		if (word[0] != '\0')
			cr_expect(
			    permits(&rules, word), "%s: %s", row->rules, word);
	for (rest = row->kept_out; (word = strsep(&rest, " ")) != NULL;)
		if (word[0] != '\0')
			cr_expect_not(
			    permits(&rules, word), "%s: %s", row->rules, word);
	rules_free(&rules);
}

struct bad_row {
	char text[80];
	char reason[140];
};

ParameterizedTestParameters(rules, a_bad_line_is_refused_with_its_number)
{
	static struct bad_row rows[] = {
	    {"alow 10.0.0.1",
		"rules: line 1: alow: neither \"allow\" nor \"deny\""},
	    {"allow 10.0.0.1\n# x\n\ndeny 10.0.0.1/8\nbad",
		"rules: line 4: 10.0.0.1/8: the address goes on beyond its "
		"prefix (say 10.0.0.0/8)"},
	    {"allow 10.0.0.1\nDeny all\n",
		"rules: line 2: Deny: neither \"allow\" nor \"deny\""},
	    {"deny\n",
		"rules: line 1: deny: needs an address, a range or \"all\""},
	    {"deny # all\n",
		"rules: line 1: deny: needs an address, a range or \"all\""},
	    {"deny 10.0.0.1 10.0.0.2\n",
		"rules: line 1: 10.0.0.2: only one range in a line "
		"(comments begin with #)"},
	    {"deny 10.0.0.1\nallow \033[2J", "rules: line 2: not text"},
	    {"deny 10.0.0.1\nallow caf\303\251", "rules: line 2: not text"},
	};

	return cr_make_param_array(struct bad_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct bad_row *row, rules, a_bad_line_is_refused_with_its_number)
{
	struct rules rules = {.count = 0};
	struct reason why;

	cr_assert_eq(read_text(&rules, row->text, strlen(row->text), &why), -1);
	cr_expect_str_eq(why.text, row->reason);
	cr_expect_eq(why.status, EX_DATAERR);
	rules_free(&rules);
}

Test(rules, a_line_that_is_too_long_or_has_a_nul_is_refused)
{
	struct rules rules = {.count = 0};
	char text[3000] = "deny 10.0.0.1\n";
	struct reason why;

	cr_expect_eq(read_text(&rules, text, 100, &why), -1);
	cr_expect_str_eq(why.text, "rules: line 2: too long, or not text");
	memset(text + 14, ' ', 2000);
	cr_expect_eq(read_text(&rules, text, 2014, &why), -1);
	cr_expect_str_eq(why.text, "rules: line 2: too long, or not text");
	rules_free(&rules);
}

/* Lines that say nothing are read all the same, and take their time. */
Test(rules, a_file_that_is_too_large_is_refused)
{
	const size_t size = (64 << 20) + 1;
	struct rules rules = {.count = 0};
	char *text = malloc(size);
	struct reason why;
	size_t i;

	cr_assert_not_null(text);
	memset(text, '#', size);
	for (i = 999; i < size; i += 1000)
		text[i] = '\n';
	text[size - 2] = '\n';
	cr_expect_eq(read_text(&rules, text, size - 1, &why), 0);
	cr_expect_eq(read_text(&rules, text, size, &why), -1);
	cr_expect_str_eq(why.text, "rules: larger than 64 MiB");
	free(text);
	rules_free(&rules);
}

Test(rules, those_given_twice_are_told_as_they_were_given)
{
	struct rules rules =
	    rules_of("allow 10.0.0.1\nallow 10.0.0.1\nallow ::1\ndeny ::1\n");

	cr_expect_eq(rules.count, 2);
	cr_expect_eq(rules.allows, 3);
	cr_expect_eq(rules.denies, 1);
	rules_free(&rules);
}

Test(rules, the_same_set_is_known_in_any_order)
{
	struct rules one = rules_of("allow 10.0.0.0/8\ndeny 10.0.0.1\n");
	struct rules same = rules_of("deny 10.0.0.1\nallow 10.0.0.0/8 # !\n");
	struct rules other = rules_of("allow 10.0.0.0/8\ndeny 10.0.0.2\n");

	cr_expect(rules_same(&one, &same));
	cr_expect_not(rules_same(&one, &other));
	rules_free(&one);
	rules_free(&same);
	rules_free(&other);
}

Test(rules, a_directory_is_not_a_file_of_rules)
{
	struct rules rules = {.count = 0};
	FILE *file = fopen("/", "r");
	struct reason why;

	cr_assert_eq(rules_read(&rules, file, "/", &why), -1);
	cr_expect_str_eq(why.text, "/: Is a directory");
	fclose(file);
}

Test(rules, of_two_hundred_thousand_each_is_found)
{
	const unsigned many = 200000;
	struct rule rule = {.range = {.version = 4, .bits = 32}};
	struct rules rules = {.count = 0};
	struct cidr address;
	struct reason why;
	unsigned i, number;

	for (i = 0; i < many; i++) {
		/* Odd numbers, in an order that is none. */
		number = (unsigned)(i * 77773UL % many) * 2 + 1;
		memcpy(rule.range.bytes, &number, 4);
		cr_assert_eq(rules_add(&rules, &rule, &why), 0);
	}
	cr_assert_eq(rules_seal(&rules, &why), 0);
	cr_assert_eq(rules.count, many);
	address = rule.range;
	for (number = 0; number < 2 * many; number++) {
		memcpy(address.bytes, &number, 4);
		cr_assert_eq(rules_permit(&rules, &address), number % 2 == 0);
	}
	rules_free(&rules);
}

Test(rules, there_is_a_most)
{
	struct rule rule = {.range = {.version = 4, .bits = 32}};
	struct rules rules = {.count = 0};
	struct reason why;
	unsigned i;

	for (i = 0; i < RULES_MAX; i++)
		rules_add(&rules, &rule, &why);
	cr_assert_eq(rules.count, RULES_MAX);
	cr_assert_eq(rules_add(&rules, &rule, &why), -1);
	cr_expect_str_eq(why.text, "more than 1000000 rules");
	rules_free(&rules);
}

/* Few different addresses, so that ranges meet and nest. */
static struct cidr
draw(void)
{
	struct cidr cidr = {.version = random() % 2 == 0 ? 4 : 6};
	unsigned i, size = cidr.version == 4 ? 4 : 16;

	cidr.bits = (uint8_t)cidr_most_bits(&cidr);
	for (i = 0; i < size; i++)
		cidr.bytes[i] = (uint8_t)(random() % 2);
	return cidr;
}

/* Any number of rules, up to limit. */
static size_t
draw_rules(struct rule given[], size_t limit)
{
	const size_t count = (size_t)random() % (limit + 1);
	struct cidr single;
	size_t i;

	for (i = 0; i < count; i++) {
		single = draw();
		given[i].range = cidr_widen(
		    &single, (unsigned)random() % (single.bits + 1u));
		given[i].allow = random() % 2;
	}
	return count;
}

Test(rules, any_set_decides_as_the_contract_says)
{
	struct rule given[12];
	struct rules rules;
	struct reason why;
	struct cidr who;
	size_t count, i;
	int round;

	srandom(7);
	for (round = 0; round < 20000; round++) {
		rules = (struct rules){.count = 0};
		count = draw_rules(given, COUNT(given));
		for (i = 0; i < count; i++)
			cr_assert_eq(rules_add(&rules, &given[i], &why), 0);
		cr_assert_eq(rules_seal(&rules, &why), 0);
		for (i = 0; i < 20; i++) {
			who = draw();
			cr_assert_eq(rules_permit(&rules, &who),
			    rulebook_permits(given, count, &who));
		}
		rules_free(&rules);
	}
}

Test(rules, a_set_that_is_written_as_a_file_decides_the_same)
{
	struct rule given[12];
	struct rules rules;
	struct cidr who;
	size_t count, i, length;
	char *text;
	FILE *file;
	int round;

	srandom(8);
	for (round = 0; round < 5000; round++) {
		count = draw_rules(given, COUNT(given));
		file = open_memstream(&text, &length);
		rulebook_write(given, count, file);
		fclose(file);
		rules = rules_of(text);
		for (i = 0; i < 20; i++) {
			who = draw();
			cr_assert_eq(rules_permit(&rules, &who),
			    rulebook_permits(given, count, &who), "%s", text);
		}
		rules_free(&rules);
		free(text);
	}
}
