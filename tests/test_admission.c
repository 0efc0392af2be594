#include "haild/admission.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <netinet/in.h>

#include "duration.h"

static const int64_t start = 100 * NS_PER_S;

static const struct rate three = {.count = 3, .period = NS_PER_S};

static struct address
peer(const char *text)
{
	struct address address = {.storage.ss_family = AF_INET6};
	struct sockaddr_in6 *v6 = (void *)&address.storage;
	struct sockaddr_in *v4 = (void *)&address.storage;

	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
		address.storage.ss_family = AF_INET;
	else
		cr_assert_eq(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
	return address;
}

static struct admission
opened(const struct limits *limits)
{
	struct admission admission;
	struct reason why;

	cr_assert_eq(
	    admission_open(&admission, limits, 1000, &why), 0, "%s", why.text);
	return admission;
}

/* One more of this address: "admit", "wait", or why it is refused. */
static const char *
come(struct admission *admission, const char *text, int64_t now)
{
	static const char *const causes[CAUSES] = {
	    "rule", "live", "source rate", "total rate", "no room", "late"};
	const struct address address = peer(text);
	enum cause cause;

	switch (admission_decide(admission, &address, now, &cause)) {
	case ADMIT:
		return "admit";
	case WAIT:
		return "wait";
	default:
		return causes[cause];
	}
}

static void
leave(struct admission *admission, const char *text)
{
	const struct address address = peer(text);

	admission_left(admission, &address);
}

static enum verdict
call(struct admission *admission, const char *text, int64_t now, int64_t *until)
{
	const struct address address = peer(text);
	enum cause cause;

	return admission_call(admission, &address, now, &cause, until);
}

Test(admission, without_limits_all_are_admitted)
{
	const struct limits limits = {.per_source = 0};
	struct admission admission = opened(&limits);
	int i;

	for (i = 0; i < 10000; i++)
		cr_assert_str_eq(come(&admission, "10.0.0.1", start), "admit");
	leave(&admission, "10.0.0.1");
	cr_expect_eq(admission_opens_at(&admission), 0);
}

Test(admission, what_a_rule_denies_is_refused)
{
	const struct limits limits = {
	    .words = {{RULE_DENY, "10.0.0.0/8"}, {RULE_DENY, "2001:db8::/32"}},
	    .word_count = 2,
	};
	struct admission admission = opened(&limits);

	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "rule");
	cr_expect_str_eq(come(&admission, "::ffff:10.0.0.1", start), "rule");
	cr_expect_str_eq(come(&admission, "2001:db8::1", start), "rule");
	cr_expect_str_eq(come(&admission, "11.0.0.1", start), "admit");
	cr_expect_eq(admission.refused[CAUSE_RULE], 3);
}

Test(admission, a_source_has_so_many_live_connections)
{
	const struct limits limits = {.per_source = 2};
	struct admission admission = opened(&limits);

	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "admit");
	cr_expect_str_eq(come(&admission, "::ffff:10.0.0.1", start), "admit");
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "live");
	cr_expect_str_eq(come(&admission, "10.0.0.2", start), "admit");
	leave(&admission, "10.0.0.1");
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "admit");
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "live");
	/* To be refused is not to be live. */
	leave(&admission, "10.0.0.1");
	leave(&admission, "10.0.0.1");
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "admit");
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "admit");
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "live");
}

Test(admission, an_ipv6_network_is_one_source)
{
	const struct limits limits = {.per_source = 2};
	struct admission admission = opened(&limits);

	cr_expect_str_eq(come(&admission, "2001:db8::1", start), "admit");
	cr_expect_str_eq(come(&admission, "2001:db8::2", start), "admit");
	cr_expect_str_eq(come(&admission, "2001:db8::f:3", start), "live");
	cr_expect_str_eq(come(&admission, "2001:db8:0:1::1", start), "admit");
	leave(&admission, "2001:db8::2");
	cr_expect_str_eq(come(&admission, "2001:db8::4", start), "admit");
}

Test(admission, a_source_comes_so_often)
{
	const struct limits limits = {.source_rate = three};
	struct admission admission = opened(&limits);
	int i;

	for (i = 0; i < 3; i++) {
		cr_expect_str_eq(come(&admission, "10.0.0.1", start), "admit");
		leave(&admission, "10.0.0.1");
	}
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "source rate");
	cr_expect_str_eq(come(&admission, "10.0.0.2", start), "admit");
	/* Refusals use nothing up: the next token comes in its time. */
	cr_expect_str_eq(
	    come(&admission, "10.0.0.1", start + NS_PER_S / 3), "admit");
	cr_expect_str_eq(
	    come(&admission, "10.0.0.1", start + NS_PER_S / 3), "source rate");
	cr_expect_str_eq(
	    come(&admission, "10.0.0.1", start + 2 * NS_PER_S), "admit");
}

