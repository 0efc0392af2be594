#include "haild/topic.h"

#include "duration.h"

static const struct {
	const char *name;
	unsigned a_second;
} topics_known[TOPICS] = {
    [TOPIC_CONNECTION] = {"Got a connection", 1000},
    [TOPIC_END] = {"end of a connection", 1000},
    [TOPIC_REFUSED] = {"refused", 10},
    [TOPIC_KILLED] = {"child killed", 10},
    [TOPIC_LOST] = {"connection lost", 10},
    [TOPIC_ASLEEP] = {"acceptor stopped or continued", 10},
};

bool
topics_permit(struct topics *topics, enum topic topic, int64_t now)
{
	struct topic_second *second = &topics->seconds[topic];

	if (second->ends <= now && second->more == 0) {
		second->ends = now + NS_PER_S;
		second->said = 0;
	}
	if (second->said < topics_known[topic].a_second) {
		second->said++;
		return true;
	}
	second->more++;
	if (topics->due == 0 || second->ends < topics->due)
		topics->due = second->ends;
	return false;
}

uint64_t
topics_more(struct topics *topics, int64_t now, enum topic *topic)
{
	struct topic_second *second;
	int64_t due = 0;
	uint64_t more;
	int i;

	if (topics->due == 0 || topics->due > now)
		return 0;
	for (i = 0; i < TOPICS; i++) {
		second = &topics->seconds[i];
		more = second->more;
		if (more > 0 && second->ends <= now) {
			second->more = 0;
			*topic = (enum topic)i;
			return more;
		}
		if (more > 0 && (due == 0 || second->ends < due))
			due = second->ends;
	}
	topics->due = due;
	return 0;
}

const char *
topic_name(enum topic topic)
{
	return topics_known[topic].name;
}
