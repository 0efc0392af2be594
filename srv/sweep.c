#include "haild/sweep.h"

#include <signal.h>

#include "duration.h"
#include "haild/children.h"
#include "haild/steward.h"

/*
 * All are looked at in a round of a second, of ten thousand so many at a
 * time: nobody is kept waiting meanwhile. Of more it takes longer.
 */
#define ROUND	    NS_PER_S
#define LOT	    256
#define LEAST_PAUSE (10 * NS_PER_MS)

/*
 * A child ends by itself after its deadlines. One that is stopped (SIGSTOP),
 * or was taken over, does not, and would keep its place for ever. The others
 * have so long to get to a processor, and where many want to end at once, so
 * much more for each of them.
 */
#define GRACE	   (5 * NS_PER_S)
#define GRACE_EACH NS_PER_MS

int64_t
sweep_alarm(const struct parent *parent)
{
	return parent->roster.alive > 0 ? parent->sweep.at : NEVER;
}

/* SIGKILL for all, or for those that are overdue. */
static void
end_those(void *argument)
{
	const struct parent *parent = argument;
	const struct slot *slot = parent->roster.slots;
	unsigned i;

	for (i = 0; i < parent->roster.reached; i++, slot++)
		if (slot->pid != 0 && (parent->cut || slot->overdue))
			kill(slot->pid, SIGKILL);
}

static bool
is_overdue(const struct parent *parent, const struct slot *slot)
{
	const struct haild_options *options = &parent->options;

	return parent->awake.time - slot->since > options->timeout +
	    options->linger + GRACE + parent->roster.alive * GRACE_EACH;
}

/* Look at one. Returns whether it is found to be overdue. */
static bool
look_at(struct parent *parent, struct slot *slot)
{
	if (slot->pid == 0)
		return false;
	children_reap(parent, slot->pid);
	if (slot->pid == 0 || slot->overdue)
		return false;
	slot->overdue = is_overdue(parent, slot);
	return slot->overdue;
}

static int64_t
pause_of(unsigned slots)
{
	const int64_t pause = slots > LOT ? ROUND * LOT / slots : ROUND;

	return pause > LEAST_PAUSE ? pause : LEAST_PAUSE;
}

void
sweep_some(struct parent *parent)
{
	const struct roster *roster = &parent->roster;
	const int64_t now = monotonic_now();
	unsigned lot, overdue = 0;

	if (sweep_alarm(parent) > now)
		return;
	awake_look(&parent->awake, now);
	for (lot = 0; lot < LOT && lot < roster->reached; lot++) {
		if (parent->sweep.next >= roster->reached)
			parent->sweep.next = 0;
		overdue +=
		    look_at(parent, &roster->slots[parent->sweep.next++]);
	}
	if (overdue > 0)
		steward_do(end_those, parent);
	parent->sweep.at = now + pause_of(roster->reached);
}

void
sweep_out(struct parent *parent)
{
	steward_do(end_those, parent);
}
