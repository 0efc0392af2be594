#include "hail/crew.h"

#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deadline.h"
#include "duration.h"
#include "procfs.h"
#include "rogue.h"

static struct crew crew;
static struct rogue rogue;
static struct address_list targets = {.count = 1};
static struct source_list no_sources;
static struct expectation expectation;
static struct tally tally;
static struct reason why;

static struct worker_plan
plan_for(enum rogue_manner manner, uint64_t connections, uint64_t concurrency)
{
	struct sockaddr_in *v4 = (void *)&targets.at[0].storage;

	rogue_start(&rogue, manner, 1024);
	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)rogue.port);
	v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	targets.at[0].length = sizeof(*v4);
	expectation.any = true;
	return (struct worker_plan){
	    .targets = &targets,
	    .sources = &no_sources,
	    .expectation = &expectation,
	    .connect_timeout = 60 * NS_PER_S,
	    .first_byte_timeout = 60 * NS_PER_S,
	    .timeout = 60 * NS_PER_S,
	    .connections = connections,
	    .concurrency = concurrency,
	};
}

static void
muster(unsigned jobs, const struct worker_plan *plan)
{
	cr_assert_eq(crew_muster(&crew, jobs, plan, &why), 0, "%s", why.text);
	cr_assert_eq(crew.alive, jobs);
}

/* Wait until a worker is gone, and bury it. */
static void
await_end(unsigned number)
{
	struct pollfd polled = {.fd = crew.ready[number]};

	cr_assert_eq(poll(&polled, 1, poll_timeout(deadline_from_now())), 1,
	    "worker %u goes on", number);
	crew_bury(&crew, number);
}

static void
await_started(uint64_t count)
{
	int64_t deadline = deadline_from_now();

	while (crew_started(&crew) < count)
		cr_assert_lt(monotonic_now(), deadline);
}

Test(crew, all_parts_together_are_the_whole)
{
	struct worker_plan plan = plan_for(ROGUE_GREETS, 1001, 10);
	int64_t start, finish;
	unsigned i;

	muster(3, &plan);
	cr_expect_eq(crew_started(&crew), 0, "it began before the go");
	cr_expect_eq(rogue_accepted(&rogue), 0);
	start = crew_go(&crew);
	for (i = 0; i < 3; i++)
		await_end(i);
	finish = crew_sum(&crew, &tally);
	cr_expect_eq(tally.started, 1001);
	cr_expect_eq(tally.ended[OUTCOME_OK], 1001);
	cr_expect_eq(tally.latency[OUTCOME_OK][PHASE_WHOLE].count, 1001);
	for (i = 0; i < 3; i++)
		cr_expect_eq(crew.shares[i].tally.started, 334 - (i == 2));
	cr_expect_gt(finish, start);
	cr_expect_gt(tally.cpu_ns, 0);
	cr_expect_eq(crew.killed, 0);
	crew_free(&crew);
	cr_expect_eq(rogue_stop(&rogue), 1001);
}

Test(crew, nobody_starts_before_the_same_instant)
{
	struct worker_plan plan = plan_for(ROGUE_GREETS, 2, 2);
	const struct latency *latency;
	unsigned i;

	muster(2, &plan);
	crew_go(&crew);
	for (i = 0; i < 2; i++) {
		await_end(i);
		latency =
		    &crew.shares[i].tally.latency[OUTCOME_OK][PHASE_WHOLE];
		cr_expect_eq(crew.shares[i].start, crew.shares[0].start);
		cr_expect_geq(
		    crew.shares[i].finish - latency->max, crew.shares[0].start);
	}
	crew_free(&crew);
	rogue_stop(&rogue);
}

/* A worker in a thread, where ThreadSanitizer sees whom it tells. */
struct colleague {
	struct worker_plan plan;
	int control[2], ready[2];
	int result;
};

static void *
work_along(void *argument)
{
	struct colleague *colleague = argument;

	colleague->result = worker_run(&colleague->plan, crew.shares,
	    colleague->control[0], colleague->ready[1]);
	return NULL;
}

