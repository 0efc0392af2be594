#include "haild/entrance.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <unistd.h>

#include "duration.h"
#include "haild/children.h"
#include "household.h"
#include "peer.h"
#include "procfs.h"

/* From the channel to the children, past the limits; we are the acceptor. */

static struct parent *parent;
static int acceptor; /* its end of the channel */

static void
open_with(const struct limits *limits)
{
	int ends[2];

	parent = household_open(limits);
	cr_assert_eq(handover_open(ends, 100), 0, "%m");
	acceptor = ends[1];
	parent->intake.lineage.channel = ends[0];
	parent->intake.ledger = parent->ledger;
	parent->intake.log = &parent->log;
	parent->intake.shelf = -1;
	parent->waiting.places = 2;
}

/* Somebody comes from this address. Returns its end of the connection. */
static int
come_from(const char *host)
{
	struct connection connection;
	struct address_list list;
	struct reason why;
	struct pair pair;

	pair_open(&pair);
	cr_assert_eq(address_resolve(host, "1", ADDRESS_CONNECT, &list, &why),
	    0, "%s", why.text);
	connection = (struct connection){pair.conn, list.at[0]};
	cr_assert_eq(handover_send(acceptor, &connection), SENT);
	close(pair.conn);
	return pair.client;
}

static bool
is_greeted(int client)
{
	char byte;

	return peer_read(client, &byte, 1) == 1 &&
	    byte == HOUSEHOLD_GREETING[0];
}

/* The child in this slot ends. */
static void
end_child(unsigned slot)
{
	const pid_t pid = parent->roster.slots[slot].pid;

	kill(pid, SIGKILL);
	procfs_await_end(pid);
	children_reap(parent, pid);
}

static uint64_t
refused(void)
{
	return parent->ledger->booked[ACCOUNT_REFUSED];
}

Test(entrance, who_comes_is_served)
{
	int client;

	open_with(NULL);
	cr_expect_not(entrance_take_in(parent));
	cr_expect_eq(
	    entrance_descriptor(parent), parent->intake.lineage.channel);
	client = come_from("10.0.0.1");
	cr_expect_not(entrance_take_in(parent));
	cr_expect_eq(parent->roster.alive, 1);
	cr_expect_eq(parent->ledger->received, 1);
	cr_expect(is_greeted(client));
	cr_expect_eq(entrance_alarm(parent), NEVER);
}

Test(entrance, without_room_they_stay_in_the_channel)
{
	int clients[HOUSEHOLD_CHILDREN + 1], i;

	open_with(NULL);
	for (i = 0; i <= HOUSEHOLD_CHILDREN; i++)
		clients[i] = come_from("10.0.0.1");
	entrance_take_in(parent);
	entrance_take_in(parent);
	cr_expect_eq(parent->ledger->received, HOUSEHOLD_CHILDREN);
	cr_expect_eq(entrance_descriptor(parent), -1);
	cr_expect_eq(entrance_alarm(parent), NEVER);
	end_child(1);
	cr_expect_neq(entrance_descriptor(parent), -1);
	entrance_take_in(parent);
	cr_expect(is_greeted(clients[HOUSEHOLD_CHILDREN]));
}

Test(entrance, when_the_last_acceptor_is_gone_no_more_come)
{
	int client;

	open_with(NULL);
	client = come_from("10.0.0.1");
	close(acceptor);
	cr_expect(entrance_take_in(parent));
	cr_expect(is_greeted(client));
	cr_expect_eq(entrance_descriptor(parent), -1);
}

/* Signals are looked at in between, however many are refused. */
Test(entrance, they_are_taken_in_by_lots)
{
	const struct limits limits = {
	    .words = {{RULE_DENY, "10.0.0.0/8"}},
	    .word_count = 1,
	};
	int i;

	open_with(&limits);
	for (i = 0; i < 20; i++)
		come_from("10.0.0.1");
	cr_expect_not(entrance_take_in(parent));
	cr_expect_eq(refused(), 16);
	cr_expect_not(entrance_take_in(parent));
	cr_expect_eq(refused(), 20);
}

