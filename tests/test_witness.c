#include "hail/witness.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "duration.h"
#include "machine.h"
#include "peer.h"
#include "rogue.h"

/* What is seen of a run against a server that listens and does not accept. */

static struct witness witness;
static struct result result;
static struct evidence evidence;
static struct address_list targets = {.count = 1};

static void
aim_at(const char *host, unsigned port)
{
	struct reason why;

	cr_assert_eq(
	    address_resolve(host, "1", ADDRESS_CONNECT, &targets, &why), 0,
	    "%s", why.text);
	address_set_port(&targets.at[0], port);
}

Test(witness, the_fullest_queue_is_entered)
{
	struct rogue rogue;
	int i;

	rogue_start(&rogue, ROGUE_DEAF, 7);
	aim_at("127.0.0.1", rogue.port);
	witness_open(&witness, &targets);
	cr_assert(witness.queue_seen);
	for (i = 0; i < 3; i++)
		peer_connect(rogue.port);
	witness_close(&witness, &result, &evidence);
	cr_expect(result.queue_known);
	cr_expect(evidence.local);
	cr_expect_eq(result.queue_listeners, 1);
	cr_expect_eq(result.queue_backlog, 7);
	cr_expect_eq(result.queue_peak, 3);
	cr_expect_eq(evidence.drops, 0);
	rogue_stop(&rogue);
}

/* A SYN that meets a full queue, and is not sent again. */
static void
knock_in_vain(void)
{
	int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	connect(client, (const struct sockaddr *)&targets.at[0].storage,
	    targets.at[0].length);
	close(client);
}

Test(witness, what_was_counted_before_is_not_the_runs)
{
	struct rogue rogue;

	machine_own_network_or_skip();
	rogue_start(&rogue, ROGUE_DEAF, 0);
	aim_at("127.0.0.1", rogue.port);
	peer_connect(rogue.port);
	knock_in_vain();
	knock_in_vain();
	witness_open(&witness, &targets);
	knock_in_vain();
	witness_close(&witness, &result, &evidence);
	cr_assert(result.counters_known);
	cr_expect_eq(result.counters[COUNTER_LISTEN_OVERFLOWS], 1);
	cr_expect_eq(evidence.drops, 1);
	/* As full as can be: it overflowed. */
	cr_expect_eq(result.queue_peak, 1);
	rogue_stop(&rogue);
}

/* A look costs, and is not worth more than so much of the time. */
Test(witness, it_does_not_look_all_the_time)
{
	struct rogue rogue;
	int64_t before;

	rogue_start(&rogue, ROGUE_DEAF, 7);
	aim_at("127.0.0.1", rogue.port);
	witness_open(&witness, &targets);
	before = monotonic_now();
	witness_look(&witness);
	cr_expect_geq(witness.next_look, before + 5 * NS_PER_MS);
	cr_expect_geq(witness.next_look, before + 50 * witness.queue.cost);
	before = witness.next_look = monotonic_now() + 3600 * NS_PER_S;
	witness_look(&witness);
	cr_expect_eq(witness.next_look, before);
	witness_close(&witness, &result, &evidence);
	rogue_stop(&rogue);
}

Test(witness, of_a_server_elsewhere_nothing_is_seen)
{
	aim_at("192.0.2.1", 80);
	witness_open(&witness, &targets);
	cr_expect_eq(witness.next_look, NEVER);
	witness_look(&witness);
	witness_close(&witness, &result, &evidence);
	cr_expect_not(result.queue_known);
	cr_expect_not(evidence.local);
	cr_expect(result.counters_known);
}
