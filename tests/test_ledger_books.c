#include "haild/ledger.h"

#include <sys/wait.h>

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "books.h"
#include "heir.h"

static struct ledger *
opened(void)
{
	struct ledger *ledger = ledger_open();

	cr_assert_not_null(ledger, "%m");
	return ledger;
}

static void
assert_line(const struct ledger *ledger, const char *line)
{
	char buf[LEDGER_STRLEN];

	cr_assert_eq(ledger_format(ledger, buf), buf);
	cr_assert_str_eq(buf, line);
}

Test(ledger, a_new_one_is_empty_and_balances)
{
	struct ledger *ledger = opened();

	assert_line(ledger,
	    "accepted 0 = greeted 0 + peer gone 0 + timed out 0 + refused 0 "
	    "+ lost 0; most at once 0 children, 0 queued");
	cr_expect(ledger_balances(ledger));
}

Test(ledger, what_is_in_hand_is_told)
{
	struct ledger *ledger = opened();

	ledger_accept(ledger);
	ledger_accept(ledger);
	ledger->received++;
	ledger_book(ledger, ACCOUNT_GREETED, 1);
	ledger->most_children = 1;
	cr_expect_eq(ledger_in_hand(ledger), 1);
	cr_expect_not(ledger_balances(ledger));
	assert_line(ledger,
	    "accepted 2 = greeted 1 + peer gone 0 + timed out 0 + refused 0 "
	    "+ lost 0 + in hand 1; most at once 1 children, 2 queued");
}

Test(ledger, what_happens_rarely_is_named_when_it_has)
{
	struct ledger *ledger = opened();
	int i;

	for (i = 0; i < 9; i++)
		ledger_accept(ledger);
	ledger->received = 9;
	ledger_book(ledger, ACCOUNT_STOOD_IN, 2);
	ledger_book(ledger, ACCOUNT_FAILED, 3);
	ledger_book(ledger, ACCOUNT_KILLED, 4);
	assert_line(ledger,
	    "accepted 9 = greeted 0 + peer gone 0 + timed out 0 + refused 0 "
	    "+ lost 0 + greeted by the parent 2 + failed 3 + killed 4; most "
	    "at once 0 children, 9 queued");
	cr_expect(ledger_balances(ledger));
}

Test(ledger, who_is_booked_twice_is_found_out)
{
	struct ledger *ledger = opened();

	ledger_accept(ledger);
	ledger->received++;
	ledger_book(ledger, ACCOUNT_GREETED, 2);
	cr_expect_not(ledger_balances(ledger));
}

Test(ledger, who_was_received_and_never_accepted_is_found_out)
{
	struct ledger *ledger = opened();

	ledger->received++;
	cr_expect_not(ledger_balances(ledger));
}

Test(ledger, the_most_that_were_queued_are_remembered)
{
	struct ledger *ledger = opened();
	int i;

	for (i = 0; i < 5; i++)
		ledger_accept(ledger);
	ledger->received = 4;
	ledger_accept(ledger);
	cr_expect_eq(ledger_queued(ledger), 2);
	cr_expect_eq(ledger->most_queued, 5);
	for (i = 0; i < 4; i++)
		ledger_accept(ledger);
	cr_expect_eq(ledger->most_queued, 6);
}

static uint64_t
any_number(void)
{
	const unsigned bits = (unsigned)random() % 60;

	return ((uint64_t)random() << 31 | (uint64_t)random()) >> (59 - bits);
}

/* Whatever there is in the books, a reader of the line finds that it adds up.
 */
Test(ledger, the_line_adds_up)
{
	char line[LEDGER_STRLEN + 8] = "haild: ";
	struct ledger *ledger = opened();
	struct books books;
	uint64_t in_hand, sum;
	int i, account;
	size_t term;

	srandom(2);
	for (i = 0; i < 5000; i++) {
		in_hand = random() % 2 == 0 ? 0 : any_number();
		ledger->accepted = in_hand;
		for (account = 0; account < ACCOUNTS; account++) {
			ledger->booked[account] =
			    random() % 2 == 0 ? 0 : any_number();
			ledger->accepted += ledger->booked[account];
		}
		ledger_format(ledger, line + 7);
		cr_assert(books_parse(&books, line), "%s", line);
		cr_assert_eq(books.in_hand, in_hand);
		cr_assert_eq(books.accepted, ledger->accepted);
		for (term = 0, sum = in_hand; term < books.count; term++)
			sum += books.terms[term].count;
		cr_assert_eq(sum, books.accepted, "%s", line);
	}
}

Test(ledger, the_longest_line_fits)
{
	char guarded[LEDGER_STRLEN + 1];
	struct ledger *ledger = opened();
	int account;

	ledger->accepted = 0;
	for (account = 0; account < ACCOUNTS; account++)
		ledger->booked[account] = UINT64_MAX - 1;
	ledger->most_children = UINT64_MAX;
	ledger->most_queued = UINT64_MAX;
	guarded[LEDGER_STRLEN] = '#';
	ledger_format(ledger, guarded);
	cr_expect_eq(guarded[LEDGER_STRLEN], '#');
	cr_expect_str_eq(
	    strrchr(guarded, ','), ", 18446744073709551615 queued");
}

Test(ledger, what_another_process_writes_is_read)
{
	struct ledger *ledger = opened();
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		ledger_accept(ledger);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	cr_expect_eq(ledger_queued(ledger), 1);
	cr_expect_eq(ledger->most_queued, 1);
}

Test(ledger, only_those_it_is_shared_with_have_it)
{
	struct ledger *ledger = opened();

	ledger_share(ledger, false);
	cr_expect_not(heir_has(ledger));
	ledger_share(ledger, true);
	cr_expect(heir_has(ledger));
}
