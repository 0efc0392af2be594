#include "hail/plan.h"

#include <criterion/criterion.h>
#include <string.h>

#include "duration.h"

static struct hail_options options = {
    .host = "localhost",
    .port = "9999",
    .timeout = 5 * NS_PER_S,
    .jobs = 2,
};
static struct address_list targets = {.count = 1};
static struct worker_plan plan;

static unsigned
draw(void)
{
	return plan_draw(&plan, &options, &targets, 1000);
}

Test(plan, timeouts_that_were_not_given_are_the_whole)
{
	options.connections = options.concurrency = 1;
	draw();
	cr_expect_eq(plan.connect_timeout, 5 * NS_PER_S);
	cr_expect_eq(plan.first_byte_timeout, 5 * NS_PER_S);
	options.connect_timeout = NS_PER_S;
	options.first_byte_timeout = 2 * NS_PER_S;
	draw();
	cr_expect_eq(plan.connect_timeout, NS_PER_S);
	cr_expect_eq(plan.first_byte_timeout, 2 * NS_PER_S);
}

Test(plan, no_worker_is_without_work)
{
	options.connections = 1;
	options.concurrency = 64;
	cr_expect_eq(draw(), 1);
	options.connections = 100;
	options.concurrency = 1;
	cr_expect_eq(draw(), 1);
	options.concurrency = 2;
	cr_expect_eq(draw(), 2);
}

Test(plan, time_alone_sets_no_number)
{
	options.duration = NS_PER_S;
	options.concurrency = 64;
	draw();
	cr_expect_eq(plan.connections, UINT64_MAX);
	cr_expect_eq(plan.concurrency, 64);
}

Test(plan, rate_and_time_make_a_number)
{
	options.rate = 5000;
	options.duration = 20 * NS_PER_S;
	draw();
	cr_expect_eq(plan.connections, 100000);
	options.rate = 0.1;
	options.duration = 30 * NS_PER_S;
	draw();
	cr_expect_eq(plan.connections, 3);
	/* The first starts at once, the second after 10 s: too late. */
	options.duration = NS_PER_S;
	draw();
	cr_expect_eq(plan.connections, 1);
}

Test(plan, of_number_and_time_the_smaller_decides)
{
	options.rate = 1000;
	options.duration = NS_PER_S;
	options.connections = 10;
	draw();
	cr_expect_eq(plan.connections, 10);
	options.connections = 10000;
	draw();
	cr_expect_eq(plan.connections, 1000);
}

Test(plan, an_open_loop_has_all_descriptors_of_its_workers)
{
	options.rate = 1000;
	options.connections = 1000000;
	cr_expect_eq(draw(), 2);
	cr_expect_gt(plan.concurrency, 1900);
	cr_expect_lt(plan.concurrency, 2000);
}

Test(plan, no_more_at_once_than_there_are)
{
	options.connections = 10;
	options.concurrency = 64;
	draw();
	cr_expect_eq(plan.concurrency, 10);
}

Test(plan, the_result_says_what_was_asked)
{
	static struct result result;
	struct reason why;

	cr_assert_eq(
	    greeting_from_text(&options.expectation.greeting, "foobar", &why),
	    0);
	options.host = "::1";
	options.connections = 10;
	options.concurrency = 4;
	options.half_close = true;
	plan_describe(&plan, draw(), &options, &result);
	cr_expect_str_eq(result.target, "[::1]:9999");
	cr_expect_eq(result.address_count, 1);
	cr_expect_eq(result.concurrency, 4);
	cr_expect_eq(result.jobs, 2);
	cr_expect_eq(result.greeting_length, 6);
	cr_expect_str_eq(result.greeting_digest, "85944171f73967e8");
	cr_expect(result.half_close);
	cr_expect_eq(result.merged, 1);
}