Test(crew, a_worker_may_be_asked_at_any_time)
{
	static struct worker_share share;
	struct colleague colleague = {
	    .plan = plan_for(ROGUE_GREETS, 200, 10),
	};
	int64_t deadline = deadline_from_now();
	pthread_t thread;
	char byte;

	colleague.plan.stride = 1;
	cr_assert_eq(pipe(colleague.control), 0);
	cr_assert_eq(pipe(colleague.ready), 0);
	crew.shares = &share;
	crew.count = 1;
	crew.control = colleague.control[1];
	cr_assert_eq(pthread_create(&thread, NULL, work_along, &colleague), 0);
	cr_assert_eq(read(colleague.ready[0], &byte, 1), 1);
	crew_go(&crew);
	while (crew_ended(&crew, OUTCOME_OK) < 200)
		cr_assert_lt(monotonic_now(), deadline);
	cr_expect_eq(crew_started(&crew), 200);
	pthread_join(thread, NULL);
	cr_expect_eq(colleague.result, 0);
	rogue_stop(&rogue);
}

Test(crew, what_a_killed_worker_held_is_aborted)
{
	struct worker_plan plan = plan_for(ROGUE_SILENT, 20, 20);

	muster(2, &plan);
	crew_go(&crew);
	await_started(20);
	kill(crew.pids[0], SIGKILL);
	await_end(0);
	cr_expect_eq(crew.alive, 1);
	cr_expect_eq(crew.killed, 1);
	cr_expect_eq(crew.orphaned, 10);
	cr_expect_str_eq(crew.obituary, "killed by signal 9 (Killed)");
	crew_stop(&crew);
	await_end(1);
	crew_sum(&crew, &tally);
	cr_expect_eq(tally.started, 20);
	cr_expect_eq(tally.ended[OUTCOME_ABORTED], 20);
	crew_free(&crew);
	rogue_stop(&rogue);
}

Test(crew, told_to_stop_all_end_at_once)
{
	struct worker_plan plan = plan_for(ROGUE_SILENT, UINT64_MAX, 16);
	unsigned i;

	plan.duration = 3600 * NS_PER_S;
	muster(2, &plan);
	crew_go(&crew);
	await_started(16);
	crew_stop(&crew);
	for (i = 0; i < 2; i++)
		await_end(i);
	crew_sum(&crew, &tally);
	cr_expect_eq(tally.ended[OUTCOME_ABORTED], 16);
	crew_free(&crew);
	rogue_stop(&rogue);
}

Test(crew, told_to_stop_before_the_go_none_begins)
{
	struct worker_plan plan = plan_for(ROGUE_GREETS, 10, 10);
	unsigned i;

	muster(2, &plan);
	crew_stop(&crew);
	for (i = 0; i < 2; i++)
		await_end(i);
	crew_sum(&crew, &tally);
	cr_expect_eq(tally.started, 0);
	crew_free(&crew);
	cr_expect_eq(rogue_stop(&rogue), 0);
}

Test(crew, a_worker_that_hangs_is_killed)
{
	struct worker_plan plan = plan_for(ROGUE_SILENT, 4, 4);

	muster(1, &plan);
	crew_go(&crew);
	await_started(4);
	kill(crew.pids[0], SIGSTOP);
	crew_stop(&crew);
	crew_kill(&crew);
	await_end(0);
	cr_expect_eq(crew.orphaned, 4);
	crew_free(&crew);
	rogue_stop(&rogue);
}

Test(crew, without_their_parent_workers_end)
{
	struct worker_plan plan = plan_for(ROGUE_SILENT, 8, 8);
	pid_t pids[2], parent;
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	if ((parent = fork()) == 0) {
		if (crew_muster(&crew, 2, &plan, &why) == -1)
			_exit(1);
		crew_go(&crew);
		if (write(ends[1], crew.pids, sizeof(pids)) == -1)
			_exit(1);
		pause();
	}
	cr_assert_eq(read(ends[0], pids, sizeof(pids)), sizeof(pids));
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	procfs_await_end(pids[0]);
	procfs_await_end(pids[1]);
	rogue_stop(&rogue);
}
