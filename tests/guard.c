#include "guard.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "duration.h"

#define GROUPS 256

static int orders = -1;
static pid_t test;

struct order {
	pid_t add, remove; /* groups; 0: none */
	char directory[GUARD_PATH];
};

static void
remove_directory(const char *path)
{
	struct dirent *entry;
	DIR *dir = opendir(path);

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), entry->d_name, 0);
	rmdir(path);
}

/* The next order; false when the test has ended, or never will. */
static bool
next_order(int inbox, struct order *order, int64_t until)
{
	struct pollfd event = {.fd = inbox, .events = POLLIN};

	if (poll(&event, 1, poll_timeout(until)) == 0) {
		if (getppid() == test)
			kill(test, SIGKILL);
		return false;
	}
	return read(inbox, order, sizeof(*order)) == sizeof(*order);
}

static void
watch(int inbox)
{
	const int64_t until = deadline_of_a_test();
	char directory[GUARD_PATH] = "";
	pid_t groups[GROUPS] = {0};
	struct order order;
	size_t i;

	while (next_order(inbox, &order, until)) {
		for (i = 0; i < GROUPS && groups[i] != order.remove; i++)
			;
		if (i < GROUPS)
			groups[i] = order.add;
		if (order.directory[0] != '\0')
			memcpy(directory, order.directory, GUARD_PATH);
	}
	for (i = 0; i < GROUPS; i++)
		if (groups[i] != 0)
			kill(-groups[i], SIGKILL);
	if (directory[0] != '\0')
		remove_directory(directory);
}

static void
start_guard(void)
{
	int ends[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0, "pipe: %m");
	test = getpid();
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
order_guard(const struct order *order)
{
	ssize_t sent;

	if (orders == -1)
		start_guard();
	sent = write(orders, order, sizeof(*order));
	cr_assert_eq(sent, (ssize_t)sizeof(*order), "the guard: %m");
}

void
guard_add(pid_t group)
{
	order_guard(&(struct order){.add = group});
}

void
guard_remove(pid_t group)
{
	order_guard(&(struct order){.remove = group});
}

void
guard_directory(const char *path)
{
	struct order order = {0};

	cr_assert_lt(
	    snprintf(order.directory, GUARD_PATH, "%s", path), GUARD_PATH);
	order_guard(&order);
}
