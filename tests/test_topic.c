#include "haild/topic.h"

#include <criterion/criterion.h>

#include "duration.h"

static const int64_t start = 100 * NS_PER_S;

/* How many of so many lines at one instant are permitted. */
static unsigned
permitted(struct topics *topics, enum topic topic, unsigned lines, int64_t now)
{
	unsigned said = 0;

	while (lines-- > 0)
		said += topics_permit(topics, topic, now);
	return said;
}

Test(topic, so_many_a_second_are_permitted)
{
	struct topics topics = {0};

	cr_expect_eq(permitted(&topics, TOPIC_REFUSED, 5, start), 5);
	cr_expect_eq(
	    permitted(&topics, TOPIC_REFUSED, 30, start + NS_PER_S - 1), 5);
	cr_expect_eq(permitted(&topics, TOPIC_CONNECTION, 3000, start), 1000);
}

Test(topic, one_does_not_use_up_what_another_has)
{
	struct topics topics = {0};

	permitted(&topics, TOPIC_REFUSED, 1000, start);
	cr_expect_eq(permitted(&topics, TOPIC_KILLED, 3, start), 3);
	cr_expect_eq(permitted(&topics, TOPIC_CONNECTION, 3, start), 3);
}

Test(topic, the_rest_is_told_when_the_second_is_over)
{
	struct topics topics = {0};
	enum topic topic = TOPICS;

	permitted(&topics, TOPIC_REFUSED, 25, start);
	cr_expect_eq(topics.due, start + NS_PER_S);
	cr_expect_eq(topics_more(&topics, start + NS_PER_S - 1, &topic), 0);
	cr_expect_eq(topics_more(&topics, start + NS_PER_S, &topic), 15);
	cr_expect_eq(topic, TOPIC_REFUSED);
	cr_expect_eq(topics_more(&topics, start + NS_PER_S, &topic), 0);
	cr_expect_eq(topics.due, 0);
	cr_expect_eq(
	    permitted(&topics, TOPIC_REFUSED, 25, start + NS_PER_S), 10);
}

Test(topic, nothing_is_told_where_there_was_no_more)
{
	struct topics topics = {0};
	enum topic topic;

	permitted(&topics, TOPIC_REFUSED, 10, start);
	cr_expect_eq(topics.due, 0);
	cr_expect_eq(topics_more(&topics, NEVER, &topic), 0);
}

Test(topic, each_is_told_in_its_own_time)
{
	const int64_t later = start + NS_PER_S / 2;
	struct topics topics = {0};
	enum topic topic;

	permitted(&topics, TOPIC_KILLED, 11, later);
	permitted(&topics, TOPIC_REFUSED, 12, start);
	cr_expect_eq(topics_more(&topics, start + NS_PER_S, &topic), 2);
	cr_expect_eq(topic, TOPIC_REFUSED);
	cr_expect_eq(topics_more(&topics, start + NS_PER_S, &topic), 0);
	cr_expect_eq(topics.due, later + NS_PER_S);
	cr_expect_eq(topics_more(&topics, later + NS_PER_S, &topic), 1);
	cr_expect_eq(topic, TOPIC_KILLED);
}

Test(topic, at_the_end_all_is_told)
{
	struct topics topics = {0};
	enum topic topic;

	permitted(&topics, TOPIC_KILLED, 11, start);
	permitted(&topics, TOPIC_REFUSED, 12, start);
	cr_expect_eq(topics_more(&topics, NEVER, &topic), 2);
	cr_expect_eq(topics_more(&topics, NEVER, &topic), 1);
	cr_expect_eq(topics_more(&topics, NEVER, &topic), 0);
}

Test(topic, while_it_is_not_told_more_is_counted)
{
	struct topics topics = {0};
	enum topic topic;

	permitted(&topics, TOPIC_REFUSED, 11, start);
	/* Nobody asked in time: the count goes on, nothing is lost. */
	cr_expect_eq(
	    permitted(&topics, TOPIC_REFUSED, 7, start + 5 * NS_PER_S), 0);
	cr_expect_eq(topics_more(&topics, NEVER, &topic), 8);
}
