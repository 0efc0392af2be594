#ifndef HAILD_TOPIC_H
#define HAILD_TOPIC_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a line of the log is about, where somebody can bring about any number
 * of them: of each topic so many are written in a second, the rest counted.
 */
enum topic {
	TOPIC_CONNECTION, /* one came: 1,000 a second */
	TOPIC_END,	  /* how one ended: 1,000 */
	TOPIC_REFUSED,	  /* one was refused, and why: 10 */
	TOPIC_KILLED,	  /* a child was killed: 10 */
	TOPIC_LOST,	  /* a connection was lost: 10 */
	TOPIC_ASLEEP,	  /* the acceptor was stopped, or goes on: 10 */
	TOPICS
};

/* All zero, nothing was said yet. */
struct topics {
	struct topic_second {
		int64_t ends; /* monotonic ns */
		unsigned said;
		uint64_t more; /* that were not */
	} seconds[TOPICS];
	int64_t due; /* to say how many more there were; 0: none were */
};

/* May a line about it be written now? If not, it is counted. */
bool topics_permit(struct topics *, enum topic, int64_t now);

/*
 * Is it time to say that there were more? If so, returns how many and the
 * topic, until there are none; 0 then. With NEVER it is time for all.
 */
uint64_t topics_more(struct topics *, int64_t now, enum topic *);

/* "Got a connection": what there were more of. */
const char *topic_name(enum topic);

#endif
