#include "haild/ledger.h"

#include <criterion/criterion.h>
#include <pthread.h>

/*
 * The lanes of an acceptor and the parent, as three threads with one ledger:
 * of what processes share ThreadSanitizer sees nothing.
 */
#define EACH  20000
#define LANES 2

static struct ledger *ledger;

/* Returns what was wrong, or NULL. */
static void *
accept_all(void *nothing)
{
	unsigned i;

	for (i = 0; i < EACH; i++) {
		ledger_accept(ledger);
		ledger->awaits_room = true;
		/* Whatever the parent does meanwhile. */
		if (ledger_queued(ledger) > LANES * EACH ||
		    ledger_in_hand(ledger) > LANES * EACH)
			return "below 0";
	}
	ledger->pauses++;
	return nothing;
}

/* As the parent does: receive, tell of room, book, print. */
static void
receive_all(void)
{
	char books[LEDGER_STRLEN];
	unsigned received = 0;

	while (received < LANES * EACH) {
		if (ledger_queued(ledger) == 0)
			continue;
		ledger->received++;
		atomic_exchange(&ledger->awaits_room, false);
		ledger_book(ledger,
		    received % 2 == 0 ? ACCOUNT_GREETED : ACCOUNT_PEER_GONE, 1);
		if (received++ % 1000 == 0)
			ledger_format(ledger, books);
	}
}

Test(ledger, acceptor_and_parent_may_write_it_at_the_same_time)
{
	pthread_t lanes[LANES];
	void *wrong;
	int i;

	ledger = ledger_open();
	cr_assert_not_null(ledger);
	for (i = 0; i < LANES; i++)
		cr_assert_eq(
		    pthread_create(&lanes[i], NULL, accept_all, NULL), 0);
	receive_all();
	for (i = 0; i < LANES; i++) {
		pthread_join(lanes[i], &wrong);
		cr_expect_null(wrong, "%s", (char *)wrong);
	}
	cr_expect(ledger_balances(ledger));
	cr_expect_eq(ledger->accepted, LANES * EACH);
	cr_expect_eq(ledger->booked[ACCOUNT_GREETED], LANES * EACH / 2);
	cr_expect_eq(ledger->pauses, LANES);
	cr_expect_gt(ledger->most_queued, 0);
	cr_expect_leq(ledger->most_queued, LANES * EACH);
}
