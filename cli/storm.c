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
#include "hail/crew.h"
#include "hail/plan.h"
#include "hail/progress.h"
#include "hail/witness.h"

/* How long workers may take to end what is under way when told to. */
#define STOP_TIME (2 * NS_PER_S)

struct storm {
	const struct hail_options *options;
	struct worker_plan plan;
	struct result *result;
	struct crew crew;
	struct progress progress;
	struct witness witness;
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

/* What poll(2) may wait for, in ms. */
static int
patience(const struct storm *storm)
{
	int64_t next = storm->stop_deadline;

	if (storm->progress.next < next)
		next = storm->progress.next;
	if (storm->witness.next_look < next)
		next = storm->witness.next_look;
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
		witness_look(&storm->witness);
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

/* Run the crew from its go until the last one is gone; when it started. */
static int64_t
run_crew(struct storm *storm)
{
	const struct hail_options *options = storm->options;
	int64_t start = crew_go(&storm->crew);

	storm->result->start = epoch_now() + start - monotonic_now();
	progress_start(&storm->progress, options->quiet, options->color);
	watch(storm);
	progress_end(&storm->progress);
	return start;
}

/* Close the books of a run that started then. */
static void
sum_up(struct storm *storm, int64_t start)
{
	struct result *result = storm->result;
	struct tally *tally = &result->tally;
	int64_t finish = crew_sum(&storm->crew, tally);
	struct rusage usage;

	result->end = result->start + (finish > start ? finish - start : 1);
	result->planned = storm->plan.connections;
	/* When -d alone decides, what was started is what was planned. */
	if (storm->plan.rate == 0 && storm->plan.duration != 0)
		result->planned = tally->started;
	getrusage(RUSAGE_SELF, &usage);
	if (usage.ru_maxrss * 1024 > tally->peak_memory)
		tally->peak_memory = usage.ru_maxrss * 1024;
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
	};
	sigset_t mask;
	unsigned jobs;
	int64_t start;
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
		witness_open(&storm.witness, targets);
		start = run_crew(&storm);
		witness_close(&storm.witness, result, evidence);
		sum_up(&storm, start);
		keep_evidence(&storm, evidence);
		crew_free(&storm.crew);
	}
	close(storm.signals);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return failed;
}
