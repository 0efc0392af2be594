#include "haild/rest.h"

#include <poll.h>
#include <sched.h>
#include <time.h>

#include "duration.h"

/*
 * A connection that comes alone is accepted at once. But while so many for
 * each processor are in hand, their children keep it busy for longer than
 * the longest rest, and to wake for each that comes only takes time from
 * them: the acceptor rests first, and then takes all that have come.
 */
#define BUSY	   8
#define REST_LEAST (50 * NS_PER_US)
#define REST_MOST  (500 * NS_PER_US)

/*
 * Who has real-time priority and never waits is ended by the kernel
 * (privilege.h). While connections come faster than they can be accepted
 * nobody would have to wait: so a lane does, for a moment, whenever it has
 * used so much of a processor. After so many connections it looks.
 */
#define BREATH	     NS_PER_S
#define BREATH_LOOKS 256

/* The pace of handshakes on one processor, at its fastest. */
#define PACE (9 * NS_PER_US)

/* In a rest clients on all processors fill an eighth of our places at most. */
void
rest_plan(struct rest *rest, const struct listeners *listeners, bool alone)
{
	const unsigned places = listeners->each * (listeners->backlog + 1);
	unsigned processors = 1;
	cpu_set_t allowed;
	int64_t length;

	/* Not sysconf(3), which would open a file. */
	if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
		processors = (unsigned)CPU_COUNT(&allowed);
	length = places * PACE / 8 / processors;
	if (length > REST_MOST)
		length = REST_MOST;
	*rest = (struct rest){
	    .length = alone && length >= REST_LEAST ? length : 0,
	    .busy = BUSY * processors,
	    .breath_at = BREATH,
	};
}

void
rest_earn(struct rest *rest)
{
	static const struct timespec moment = {.tv_nsec = REST_LEAST};
	struct timespec used;
	int64_t now;

	rest->earned = true;
	if (++rest->taken % BREATH_LOOKS != 0)
		return;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	now = used.tv_sec * NS_PER_S + used.tv_nsec;
	if (now < rest->breath_at)
		return;
	ppoll(NULL, 0, &moment, NULL);
	rest->breath_at = now + BREATH;
}

void
rest_take(struct rest *rest, const struct ledger *ledger, int channel)
{
	const struct timespec longest = {.tv_nsec = (long)rest->length};
	struct pollfd note = {.fd = channel, .events = POLLIN};

	if (!rest->earned)
		return;
	rest->earned = false;
	if (rest->length > 0 && ledger_in_hand(ledger) >= rest->busy)
		ppoll(&note, 1, &longest, NULL);
}
