#include "haild/lane.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "duration.h"
#include "peer.h"

#define CONNECTIONS 256

/* To grow the table of descriptors would be to wait. */
static void
make_room(int like)
{
	const int high = fcntl(like, F_DUPFD, 3 * CONNECTIONS);

	cr_assert_neq(high, -1, "%m");
	close(high);
}

/* A lane of one listening socket, where so many wait to be accepted. */
static void
open_lane(struct lane *lane, struct acceptor_task *task)
{
	static struct lanes all;
	struct address_list wanted;
	struct reason why;
	int ends[2], i;

	cr_assert_eq(
	    address_resolve("127.0.0.1", "0", ADDRESS_LISTEN, &wanted, &why),
	    0);
	*task = (struct acceptor_task){.max_queued = 2 * CONNECTIONS};
	cr_assert_eq(
	    listeners_open(&task->listeners, &wanted, CONNECTIONS, 1, &why), 0,
	    "%s", why.text);
	listeners_deafen(&task->listeners, false);
	cr_assert_eq(handover_open(ends, CONNECTIONS), 0, "%m");
	make_room(ends[1]);
	task->channel = ends[1];
	task->ledger = ledger_open();
	*lane = (struct lane){.alone = true};
	cr_assert_eq(lane_open(lane, task, &all), 0, "%m");
	for (i = 0; i < CONNECTIONS; i++)
		peer_connect(address_port(&task->listeners.addresses.at[0]));
}

static void
use_processor(int64_t ns)
{
	struct timespec used;

	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	while (used.tv_sec * NS_PER_S + used.tv_nsec < ns);
}

/* How often this thread has given up its processor, to wait. */
static long
waits(void)
{
	struct rusage usage;

	cr_assert_eq(getrusage(RUSAGE_THREAD, &usage), 0);
	return usage.ru_nvcsw;
}

/* How often a lane waits that accepts all those, having worked for so long. */
static long
waits_after(int64_t work)
{
	struct acceptor_task task;
	struct lane lane;
	long before, waited;

	open_lane(&lane, &task);
	lane.rest = 0;
	use_processor(work);
	before = waits();
	while (task.ledger->accepted < CONNECTIONS)
		lane_work(&lane, 0);
	waited = waits() - before;
	listeners_close(&task.listeners);
	return waited;
}

Test(lane, who_has_worked_for_a_second_waits_for_a_moment)
{
	cr_expect_geq(waits_after(NS_PER_S), 1);
}

Test(lane, who_has_not_does_not)
{
	cr_expect_eq(waits_after(0), 0);
}
