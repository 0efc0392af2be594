#include "hail/storm.h"

#include <sys/resource.h>
#include <sys/signalfd.h>

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "duration.h"
#include "hail/crew.h"

/* Descriptors of a worker that are not connections, generously. */
#define DESCRIPTORS_SPARE 16

/* How long workers may take to end what is under way when told to. */
#define STOP_TIME (2 * NS_PER_S)

struct storm {
	const struct hail_options *options;
	const struct address_list *targets;
	struct result *result;
	struct crew crew;
	int signals;
	int64_t stop_deadline; /* NEVER until it was told to stop */
};

/* Raise RLIMIT_NOFILE as far as it goes; returns what it is then. */
static uint64_t
raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 1024;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur;
}

static unsigned
count_jobs(const struct hail_options *options, uint64_t connections)
{
	uint64_t jobs = options->jobs;

	if (jobs > connections)
		jobs = connections;
	if (options->concurrency != 0 && jobs > options->concurrency)
		jobs = options->concurrency;
	return (unsigned)jobs;
}

/* The plan of the whole run; UINT64_MAX connections when -d decides alone. */
static void
draw_plan(const struct storm *storm, struct worker_plan *plan, unsigned *jobs)
{
	const struct hail_options *options = storm->options;
	uint64_t descriptors = raise_descriptors(), due;

	*plan = (struct worker_plan){
	    .targets = storm->targets,
	    .sources = &options->sources,
	    .expectation = &options->expectation,
	    .connect_timeout = options->connect_timeout,
	    .first_byte_timeout = options->first_byte_timeout,
	    .timeout = options->timeout,
	    .half_close = options->half_close,
	    .connections = options->connections,
	    .concurrency = options->concurrency,
	    .duration = options->duration,
	    .rate = options->rate,
	};
	if (plan->connect_timeout == 0)
		plan->connect_timeout = plan->timeout;
	if (plan->first_byte_timeout == 0)
		plan->first_byte_timeout = plan->timeout;
	if (plan->connections == 0)
		plan->connections = UINT64_MAX;
	if (plan->rate > 0 && plan->duration != 0) {
		due = (uint64_t)ceil(
		    plan->rate * (double)plan->duration / (double)NS_PER_S -
		    1e-6);
		if (due < plan->connections)
			plan->connections = due > 0 ? due : 1;
	}
	*jobs = count_jobs(options, plan->connections);
	/* An open loop without -c has as many places as descriptors. */
	if (plan->concurrency == 0)
		plan->concurrency = *jobs *
		    (descriptors > 2 * DESCRIPTORS_SPARE
			    ? descriptors - DESCRIPTORS_SPARE
			    : DESCRIPTORS_SPARE);
	if (plan->concurrency > plan->connections)
		plan->concurrency = plan->connections;
}

static void
stop(struct storm *storm)
{
	crew_stop(&storm->crew);
	if (storm->stop_deadline == NEVER)
		storm->stop_deadline = monotonic_now() + STOP_TIME;
}

static void
take_signal(struct storm *storm)
{
	struct signalfd_siginfo info;

	if (read(storm->signals, &info, sizeof(info)) == -1)
		return;
	storm->result->interrupted = true;
	stop(storm);
}

/* Wait until all workers are gone. */
static void
watch(struct storm *storm)
{
	struct crew *crew = &storm->crew;
	struct pollfd polled[CREW_MAX + 1];
	unsigned i;
	int ready;

	for (i = 0; i < crew->count; i++)
		polled[i] = (struct pollfd){.fd = crew->ready[i]};
	polled[i] = (struct pollfd){storm->signals, POLLIN, 0};
	while (crew->alive > 0) {
		ready = poll(polled, crew->count + 1,
		    poll_timeout(storm->stop_deadline));
		if (ready > 0 && polled[crew->count].revents != 0)
			take_signal(storm);
		for (i = 0; ready > 0 && i < crew->count; i++)
			if (polled[i].revents != 0) {
				crew_bury(crew, i);
				polled[i].fd = -1;
			}
		if (monotonic_now() >= storm->stop_deadline)
			crew_kill(crew);
	}
}

static int64_t
epoch_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* What is known of the run before it begins. */
static void
describe(
    const struct storm *storm, const struct worker_plan *plan, unsigned jobs)
{
	const struct hail_options *options = storm->options;
	struct result *result = storm->result;
	char digest[EXPECTATION_DIGEST_SIZE], name[ADDRESS_STRLEN];
	uint64_t id[2] = {0};
	size_t i;

	arc4random_buf(id, sizeof(id));
	snprintf(result->id, sizeof(result->id), "%016jx%016jx",
	    (uintmax_t)id[0], (uintmax_t)id[1]);
	gethostname(result->host, sizeof(result->host) - 1);
	snprintf(result->target, sizeof(result->target),
	    strchr(options->host, ':') ? "[%s]:%s" : "%s:%s", options->host,
	    options->port);
	for (i = 0; i < storm->targets->count && i < RESULT_TARGETS; i++)
		snprintf(result->addresses[i], RESULT_WORDS, "%s",
		    address_format(&storm->targets->at[i], name));
	result->address_count = (unsigned)i;
	result->concurrency = plan->concurrency;
	result->jobs = jobs;
	result->rate_asked = plan->rate;
	result->duration_asked = plan->duration;
	result->connect_timeout = plan->connect_timeout;
	result->first_byte_timeout = plan->first_byte_timeout;
	result->timeout = plan->timeout;
	result->greeting_length = expectation_length(plan->expectation);
	if (!plan->expectation->any)
		snprintf(result->greeting_digest,
		    sizeof(result->greeting_digest), "%s",
		    expectation_digest(plan->expectation, digest));
	result->half_close = plan->half_close;
	result->merged = 1;
}

static int
catch_signals(sigset_t *before)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	/* Blocked in the workers too: they end when their parent says so. */
	sigprocmask(SIG_BLOCK, &mask, before);
	return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
run_crew(struct storm *storm, const struct worker_plan *plan)
{
	struct result *result = storm->result;
	int64_t start, finish;

	start = crew_go(&storm->crew);
	result->start = epoch_now() + start - monotonic_now();
	watch(storm);
	finish = crew_sum(&storm->crew, &result->tally);
	result->end = result->start +
	    (finish > start ? finish - start : monotonic_now() - start);
	result->planned = plan->connections;
	/* When -d alone decides, what was started is what was planned. */
	if (plan->rate == 0 && plan->duration != 0)
		result->planned = result->tally.started;
}

int
storm_run(const struct hail_options *options,
    const struct address_list *targets, struct result *result,
    struct reason *why)
{
	struct storm storm = {
	    .options = options,
	    .targets = targets,
	    .result = result,
	    .stop_deadline = NEVER,
	};
	struct worker_plan plan;
	sigset_t mask;
	unsigned jobs;
	int failed;

	storm.signals = catch_signals(&mask);
	if (storm.signals == -1)
		return reason_set(
		    why, EX_OSERR, "signalfd: %s", strerror(errno));
	draw_plan(&storm, &plan, &jobs);
	describe(&storm, &plan, jobs);
	failed = crew_muster(&storm.crew, jobs, &plan, why);
	if (failed == 0) {
		run_crew(&storm, &plan);
		crew_free(&storm.crew);
	}
	close(storm.signals);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return failed;
}
