#include "haild/standin.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "deadline.h"
#include "duration.h"
#include "ears.h"
#include "pair.h"
#include "peer.h"

/* Several whom the parent greets itself, and whom it has no place for. */

#define LONG (3600 * NS_PER_S)

#define GREETING "hello\n"
#define LENGTH	 (sizeof(GREETING) - 1)

static const struct limits none;
static struct admission admission;
static struct standin standin;

static void
open_with(unsigned places)
{
	struct reason why;

	cr_assert_eq(
	    admission_open(&admission, &none, 10, &why), 0, "%s", why.text);
	standin = (struct standin){
	    .ledger = ledger_open(),
	    .admission = &admission,
	    .places = places,
	};
	cr_assert_not_null(standin.ledger, "%m");
}

static bool
take(const struct pair *pair, int64_t linger)
{
	const struct session session = {
	    .conn = pair->conn,
	    .peer.storage.ss_family = AF_INET,
	    .greeting = {(const unsigned char *)GREETING, LENGTH},
	    .timeout = LONG,
	    .linger = linger,
	};

	return standin_take(&standin, &session);
}

/* One more is greeted, has it all, and holds on. */
static void
greet(struct pair *pair, int64_t linger)
{
	const struct standing *last = &standin.standing[standin.count];
	const int64_t until = deadline_from_now();

	pair_open(pair);
	cr_assert(take(pair, linger));
	peer_expect(pair->client, GREETING, LENGTH);
	while (!last->delivered) {
		cr_assert_lt(monotonic_now(), until);
		standin_tend(&standin);
	}
}

/* One more is greeted, but does not say that it came. */
static void
greet_deaf(struct pair *pair)
{
	pair_open(pair);
	ears_shut(pair->client);
	cr_assert(take(pair, LONG));
}

static uint64_t
booked(enum account account)
{
	return standin.ledger->booked[account];
}

/* Does the parent still have this one? */
static bool
stands(const struct pair *pair)
{
	unsigned i;

	for (i = 0; i < standin.count; i++)
		if (standin.standing[i].conn == pair->conn) {
			cr_expect_eq(standin.events[i].fd, pair->conn);
			return true;
		}
	return false;
}

/* Until something of its client is there to be read. */
static void
await_word(const struct pair *pair)
{
	struct pollfd event = {.fd = pair->conn, .events = POLLIN};

	cr_assert_eq(poll(&event, 1, poll_timeout(deadline_from_now())), 1);
}

Test(standin_room, without_places_nobody_is_taken)
{
	struct pair pair;

	open_with(0);
	pair_open(&pair);
	cr_expect_not(standin_has_room(&standin));
	cr_expect_not(take(&pair, LONG));
}

/* It is still the parent's, who keeps it for a child. */
Test(standin_room, while_none_has_its_greeting_no_more_are_taken)
{
	struct pair pairs[3];

	open_with(2);
	greet_deaf(&pairs[0]);
	cr_expect(standin_has_room(&standin));
	greet_deaf(&pairs[1]);
	cr_expect_not(standin_has_room(&standin));
	pair_open(&pairs[2]);
	cr_expect_not(take(&pairs[2], LONG));
	peer_send(pairs[2].conn, "child\n", 6);
	close(pairs[2].conn);
	peer_expect(pairs[2].client, "child\n", 6);
}

Test(standin_room, who_has_all_and_holds_on_longest_gives_way)
{
	struct pair pairs[4], more;
	int i;

	open_with(4);
	greet(&pairs[0], LONG + 3);
	greet_deaf(&pairs[1]);
	greet(&pairs[2], LONG - NS_PER_S);
	greet(&pairs[3], LONG);
	cr_expect(standin_has_room(&standin));
	/* Unread it would reset what was sent. */
	peer_send(pairs[2].client, "x", 1);
	await_word(&pairs[2]);
	greet_deaf(&more);
	cr_expect_not(stands(&pairs[2]));
	cr_expect_not(peer_was_reset(pairs[2].client));
	for (i = 0; i < 4; i++)
		cr_expect(i == 2 || stands(&pairs[i]), "%d", i);
	cr_expect(stands(&more));
	cr_expect_eq(booked(ACCOUNT_STOOD_IN), 1);
	cr_expect_eq(standin.count, 4);
}

/* All in one go, although each gap is filled with the last of them. */
Test(standin_room, those_who_close_go_and_the_others_stay)
{
	struct pair pairs[6];
	int i;

	open_with(6);
	for (i = 0; i < 6; i++)
		greet(&pairs[i], LONG);
	for (i = 1; i < 6; i += 2) {
		close(pairs[i].client);
		await_word(&pairs[i]);
	}
	poll(standin.events, standin.count, 0);
	standin_tend(&standin);
	cr_expect_eq(booked(ACCOUNT_STOOD_IN), 3);
	for (i = 0; i < 6; i++)
		cr_expect_eq(stands(&pairs[i]), i % 2 == 0, "%d", i);
	cr_expect_eq(standin.count, 3);
}

Test(standin_room, the_parent_is_woken_for_who_comes_first)
{
	struct pair pairs[3];
	int64_t now;

	open_with(3);
	greet(&pairs[0], 30 * LONG);
	greet(&pairs[1], 10 * LONG);
	greet(&pairs[2], 20 * LONG);
	now = monotonic_now();
	cr_expect_leq(standin_alarm(&standin), now + 10 * LONG);
	cr_expect_gt(standin_alarm(&standin), now + 9 * LONG);
	standin_make_room(&standin);
	cr_expect_not(stands(&pairs[1]));
	cr_expect_gt(standin_alarm(&standin), now + 10 * LONG);
	cr_expect_eq(booked(ACCOUNT_STOOD_IN), 1);
}

/* Nobody knows whether those have it who did not say so. */
Test(standin_room, at_the_end_all_are_booked_as_they_stand)
{
	struct pair pairs[3];

	open_with(3);
	greet(&pairs[0], LONG);
	greet_deaf(&pairs[1]);
	greet(&pairs[2], LONG);
	standin_close(&standin);
	cr_expect_eq(standin.count, 0);
	cr_expect_eq(booked(ACCOUNT_STOOD_IN), 2);
	cr_expect_eq(booked(ACCOUNT_LOST), 1);
	cr_expect_eq(standin_alarm(&standin), NEVER);
	cr_expect_not(peer_was_reset(pairs[0].client));
}