/* Who is denied is not told that it is a bad time: it will not be better. */
Test(entrance, who_is_denied_is_told_nothing)
{
	const struct limits limits = {
	    .words = {{RULE_DENY, "10.0.0.0/8"}},
	    .word_count = 1,
	};
	int client;

	open_with(&limits);
	parent->busy = parent->greeting;
	client = come_from("10.0.0.1");
	entrance_take_in(parent);
	peer_expect(client, "", 0);
	cr_expect_eq(refused(), 1);
	cr_expect_eq(parent->refusals.count, 0);
}

Test(entrance, who_comes_at_a_bad_time_is_told_so)
{
	static const unsigned char busy[] = "busy\n";
	const struct limits limits = {.per_source = 1};
	int clients[3], i;

	open_with(&limits);
	parent->busy = (struct greeting){busy, 5};
	parent->refusals.ledger = parent->ledger;
	parent->refusals.places = 1;
	for (i = 0; i < 3; i++)
		clients[i] = come_from("10.0.0.1");
	entrance_take_in(parent);
	cr_expect(is_greeted(clients[0]));
	peer_expect(clients[1], "busy\n", 5);
	/* With one place for them the second made room for the third. */
	peer_expect(clients[2], "busy\n", 5);
	cr_expect_eq(parent->refusals.count, 1);
	cr_expect_eq(refused(), 1);
	cr_expect_eq(parent->roster.alive, 1);
}

static const struct limits patient = {
    .per_source = 1,
    .overload = OVERLOAD_WAIT,
};

Test(entrance, over_its_limit_one_waits_and_others_pass)
{
	int first, second, other;

	open_with(&patient);
	first = come_from("10.0.0.1");
	second = come_from("10.0.0.1");
	other = come_from("10.0.0.2");
	entrance_take_in(parent);
	cr_expect(is_greeted(first));
	cr_expect(is_greeted(other));
	entrance_take_in(parent);
	cr_expect_eq(parent->waiting.count, 1);
	cr_expect_neq(entrance_alarm(parent), NEVER, "it may be too late");
	end_child(0);
	entrance_take_in(parent);
	cr_expect_eq(parent->waiting.count, 0);
	cr_expect(is_greeted(second));
	/* The next one who waits is not forgotten for that. */
	come_from("10.0.0.1");
	entrance_take_in(parent);
	cr_expect_eq(parent->waiting.count, 1);
	entrance_take_in(parent);
	cr_expect_neq(entrance_alarm(parent), NEVER);
}

Test(entrance, where_there_is_no_room_to_wait_one_is_refused)
{
	int clients[4], i;

	open_with(&patient);
	for (i = 0; i < 4; i++)
		clients[i] = come_from("10.0.0.1");
	entrance_take_in(parent);
	cr_expect_eq(parent->waiting.count, 2);
	cr_expect_eq(parent->admission.waiting, 2);
	cr_expect_eq(refused(), 1);
	peer_expect(clients[3], "", 0);
}

Test(entrance, who_has_waited_too_long_is_refused)
{
	int client;

	open_with(&patient);
	come_from("10.0.0.1");
	client = come_from("10.0.0.1");
	entrance_take_in(parent);
	parent->waiting.at[0].until = monotonic_now();
	entrance_take_in(parent);
	cr_expect_eq(parent->waiting.count, 0);
	cr_expect_eq(refused(), 1);
	peer_expect(client, "", 0);
}

/* When haild stops nobody is to wait for a turn that may not come. */
Test(entrance, in_a_hurry_all_are_served)
{
	int client;

	open_with(&patient);
	come_from("10.0.0.1");
	client = come_from("10.0.0.1");
	entrance_take_in(parent);
	parent->admission.hurry = parent->admission.turn = true;
	entrance_take_in(parent);
	cr_expect_eq(parent->waiting.count, 0);
	cr_expect(is_greeted(client));
}
