#include "guard.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define GROUPS 256

static int orders = -1;

/* An order is a group to watch, or its negative: no longer. */
static void
watch(int inbox)
{
	pid_t groups[GROUPS] = {0}, order, find;
	size_t i;

	while (read(inbox, &order, sizeof(order)) == sizeof(order)) {
		find = order > 0 ? 0 : -order;
		for (i = 0; i < GROUPS && groups[i] != find; i++)
			;
		if (i < GROUPS)
			groups[i] = order > 0 ? order : 0;
	}
	for (i = 0; i < GROUPS; i++)
		if (groups[i] != 0)
			kill(-groups[i], SIGKILL);
}

static void
start_guard(void)
{
	int ends[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0, "pipe: %m");
	switch (fork()) {
	case -1:
		cr_assert_fail("fork: %m");
	case 0:
		/* Out of reach of a Ctrl-C, which ends the test first. */
		setpgid(0, 0);
		dup2(ends[0], 3);
		closefrom(4);
		watch(3);
		_exit(0);
	}
	close(ends[0]);
	orders = ends[1];
}

static void
order_guard(pid_t order)
{
	ssize_t sent;

	if (orders == -1)
		start_guard();
	sent = write(orders, &order, sizeof(order));
	cr_assert_eq(sent, (ssize_t)sizeof(order), "the guard: %m");
}

void
guard_add(pid_t group)
{
	order_guard(group);
}

void
guard_remove(pid_t group)
{
	order_guard(-group);
}
