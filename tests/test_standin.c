#include "haild/standin.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "deadline.h"
#include "duration.h"
#include "ears.h"
#include "pair.h"
#include "peer.h"

/* Far beyond the deadline of a test, and short, where it is to be over. */
#define LONG  (3600 * NS_PER_S)
#define SHORT (50 * NS_PER_MS)

#define GREETING "hello\n"
#define LENGTH	 (sizeof(GREETING) - 1)

/* One connection of each source may be there. */
static const struct limits limits = {.per_source = 1};

static struct admission admission;
static struct standin standin;
static struct pair ends;

static void
open_all(void)
{
	struct reason why;

	cr_assert_eq(
	    admission_open(&admission, &limits, 10, &why), 0, "%s", why.text);
	standin = (struct standin){
	    .ledger = ledger_open(),
	    .admission = &admission,
	    .places = 2,
	};
	cr_assert_not_null(standin.ledger, "%m");
	pair_open(&ends);
}

TestSuite(standin, .init = open_all);

/* Everybody comes from the same address. */
static const struct address peer = {
    .storage.ss_family = AF_INET,
    .length = sizeof(struct sockaddr_in),
};

static bool
admitted(void)
{
	enum cause cause;

	return admission_decide(&admission, &peer, monotonic_now(), &cause) ==
	    ADMIT;
}

static bool
take(size_t length, int64_t timeout, int64_t linger)
{
	static const unsigned char bytes[PAIR_NARROW] = GREETING;
	const struct session session = {
	    .conn = ends.conn,
	    .peer = peer,
	    .greeting = {.bytes = bytes, .length = length},
	    .timeout = timeout,
	    .linger = linger,
	};

	return standin_take(&standin, &session);
}

/* As the parent does, until it is over. */
static void
tend_until_over(void)
{
	const int64_t until = deadline_from_now();
	int64_t alarm;

	while (standin.count > 0) {
		cr_assert_lt(monotonic_now(), until, "it is never over");
		alarm = standin_alarm(&standin);
		poll(standin.events, standin.count,
		    poll_timeout(alarm < until ? alarm : until));
		standin_tend(&standin);
	}
	cr_expect_eq(standin_alarm(&standin), NEVER);
}

/* It is booked as this, once, and its source may come again. */
static void
assert_booked(enum account account)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < ACCOUNTS; i++)
		sum += standin.ledger->booked[i];
	cr_expect_eq(sum, 1);
	cr_expect_eq(standin.ledger->booked[account], 1);
	cr_expect_eq(fcntl(ends.conn, F_GETFD), -1, "it is still open");
	cr_expect(admitted());
}

Test(standin, who_closes_has_been_greeted)
{
	cr_assert(admitted());
	cr_assert(take(LENGTH, LONG, LONG));
	cr_expect_eq(standin.count, 1);
	peer_expect(ends.client, GREETING, LENGTH);
	standin_tend(&standin);
	cr_expect_eq(standin.count, 1, "its client has not closed");
	cr_expect_not(admitted());
	close(ends.client);
	tend_until_over();
	assert_booked(ACCOUNT_STOOD_IN);
}

Test(standin, who_holds_on_is_left)
{
	cr_assert(admitted());
	cr_assert(take(LENGTH, LONG, SHORT));
	tend_until_over();
	assert_booked(ACCOUNT_STOOD_IN);
	peer_expect(ends.client, GREETING, LENGTH);
	cr_expect_not(peer_was_reset(ends.client));
}

Test(standin, what_a_client_says_is_thrown_away_and_resets_nothing)
{
	static const char much[1 << 16];

	cr_assert(admitted());
	cr_assert(take(LENGTH, LONG, SHORT));
	peer_send(ends.client, much, sizeof(much));
	standin_tend(&standin);
	peer_send(ends.client, much, sizeof(much));
	tend_until_over();
	assert_booked(ACCOUNT_STOOD_IN);
	peer_expect(ends.client, GREETING, LENGTH);
	cr_expect_not(peer_was_reset(ends.client));
}

Test(standin, who_resets_after_it_was_greeted)
{
	cr_assert(admitted());
	cr_assert(take(LENGTH, LONG, LONG));
	peer_expect(ends.client, GREETING, LENGTH);
	peer_reset(ends.client);
	tend_until_over();
	assert_booked(ACCOUNT_STOOD_IN);
}

Test(standin, who_resets_before_is_gone)
{
	cr_assert(admitted());
	ears_shut(ends.client);
	cr_assert(take(LENGTH, LONG, LONG));
	peer_reset(ends.client);
	tend_until_over();
	assert_booked(ACCOUNT_PEER_GONE);
}

/* Nothing could be sent at all. */
Test(standin, who_was_gone_is_booked_at_once)
{
	struct pollfd event = {.fd = ends.conn};

	cr_assert(admitted());
	peer_reset(ends.client);
	cr_assert_eq(poll(&event, 1, poll_timeout(deadline_from_now())), 1);
	cr_assert(take(LENGTH, LONG, LONG));
	cr_expect_eq(standin.count, 0);
	assert_booked(ACCOUNT_PEER_GONE);
}

Test(standin, who_acknowledges_nothing_is_left_in_time_and_reset)
{
	struct pollfd event = {.fd = ends.client};
	int copy;

	cr_assert(admitted());
	ears_shut(ends.client);
	copy = dup(ends.conn);
	cr_assert(take(LENGTH, SHORT, LONG));
	tend_until_over();
	assert_booked(ACCOUNT_TIMED_OUT);
	ears_open(ends.client);
	close(copy);
	cr_assert_eq(poll(&event, 1, poll_timeout(deadline_from_now())), 1);
	cr_expect(peer_was_reset(ends.client));
}

/* Who closes before it acknowledges: poll(2) must not return at once, ever. */
Test(standin, between_both_ends_nothing_spins)
{
	ears_shut(ends.client);
	cr_assert(take(LENGTH, LONG, LONG));
	shutdown(ends.client, SHUT_WR);
	poll(standin.events, 1, poll_timeout(deadline_from_now()));
	standin_tend(&standin);
	cr_assert_eq(standin.count, 1);
	standin_tend(&standin);
	cr_expect_eq(poll(standin.events, 1, 0), 0);
	cr_expect_lt(standin_alarm(&standin), monotonic_now() + NS_PER_S);
}

/* What may not fit is for a child, and a child must find all to be sent. */
Test(standin, too_long_a_greeting_is_not_begun)
{
	pair_open_narrow(&ends);
	cr_expect_not(take(PAIR_NARROW, LONG, LONG));
	cr_expect_eq(standin.count, 0);
	cr_expect_eq(standin_alarm(&standin), NEVER);
	peer_send(ends.conn, "child\n", 6);
	close(ends.conn);
	peer_expect(ends.client, "child\n", 6);
}

/* Told that haild is busy: refused, however it ends, and never admitted. */
Test(standin, who_is_refused_is_booked_as_refused)
{
	standin.admission = NULL;
	cr_assert(take(LENGTH, LONG, SHORT));
	tend_until_over();
	assert_booked(ACCOUNT_REFUSED);
	peer_expect(ends.client, GREETING, LENGTH);
}
