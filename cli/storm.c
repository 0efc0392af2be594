#include "hail/storm.h"

#include <sys/resource.h>
#include <sys/signalfd.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "duration.h"
#include "hail/accept_queue.h"
#include "hail/crew.h"
#include "hail/netstat.h"
#include "hail/plan.h"
#include "hail/progress.h"

/* How long workers may take to end what is under way when told to. */
#define STOP_TIME (2 * NS_PER_S)

/* A look at the accept queues may cost so much of a processor at most. */
#define LOOK_INTERVAL_MIN (5 * NS_PER_MS)
#define LOOK_COST_FACTOR  50

struct storm {
	const struct hail_options *options;
	struct worker_plan plan;
	struct result *result;
	struct crew crew;
	struct progress progress;
	struct accept_queue queue;
	int64_t next_look; /* at the accept queues, NEVER: nothing to see */
	int signals;
	int64_t stop_deadline; /* NEVER until it was told to stop */
};

/* Raise RLIMIT_NOFILE as far as it goes; returns what it is then. */
static uint64_t
raise_descriptors(void)
{
	struct rlimit limit = {0};

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur;
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
take_signal(struct storm *storm)
{
	struct signalfd_siginfo info;

	if (read(storm->signals, &info, sizeof(info)) == -1)
		return;
	storm->result->interrupted = true;
	crew_stop(&storm->crew);
	if (storm->stop_deadline == NEVER)
		storm->stop_deadline = monotonic_now() + STOP_TIME;
}

static void
show_progress(struct storm *storm)
{
	struct progress_state state = {
	    .planned = storm->plan.connections,
	    .duration = storm->plan.duration,
	};
	enum outcome i;

	if (monotonic_now() < storm->progress.next)
		return;
	/* Ended before started: none is seen to end before it starts. */
	for (i = OUTCOME_OK; i < OUTCOMES; i++)
		state.failed += crew_ended(&storm->crew, i);
	state.ended = state.failed;
	state.failed -= crew_ended(&storm->crew, OUTCOME_OK);
	state.started = crew_started(&storm->crew);
	progress_show(&storm->progress, &state);
}

static void
look_at_queues(struct storm *storm)
{
	int64_t interval;

	if (monotonic_now() < storm->next_look)
		return;
	if (accept_queue_look(&storm->queue) == -1) {
		storm->next_look = NEVER;
		return;
	}
	interval = LOOK_COST_FACTOR * storm->queue.cost;
	storm->next_look = monotonic_now() +
	    (interval > LOOK_INTERVAL_MIN ? interval : LOOK_INTERVAL_MIN);
}

/* What poll(2) may wait for, in ms. */
static int
patience(const struct storm *storm)
{
	int64_t next = storm->stop_deadline;

	if (storm->progress.next < next)
		next = storm->progress.next;
	if (storm->next_look < next)
		next = storm->next_look;
	return poll_timeout(next);
}

/* Watch the workers until the last of them is gone. */
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
		ready = poll(polled, crew->count + 1, patience(storm));
		if (ready > 0 && polled[crew->count].revents != 0)
			take_signal(storm);
		for (i = 0; ready > 0 && i < crew->count; i++) {
			if (polled[i].revents == 0)
				continue;
			crew_bury(crew, i);
			polled[i].fd = -1;
		}
		look_at_queues(storm);
		show_progress(storm);
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

/* Run the crew from go to the last one gone, the clocks and counters too. */
static void
run_crew(struct storm *storm)
{
	struct result *result = storm->result;
	struct rusage usage;
	int64_t before[COUNTERS], after[COUNTERS], start, finish;
	int i;

	result->counters_known = netstat_read(before) == 0;
	start = crew_go(&storm->crew);
	result->start = epoch_now() + start - monotonic_now();
	progress_start(
	    &storm->progress, storm->options->quiet, storm->options->color);
	watch(storm);
	progress_end(&storm->progress);
	if (storm->next_look != NEVER)
		accept_queue_look(&storm->queue);
	if (netstat_read(after) == -1)
		result->counters_known = false;
	for (i = 0; result->counters_known && i < COUNTERS; i++)
		result->counters[i] = after[i] - before[i];
	finish = crew_sum(&storm->crew, &result->tally);
	getrusage(RUSAGE_SELF, &usage);
	if (usage.ru_maxrss * 1024 > result->tally.peak_memory)
		result->tally.peak_memory = usage.ru_maxrss * 1024;
	result->end = result->start + (finish > start ? finish - start : 1);
	result->planned = storm->plan.connections;
	/* When -d alone decides, what was started is what was planned. */
	if (storm->plan.rate == 0 && storm->plan.duration != 0)
		result->planned = result->tally.started;
}

static void
keep_queue(const struct storm *storm, struct evidence *evidence)
{
	const struct accept_queue *queue = &storm->queue;
	struct result *result = storm->result;

	result->queue_known = true;
	result->queue_listeners = queue->listeners;
	result->queue_backlog = queue->backlog;
	result->queue_peak = queue->peak;
	evidence->drops = queue->drops;
	/* A look now and then may miss what the kernel noticed. */
	if (result->counters_known && queue->drops > 0 &&
	    result->counters[COUNTER_LISTEN_OVERFLOWS] > 0)
		result->queue_peak = queue->backlog + 1;
}

/* What the workers saw; the address that answered, else the user's words. */
static void
keep_evidence(const struct storm *storm, struct evidence *evidence)
{
	const struct address_list *targets = storm->plan.targets;
	const struct crew *crew = &storm->crew;
	const struct worker_share *share;
	int64_t first = NEVER;
	uint64_t used = 0;
	unsigned i;

	for (i = 0; i < crew->count; i++) {
		share = &crew->shares[i];
		used |= share->targets_used;
		evidence->delayed += share->delayed;
		evidence->delayed_syns += share->delayed_syns;
		if (share->local_error != 0)
			evidence->local_error = share->local_error;
		if (share->difference_started == 0 ||
		    share->difference_started >= first)
			continue;
		first = share->difference_started;
		evidence->differs = true;
		evidence->difference = share->difference;
	}
	if (used == 0 && targets->count > 1)
		strlcpy(evidence->target, storm->result->target,
		    sizeof(evidence->target));
	else
		address_format(
		    &targets->at[used == 0 ? 0 : __builtin_ctzll(used)],
		    evidence->target);
	evidence->workers_dead = crew->killed;
	strlcpy(evidence->obituary, crew->obituary, sizeof(evidence->obituary));
}

int
storm_run(const struct hail_options *options,
    const struct address_list *targets, struct result *result,
    struct evidence *evidence, struct reason *why)
{
	struct storm storm = {
	    .options = options,
	    .result = result,
	    .stop_deadline = NEVER,
	    .next_look = NEVER,
	};
	sigset_t mask;
	unsigned jobs;
	int failed;

	storm.signals = catch_signals(&mask);
	if (storm.signals == -1)
		return reason_set(
		    why, EX_OSERR, "signalfd: %s", strerror(errno));
	memset(evidence, 0, sizeof(*evidence));
	evidence->descriptors = raise_descriptors();
	jobs = plan_draw(&storm.plan, options, targets, evidence->descriptors);
	plan_describe(&storm.plan, jobs, options, result);
	failed = crew_muster(&storm.crew, jobs, &storm.plan, why);
	if (failed == 0) {
		evidence->local = accept_queue_open(&storm.queue, targets);
		if (evidence->local)
			storm.next_look = monotonic_now();
		run_crew(&storm);
		if (evidence->local)
			keep_queue(&storm, evidence);
		accept_queue_close(&storm.queue);
		keep_evidence(&storm, evidence);
		crew_free(&storm.crew);
	}
	close(storm.signals);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return failed;
}