Test(admission, over_the_total_all_wait_at_the_door)
{
	const struct limits limits = {.total_rate = three};
	struct admission admission = opened(&limits);

	cr_expect_leq(admission_opens_at(&admission), start);
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "admit");
	cr_expect_str_eq(come(&admission, "10.0.0.2", start), "admit");
	cr_expect_leq(admission_opens_at(&admission), start);
	cr_expect_str_eq(come(&admission, "10.0.0.3", start), "admit");
	cr_expect_eq(admission_opens_at(&admission), start + NS_PER_S / 3);
}

Test(admission, those_who_are_refused_do_not_count_in_the_total)
{
	const struct limits limits = {
	    .words = {{RULE_DENY, "10.0.0.1"}},
	    .word_count = 1,
	    .per_source = 1,
	    .total_rate = three,
	};
	struct admission admission = opened(&limits);
	int i;

	cr_expect_str_eq(come(&admission, "10.0.0.2", start), "admit");
	for (i = 0; i < 10; i++) {
		cr_expect_str_eq(come(&admission, "10.0.0.1", start), "rule");
		cr_expect_str_eq(come(&admission, "10.0.0.2", start), "live");
	}
	cr_expect_leq(admission_opens_at(&admission), start);
}

Test(admission, over_the_total_they_are_refused_if_that_is_wished)
{
	const struct limits limits = {
	    .total_rate = three, .overload = OVERLOAD_REFUSE};
	struct admission admission = opened(&limits);
	int i;

	for (i = 0; i < 3; i++)
		cr_expect_str_eq(come(&admission, "10.0.0.1", start), "admit");
	cr_expect_eq(admission_opens_at(&admission), 0);
	cr_expect_str_eq(come(&admission, "10.0.0.2", start), "total rate");
	cr_expect_str_eq(
	    come(&admission, "10.0.0.2", start + NS_PER_S / 3), "admit");
}

Test(admission, over_a_limit_of_their_own_they_wait_if_that_is_wished)
{
	const struct limits limits = {
	    .per_source = 1, .overload = OVERLOAD_WAIT};
	struct admission admission = opened(&limits);
	int64_t until = 0;

	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "admit");
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "wait");
	cr_expect_str_eq(come(&admission, "10.0.0.2", start), "admit");
	cr_expect_eq(call(&admission, "10.0.0.1", start, &until), WAIT);
	cr_expect_eq(until, NEVER);
	/* Another's leaving is no news, its own is. */
	leave(&admission, "10.0.0.2");
	cr_expect_not(admission.turn);
	leave(&admission, "10.0.0.1");
	cr_expect(admission.turn);
	/* One that comes now does not overtake. */
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "wait");
	cr_expect_eq(call(&admission, "10.0.0.1", start, &until), ADMIT);
	cr_expect_eq(call(&admission, "10.0.0.1", start, &until), WAIT);
	cr_expect_eq(admission.waiting, 1);
	cr_expect_eq(admission.waited, 2);
	cr_expect_eq(admission.most_waiting, 2);
}

Test(admission, over_a_rate_of_their_own_they_learn_until_when)
{
	const struct limits limits = {
	    .source_rate = three, .overload = OVERLOAD_WAIT};
	struct admission admission = opened(&limits);
	const int64_t third = start + NS_PER_S / 3;
	int64_t until = 0;
	int i;

	for (i = 0; i < 3; i++)
		cr_expect_str_eq(come(&admission, "10.0.0.1", start), "admit");
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "wait");
	cr_expect_eq(call(&admission, "10.0.0.1", third - 1, &until), WAIT);
	cr_expect_eq(until, third);
	cr_expect_eq(call(&admission, "10.0.0.1", until, &until), ADMIT);
}

Test(admission, one_source_cannot_take_all_room_to_wait)
{
	const struct limits limits = {
	    .per_source = 1, .overload = OVERLOAD_WAIT};
	struct admission admission = opened(&limits);
	const struct address address = peer("10.0.0.1");
	int i;

	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "admit");
	for (i = 0; i < ADMISSION_SHARE; i++)
		cr_expect_str_eq(come(&admission, "10.0.0.1", start), "wait");
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "no room");
	admission_give_up(&admission, &address, CAUSE_LATE);
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "wait");
	cr_expect_eq(admission.refused[CAUSE_LATE], 1);
	cr_expect_eq(admission.refused[CAUSE_NO_ROOM], 1);
}

