#include "hail/crew.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "duration.h"

/* Long enough for each worker to wake up and wait for the same instant. */
#define HEAD_START (3 * NS_PER_MS)

/* Worker number's part of an amount: the first ones take the remainder. */
static uint64_t
part_of(uint64_t amount, unsigned number, unsigned jobs)
{
	if (amount == UINT64_MAX)
		return amount;
	return amount / jobs + (number < amount % jobs);
}

static void __attribute__((noreturn)) work(struct crew *crew, unsigned number,
    const struct worker_plan *plan, unsigned jobs, int control, int ready)
{
	struct worker_share *share = &crew->shares[number];
	struct worker_plan mine = *plan;
	unsigned i;

	close(crew->control);
	for (i = 0; i < number; i++)
		close(crew->ready[i]);
	mine.connections = part_of(plan->connections, number, jobs);
	mine.concurrency = part_of(plan->concurrency, number, jobs);
	mine.first = number;
	mine.stride = jobs;
	if (worker_run(&mine, share, control, ready) == -1) {
		share->broken = errno;
		_exit(EX_OSERR);
	}
	_exit(0);
}

/* Fork the next worker; -1 with errno. */
static int
enlist(struct crew *crew, const struct worker_plan *plan, unsigned jobs,
    int control)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	if ((pid = fork()) == -1) {
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	if (pid == 0) {
		close(ends[0]);
		work(crew, crew->count, plan, jobs, control, ends[1]);
	}
	close(ends[1]);
	crew->pids[crew->count] = pid;
	crew->ready[crew->count++] = ends[0];
	crew->alive++;
	return 0;
}

/* Wait until worker number is ready or dead. */
static void
await(struct crew *crew, unsigned number)
{
	ssize_t got;
	char byte;

	do
		got = read(crew->ready[number], &byte, 1);
	while (got == -1 && errno == EINTR);
	if (got != 1)
		crew_bury(crew, number);
}

int
crew_muster(struct crew *crew, unsigned jobs, const struct worker_plan *plan,
    struct reason *why)
{
	int ends[2], failed = 0;
	unsigned i;

	memset(crew, 0, sizeof(*crew));
	crew->shares = mmap(NULL, jobs * sizeof(*crew->shares),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (crew->shares == MAP_FAILED)
		return reason_set(why, EX_OSERR, "no memory for %u jobs: %s",
		    jobs, strerror(errno));
	if (pipe2(ends, O_CLOEXEC) == -1) {
		reason_set(why, EX_OSERR, "pipe: %s", strerror(errno));
		munmap(crew->shares, jobs * sizeof(*crew->shares));
		return -1;
	}
	crew->control = ends[1];
	while (crew->count < jobs && failed == 0)
		if (enlist(crew, plan, jobs, ends[0]) == -1)
			failed = errno;
	close(ends[0]);
	for (i = 0; i < crew->count; i++)
		await(crew, i);
	if (failed == 0 && crew->alive == jobs)
		return 0;
	reason_set(why, EX_OSERR, "cannot start %u jobs: %s", jobs,
	    failed != 0 ? strerror(failed) : crew->obituary);
	crew_stop(crew);
	for (i = 0; i < crew->count; i++)
		crew_bury(crew, i);
	crew_free(crew);
	return -1;
}

int64_t
crew_go(struct crew *crew)
{
	int64_t start = monotonic_now() + HEAD_START;
	unsigned i;

	for (i = 0; i < crew->count; i++)
		crew->shares[i].start = start;
	/* One byte for each: none can take another's and go on. */
	for (i = 0; i < crew->count; i++)
		while (write(crew->control, "", 1) == -1 && errno == EINTR)
			continue;
	return start;
}

void
crew_stop(struct crew *crew)
{
	if (crew->control != -1)
		close(crew->control);
	crew->control = -1;
}

void
crew_kill(struct crew *crew)
{
	unsigned i;

	for (i = 0; i < crew->count; i++)
		if (crew->pids[i] != 0)
			kill(crew->pids[i], SIGKILL);
}

/* What became of worker number, if it was not what should have. */
static void
write_obituary(struct crew *crew, unsigned number, int status)
{
	const struct tally *tally = &crew->shares[number].tally;

	if (status == 0)
		return;
	crew->killed++;
	crew->orphaned += tally->started - tally_ended(tally);
	if (WIFSIGNALED(status))
		snprintf(crew->obituary, sizeof(crew->obituary),
		    "killed by signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		snprintf(crew->obituary, sizeof(crew->obituary), "%s",
		    strerror(crew->shares[number].broken));
}

void
crew_bury(struct crew *crew, unsigned number)
{
	struct rusage usage;
	int status;

	if (crew->pids[number] == 0)
		return;
	while (wait4(crew->pids[number], &status, 0, &usage) == -1)
		if (errno != EINTR)
			return;
	crew->pids[number] = 0;
	close(crew->ready[number]);
	crew->ready[number] = -1;
	crew->alive--;
	crew->cpu_ns +=
	    (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_S +
	    (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * NS_PER_US;
	if (usage.ru_maxrss * 1024 > crew->peak_memory)
		crew->peak_memory = usage.ru_maxrss * 1024;
	write_obituary(crew, number, status);
}

uint64_t
crew_started(const struct crew *crew)
{
	uint64_t started = 0;
	unsigned i;

	for (i = 0; i < crew->count; i++)
		started += __atomic_load_n(
		    &crew->shares[i].tally.started, __ATOMIC_RELAXED);
	return started;
}

uint64_t
crew_ended(const struct crew *crew, enum outcome outcome)
{
	uint64_t ended = 0;
	unsigned i;

	for (i = 0; i < crew->count; i++)
		ended += __atomic_load_n(
		    &crew->shares[i].tally.ended[outcome], __ATOMIC_RELAXED);
	return ended;
}

int64_t
crew_sum(const struct crew *crew, struct tally *tally)
{
	int64_t finish = 0;
	unsigned i;

	for (i = 0; i < crew->count; i++) {
		tally_add(tally, &crew->shares[i].tally);
		if (crew->shares[i].finish > finish)
			finish = crew->shares[i].finish;
	}
	tally->ended[OUTCOME_ABORTED] += crew->orphaned;
	tally->cpu_ns += crew->cpu_ns;
	if (crew->peak_memory > tally->peak_memory)
		tally->peak_memory = crew->peak_memory;
	return finish;
}

void
crew_free(struct crew *crew)
{
	unsigned i;

	crew_stop(crew);
	for (i = 0; i < crew->count; i++)
		if (crew->ready[i] != -1)
			close(crew->ready[i]);
	munmap(crew->shares, crew->count * sizeof(*crew->shares));
}
