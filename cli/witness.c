#include "hail/witness.h"

#include "duration.h"
#include "hail/netstat.h"

/* A look may cost a fiftieth of a processor, and is not worth more. */
#define LOOK_INTERVAL_MIN (5 * NS_PER_MS)
#define LOOK_COST_FACTOR  50

void
witness_open(struct witness *witness, const struct address_list *targets)
{
	witness->queue_seen = accept_queue_open(&witness->queue, targets);
	witness->next_look = witness->queue_seen ? monotonic_now() : NEVER;
	witness->counters_known = netstat_read(witness->before) == 0;
}

void
witness_look(struct witness *witness)
{
	int64_t interval, now = monotonic_now();

	if (now < witness->next_look)
		return;
	if (accept_queue_look(&witness->queue) == -1) {
		witness->next_look = NEVER;
		return;
	}
	interval = LOOK_COST_FACTOR * witness->queue.cost;
	if (interval < LOOK_INTERVAL_MIN)
		interval = LOOK_INTERVAL_MIN;
	witness->next_look = now + interval;
}

static void
enter_counters(const struct witness *witness, struct result *result)
{
	int64_t after[COUNTERS];
	int i;

	if (!witness->counters_known || netstat_read(after) == -1)
		return;
	result->counters_known = true;
	for (i = 0; i < COUNTERS; i++)
		result->counters[i] = after[i] - witness->before[i];
}

static void
enter_queue(const struct witness *witness, struct result *result,
    struct evidence *evidence)
{
	const struct accept_queue *queue = &witness->queue;

	evidence->local = true;
	evidence->drops = queue->drops;
	result->queue_known = true;
	result->queue_listeners = queue->listeners;
	result->queue_backlog = queue->backlog;
	result->queue_peak = queue->peak;
	/* A look now and then may miss what the kernel noticed. */
	if (queue->drops > 0 && result->counters_known &&
	    result->counters[COUNTER_LISTEN_OVERFLOWS] > 0)
		result->queue_peak = queue->backlog + 1;
}

void
witness_close(
    struct witness *witness, struct result *result, struct evidence *evidence)
{
	enter_counters(witness, result);
	if (!witness->queue_seen)
		return;
	if (witness->next_look != NEVER)
		accept_queue_look(&witness->queue);
	enter_queue(witness, result, evidence);
	accept_queue_close(&witness->queue);
}
