#include "haild/steward.h"

#include <sys/mman.h>

#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sysexits.h>

#include "haild/unshared.h"

/* An acceptor that the steward forks lives on a copy of its stack. */
#define STACK_SIZE ((size_t)1 << 20)
#define GUARD_SIZE ((size_t)1 << 16)

static struct {
	bool there;
	char *stack; /* the guard first */
	sem_t asked, done;
	void (*task)(void *);
	void *argument;
	int error; /* errno after the task */
} steward;

static void
await(sem_t *semaphore)
{
	while (sem_wait(semaphore) == -1)
		continue;
}

static int
serve(void *nothing)
{
	(void)nothing;
	for (;;) {
		await(&steward.asked);
		steward.task(steward.argument);
		steward.error = errno;
		sem_post(&steward.done);
	}
	return 0;
}

/* A stack that children do not inherit: each mapping costs them 2 us. */
static char *
map_stack(void)
{
	char *stack;

	stack = unshared_map(GUARD_SIZE + STACK_SIZE);
	if (stack != NULL)
		mprotect(stack, GUARD_SIZE, PROT_NONE);
	return stack;
}

/*
 * Not by pthread_create(3): a C library that knows of two threads makes each
 * call that could be cancelled write to memory, which is a page to copy for
 * each fork, in parent and child, and cost a connection 7 us in all. Nothing
 * is amiss if it does not know, because the two take turns: they are one
 * thread to it, with two stacks.
 */
int
steward_start(struct reason *why)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
	    CLONE_THREAD | CLONE_SYSVSEM;

	sem_init(&steward.asked, 0, 0);
	sem_init(&steward.done, 0, 0);
	steward.stack = map_stack();
	if (steward.stack == NULL ||
	    clone(serve, steward.stack + GUARD_SIZE + STACK_SIZE, flags,
		NULL) == -1)
		return reason_set(
		    why, EX_OSERR, "no second thread: %s", strerror(errno));
	steward.there = true;
	return 0;
}

void
steward_share(bool on)
{
	if (steward.there)
		madvise(steward.stack, GUARD_SIZE + STACK_SIZE,
		    on ? MADV_DOFORK : MADV_DONTFORK);
}

void
steward_do(void (*task)(void *), void *argument)
{
	if (!steward.there) {
		task(argument);
		return;
	}
	steward.task = task;
	steward.argument = argument;
	sem_post(&steward.asked);
	await(&steward.done);
	errno = steward.error;
}

struct order {
	pid_t pid;
	int signal;
};

static void
carry_out(void *argument)
{
	const struct order *order = argument;

	kill(order->pid, order->signal);
}

void
steward_kill(pid_t pid, int signal)
{
	struct order order = {pid, signal};

	steward_do(carry_out, &order);
}
