#include "haild/steward.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Who does what is asked for, and what comes of it. */
struct errand {
	pid_t by; /* which thread */
	int calls;
};

static void
run(void *argument)
{
	struct errand *errand = argument;

	errand->by = gettid();
	errand->calls++;
	errno = EXDEV;
}

Test(steward, without_one_a_task_is_done_by_who_asks)
{
	struct errand errand = {.calls = 0};

	steward_do(run, &errand);
	cr_expect_eq(errand.calls, 1);
	cr_expect_eq(errand.by, gettid());
}

Test(steward, it_does_each_task_once_and_is_waited_for)
{
	struct errand errand = {.calls = 0};
	struct reason why;
	int i;

	cr_assert_eq(steward_start(&why), 0, "%s", why.text);
	for (i = 1; i <= 1000; i++) {
		errno = 0;
		steward_do(run, &errand);
		cr_assert_eq(errand.calls, i);
		cr_assert_eq(errno, EXDEV);
	}
	cr_expect_neq(errand.by, gettid());
}

Test(steward, it_ends_processes)
{
	struct reason why;
	int status;
	pid_t pid;

	cr_assert_eq(steward_start(&why), 0, "%s", why.text);
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	steward_kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFSIGNALED(status));
	cr_expect_eq(WTERMSIG(status), SIGKILL);
}
