#include "haild/ledger.h"

#include <sys/mman.h>

#include <inttypes.h>
#include <stdio.h>

static const char *const names[ACCOUNTS] = {
    [ACCOUNT_GREETED] = "greeted",
    [ACCOUNT_PEER_GONE] = "peer gone",
    [ACCOUNT_TIMED_OUT] = "timed out",
    [ACCOUNT_REFUSED] = "refused",
    [ACCOUNT_LOST] = "lost",
    [ACCOUNT_STOOD_IN] = "greeted by the parent",
    [ACCOUNT_FAILED] = "failed",
    [ACCOUNT_KILLED] = "killed",
};

struct ledger *
ledger_open(void)
{
	void *ledger;

	ledger = mmap(NULL, sizeof(struct ledger), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return ledger == MAP_FAILED ? NULL : ledger;
}

void
ledger_share(struct ledger *ledger, bool on)
{
	madvise(ledger, sizeof(*ledger), on ? MADV_DOFORK : MADV_DONTFORK);
}

uint64_t
ledger_queued(const struct ledger *ledger)
{
	/* In this order: whatever happens between does not go below 0. */
	const uint64_t received = ledger->received;

	return ledger->accepted - received;
}

void
ledger_accept(struct ledger *ledger)
{
	uint64_t most = ledger->most_queued, queued;

	ledger->accepted++;
	queued = ledger_queued(ledger);
	while (queued > most &&
	    !atomic_compare_exchange_weak(&ledger->most_queued, &most, queued))
		continue;
}

void
ledger_book(struct ledger *ledger, enum account account, uint64_t connections)
{
	ledger->booked[account] += connections;
}

static uint64_t
booked(const struct ledger *ledger)
{
	uint64_t sum = 0;
	int account;

	for (account = 0; account < ACCOUNTS; account++)
		sum += ledger->booked[account];
	return sum;
}

uint64_t
ledger_in_hand(const struct ledger *ledger)
{
	return ledger->accepted - booked(ledger);
}

bool
ledger_balances(const struct ledger *ledger)
{
	return ledger_in_hand(ledger) == 0 &&
	    ledger->received <= ledger->accepted;
}

char *
ledger_format(const struct ledger *ledger, char buf[LEDGER_STRLEN])
{
	const uint64_t accepted = ledger->accepted;
	const uint64_t in_hand = accepted - booked(ledger);
	char *to = buf, *const end = buf + LEDGER_STRLEN;
	int account;

	to += snprintf(to, (size_t)(end - to), "accepted %" PRIu64, accepted);
	for (account = 0; account < ACCOUNTS; account++)
		if (account <= ACCOUNT_LOST || ledger->booked[account] > 0)
			to += snprintf(to, (size_t)(end - to),
			    " %c %s %" PRIu64, account == 0 ? '=' : '+',
			    names[account], ledger->booked[account]);
	if (in_hand > 0)
		to += snprintf(
		    to, (size_t)(end - to), " + in hand %" PRIu64, in_hand);
	snprintf(to, (size_t)(end - to),
	    "; most at once %" PRIu64 " children, %" PRIu64 " queued",
	    ledger->most_children, ledger->most_queued);
	return buf;
}