Test(admission, in_a_hurry_nobody_waits)
{
	const struct limits limits = {
	    .per_source = 1,
	    .source_rate = three,
	    .total_rate = three,
	    .overload = OVERLOAD_WAIT,
	};
	struct admission admission = opened(&limits);
	int64_t until;
	int i;

	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "admit");
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "wait");
	admission.hurry = true;
	cr_expect_eq(call(&admission, "10.0.0.1", start, &until), ADMIT);
	for (i = 0; i < 10; i++) {
		cr_expect_eq(admission_opens_at(&admission), 0);
		cr_expect_str_eq(come(&admission, "10.0.0.1", start), "admit");
	}
}

Test(admission, a_rule_that_is_new_holds_for_those_who_wait)
{
	struct limits limits = {
	    .words = {{RULE_DENY, "10.0.0.7"}},
	    .word_count = 1,
	    .per_source = 1,
	    .overload = OVERLOAD_WAIT,
	};
	struct admission admission = opened(&limits);
	struct reason why;
	int64_t until;
	bool changed;

	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "admit");
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "wait");
	cr_assert_eq(admission_reload(&admission, &changed, &why), 0);
	cr_expect_not(changed);
	limits.words[0].text = "10.0.0.1";
	cr_assert_eq(admission_reload(&admission, &changed, &why), 0);
	cr_expect(changed);
	cr_expect(admission.turn);
	cr_expect_eq(call(&admission, "10.0.0.1", start, &until), REFUSE);
	cr_expect_eq(admission.waiting, 0);
	cr_expect_str_eq(come(&admission, "10.0.0.7", start), "admit");
}

Test(admission, rules_that_are_bad_leave_the_old_ones)
{
	struct limits limits = {
	    .words = {{RULE_DENY, "10.0.0.1"}}, .word_count = 1};
	struct admission admission = opened(&limits);
	struct reason why;
	bool changed;

	limits.words[0].text = "10.0.0.1/7";
	cr_assert_eq(admission_reload(&admission, &changed, &why), -1);
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "rule");
	cr_expect_str_eq(come(&admission, "10.0.0.2", start), "admit");
}

/* An attacker with very many sources takes nothing from others. */
Test(admission, a_hundred_thousand_sources_do_not_disable_it)
{
	const struct limits limits = {
	    .per_source = 2, .source_rate = three, .busy_message = NULL};
	struct admission admission = opened(&limits);
	char text[32];
	int i;

	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "admit");
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "admit");
	for (i = 0; i < 100000; i++) {
		snprintf(text, sizeof(text), "20.%d.%d.%d", i >> 16,
		    i >> 8 & 255, i & 255);
		cr_assert_str_eq(come(&admission, text, start), "admit");
		leave(&admission, text);
	}
	/* What is live is still counted, and a newcomer is let in. */
	cr_expect_str_eq(come(&admission, "10.0.0.1", start), "live");
	cr_expect_str_eq(come(&admission, "10.0.0.2", start), "admit");
	cr_expect_leq(admission.sources.known, 1000 + ADMISSION_IDLE);
	cr_expect_leq(admission.sources.longest_search, 20);
}

Test(admission, it_says_why)
{
	const struct limits limits = {
	    .per_source = 5,
	    .source_rate = three,
	    .total_rate = {.count = 50, .period = 60 * NS_PER_S},
	};
	static const char *const expected[CAUSES] = {
	    [CAUSE_RULE] = "denied by a rule",
	    [CAUSE_LIVE] = "2001:db8::/64 is at its limit of 5 (--per-source)",
	    [CAUSE_SOURCE_RATE] =
		"more than 3/s from 2001:db8::/64 (--rate-per-source)",
	    [CAUSE_TOTAL_RATE] = "more than 50/m in all (--max-rate)",
	    [CAUSE_NO_ROOM] = "too many wait for their turn, 2001:db8::/64",
	    [CAUSE_LATE] = "the turn of 2001:db8::/64 did not come in time",
	};
	const struct admission admission = opened(&limits);
	const struct address address = peer("2001:db8::1");
	char why[ADMISSION_STRLEN];
	int cause;

	for (cause = 0; cause < CAUSES; cause++)
		cr_expect_str_eq(admission_explain(&admission, &address,
				     (enum cause)cause, why),
		    expected[cause]);
}

Test(admission, its_books_name_what_there_was)
{
	const struct limits limits = {
	    .words = {{RULE_DENY, "10.0.0.9"}},
	    .word_count = 1,
	    .per_source = 1,
	};
	struct admission admission = opened(&limits);
	char books[ADMISSION_STRLEN];

	cr_expect_null(admission_format(&admission, books));
	come(&admission, "10.0.0.1", start);
	cr_expect_null(admission_format(&admission, books));
	come(&admission, "10.0.0.1", start);
	come(&admission, "10.0.0.1", start);
	come(&admission, "10.0.0.9", start);
	cr_expect_str_eq(admission_format(&admission, books),
	    "refused 3 = by rule 1 + per source 2; waited 0, most at once 0; "
	    "sources 1");
}
