#include "haild/places.h"

#include <sysexits.h>

/*
 * Descriptors besides listening sockets and queue (acceptor) or connections
 * that it serves itself (parent), generously.
 */
#define SPARE_DESCRIPTORS 32

/* The most that -Q takes: where RLIMIT_NOFILE is no limit, memory is. */
#define QUEUE_MAX 1000000

/* Take a part of what is left, no more than most. */
static unsigned
part(unsigned *left, unsigned divisor, unsigned most)
{
	unsigned size = (*left + divisor - 1) / divisor;

	if (size > most)
		size = most;
	*left -= size;
	return size;
}

/*
 * Of the descriptors that the parent may have, places for those whom it
 * keeps itself: one that it had no room to receive would be lost.
 */
static void
share_places(struct parent *parent, unsigned descriptors)
{
	const struct limits *limits = &parent->options.limits;

	if (limits_sources(limits) && limits->overload == OVERLOAD_WAIT)
		parent->waiting.places = part(&descriptors, 2, WAITING_MAX);
	if (parent->busy.length > 0)
		parent->refusals.places = part(&descriptors, 2, STANDIN_MAX);
	parent->standin.places = part(&descriptors, 1, STANDIN_MAX);
}

int
places_share(struct parent *parent, unsigned descriptors, size_t sockets,
    struct reason *why)
{
	const unsigned needed = (unsigned)sockets + SPARE_DESCRIPTORS;
	unsigned most;

	if (descriptors <= needed)
		return reason_set(why, EX_OSERR,
		    "%u sockets for a burst of "
		    "%u: RLIMIT_NOFILE of %u leaves no room to queue",
		    (unsigned)sockets, parent->options.burst, descriptors);
	most = descriptors - needed;
	if (most > QUEUE_MAX)
		most = QUEUE_MAX;
	if (parent->options.max_queued > most)
		return reason_set(why, EX_USAGE,
		    "-Q %u: RLIMIT_NOFILE of %u permits %u",
		    parent->options.max_queued, descriptors, most);
	parent->intake.max_queued =
	    parent->options.max_queued != 0 ? parent->options.max_queued : most;
	share_places(parent, descriptors - SPARE_DESCRIPTORS);
	return 0;
}
