#include "haild/queue.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <limits.h>
#include <stdlib.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void
push(struct queue *queue, int descriptor)
{
	struct connection *place = queue_place(queue);

	place->descriptor = descriptor;
	place->peer.length = (socklen_t)descriptor;
	queue_push(queue);
}

Test(queue, an_empty_one_has_no_first)
{
	struct queue queue;

	cr_assert_eq(queue_open(&queue, 1), 0, "%m");
	cr_expect_null(queue_first(&queue));
	cr_expect_not(queue_full(&queue));
}

/* What is not pushed is not there: accept(2) may have failed. */
Test(queue, a_place_alone_is_no_connection)
{
	struct queue queue;

	cr_assert_eq(queue_open(&queue, 2), 0, "%m");
	queue_place(&queue)->descriptor = 5;
	cr_expect_null(queue_first(&queue));
	push(&queue, 6);
	cr_expect_eq(queue_first(&queue)->descriptor, 6);
}

struct capacity_row {
	unsigned capacity;
};

ParameterizedTestParameters(queue, first_come_first_served)
{
	static struct capacity_row rows[] = {{1}, {2}, {3}, {8}, {1000}};

	return cr_make_param_array(struct capacity_row, rows, COUNT(rows));
}

/* Numbers in sequence: those in the queue are from first to last - 1. */
ParameterizedTest(struct capacity_row *row, queue, first_come_first_served)
{
	int first = 0, last = 0, i;
	struct queue queue;
	bool filling;

	srandom(row->capacity);
	cr_assert_eq(queue_open(&queue, row->capacity), 0, "%m");
	for (i = 0; i < 100000; i++) {
		/* By turns it tends to be full and to be empty. */
		filling = random() % 4 != i / 10000 % 2 * 3;
		if (filling && !queue_full(&queue))
			push(&queue, last++);
		else if (!filling && first < last) {
			queue_pop(&queue);
			first++;
		}
		cr_assert_eq((int)queue.count, last - first);
		cr_assert_eq(
		    queue_full(&queue), last - first == (int)row->capacity);
		if (first == last) {
			cr_assert_null(queue_first(&queue));
			continue;
		}
		cr_assert_eq(queue_first(&queue)->descriptor, first);
		cr_assert_eq((int)queue_first(&queue)->peer.length, first);
	}
}

/* Pages that were never touched cost nothing: it begins at its start again. */
Test(queue, an_idle_one_stays_on_its_first_pages)
{
	const struct connection *start;
	struct queue queue;
	int i;

	cr_assert_eq(queue_open(&queue, 1000000), 0, "%m");
	start = queue.ring;
	for (i = 0; i < 100; i++) {
		cr_assert_leq(queue_place(&queue) - start, 1);
		push(&queue, i);
		push(&queue, i);
		queue_pop(&queue);
		queue_pop(&queue);
	}
}

/* More than half of what an unsigned holds: first + count would overflow. */
Test(queue, the_largest_one_there_could_be_wraps)
{
	struct queue queue = {
	    .capacity = UINT_MAX,
	    .first = UINT_MAX - 1,
	    .count = 3,
	};

	cr_expect_eq(queue_place(&queue) - queue.ring, 2);
}
