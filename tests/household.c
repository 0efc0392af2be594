#include "household.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <signal.h>

#include "duration.h"
#include "haild/children.h"
#include "haild/spawn.h"

struct parent *
household_open(const struct limits *limits)
{
	struct parent *parent = parent_new();
	struct reason why;
	sigset_t ended;

	cr_assert_not_null(parent, "%m");
	sigemptyset(&ended);
	sigaddset(&ended, SPAWN_ENDED);
	cr_assert_eq(sigprocmask(SIG_BLOCK, &ended, NULL), 0, "%m");
	parent->options.timeout = parent->options.linger = HOUSEHOLD_LONG;
	parent->options.verbosity = -1;
	if (limits != NULL)
		parent->options.limits = *limits;
	parent->greeting.bytes = (const unsigned char *)HOUSEHOLD_GREETING;
	parent->greeting.length = sizeof(HOUSEHOLD_GREETING) - 1;
	cr_assert_eq(admission_open(
			 &parent->admission, &parent->options.limits, 10, &why),
	    0, "%s", why.text);
	cr_assert_eq(roster_open(&parent->roster, HOUSEHOLD_CHILDREN), 0, "%m");
	parent->ledger = parent->standin.ledger = ledger_open();
	cr_assert_not_null(parent->ledger, "%m");
	parent->standin.admission = &parent->admission;
	parent->standin.places = HOUSEHOLD_STANDINS;
	log_open(&parent->log, -1);
	return parent;
}

void
household_serve(struct parent *parent, struct pair *pair)
{
	struct connection connection = {.peer.storage.ss_family = AF_INET};

	pair_open(pair);
	connection.descriptor = pair->conn;
	cr_assert(children_room(parent));
	children_serve(parent, &connection);
}

uint64_t
household_booked(const struct parent *parent)
{
	uint64_t sum = 0;
	int account;

	for (account = 0; account < ACCOUNTS; account++)
		sum += parent->ledger->booked[account];
	return sum;
}
