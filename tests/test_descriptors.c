#include "haild/descriptors.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define REPORT 256

/* So that a test can go on without any descriptor, a process does it. */
static char *report; /* what it said, shared with it */

static void
map_report(void)
{
	report = mmap(NULL, REPORT, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(report, MAP_FAILED, "%m");
}

TestSuite(descriptors, .init = map_report);

/* In the process: exactly these are open. */
static void
have_open(const char *numbers)
{
	const int file = open("/", O_PATH | O_CLOEXEC);
	const int source = fcntl(file, F_DUPFD_CLOEXEC, 150);
	const char *rest = numbers;
	char *end;
	long number;

	if (source == -1)
		_exit(2);
	close_range(0, 149, 0);
	close_range(151, ~0U, 0);
	while (number = strtol(rest, &end, 10), end != rest) {
		dup3(source, (int)number, O_CLOEXEC);
		rest = end;
	}
	close(source);
}

/* In the process: which are open, those of /dev/null with "n". */
static void
say_open(void)
{
	struct stat status;
	char *to = report;
	int i;

	for (i = 0; i < 150; i++)
		if (fstat(i, &status) == 0)
			to += sprintf(to, "%d%s ", i,
			    S_ISCHR(status.st_mode) &&
				    status.st_rdev == makedev(1, 3)
				? "n"
				: "");
}

static void
await_end(pid_t pid)
{
	int status;

	cr_assert_neq(pid, -1, "fork: %m");
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0, "%#x", status);
}

struct row {
	char before[32];
	char after[32];
	int one, other;
};

ParameterizedTestParameters(descriptors, all_but_two_are_closed)
{
	static struct row rows[] = {
	    {"0 1 2 3 4 5 8 100", "0 1 2 3 ", 3, 3},
	    {"0 1 2 3 4 5 8 100", "0 1 2 5 ", 5, 5},
	    {"0 1 2 3 4 5 8 100", "0 1 2 100 ", 100, 100},
	    {"0 1 2 3 4 5 8 100", "0 1 2 3 100 ", 3, 100},
	    {"0 1 2 3 4 5 8 100", "0 1 2 3 100 ", 100, 3},
	    {"0 1 2 3 4 5 8 100", "0 1 2 4 5 ", 4, 5},
	    {"0 1 2 3 4 5 8 100", "0 1 2 4 8 ", 8, 4},
	    {"3 4", "4 ", 4, 4},
	};

	return cr_make_param_array(struct row, rows, COUNT(rows));
}

ParameterizedTest(
    struct row *row, descriptors, all_but_two_are_closed, .init = map_report)
{
	pid_t pid = fork();

	if (pid == 0) {
		have_open(row->before);
		descriptors_close_but(row->one, row->other);
		say_open();
		_exit(0);
	}
	await_end(pid);
	cr_expect_str_eq(report, row->after);
}

ParameterizedTestParameters(descriptors, all_but_one_are_closed)
{
	static struct row rows[] = {
	    {"0 1 2 3 4 5 8 100", "3 ", 3, 0},
	    {"0 1 2 3 4 5 8 100", "5 ", 5, 0},
	    {"0 1 2 3 4 5 8 100", "100 ", 100, 0},
	    {"3", "3 ", 3, 0},
	};

	return cr_make_param_array(struct row, rows, COUNT(rows));
}

ParameterizedTest(
    struct row *row, descriptors, all_but_one_are_closed, .init = map_report)
{
	pid_t pid = fork();

	if (pid == 0) {
		have_open(row->before);
		descriptors_keep(row->one);
		say_open();
		_exit(0);
	}
	await_end(pid);
	cr_expect_str_eq(report, row->after);
}

/* Those that are open stay what they are, and none is left over. */
ParameterizedTestParameters(descriptors, what_is_not_there_is_dev_null)
{
	static struct row rows[] = {
	    {"0 1 2", "0 1 2 ", 0, 0},
	    {"0 1", "0 1 2n ", 0, 0},
	    {"0 2", "0 1n 2 ", 0, 0},
	    {"1 2", "0n 1 2 ", 0, 0},
	    {"0", "0 1n 2n ", 0, 0},
	    {"1", "0n 1 2n ", 0, 0},
	    {"2", "0n 1n 2 ", 0, 0},
	    {"", "0n 1n 2n ", 0, 0},
	    {"1 3 5", "0n 1 2n 3 5 ", 0, 0},
	};

	return cr_make_param_array(struct row, rows, COUNT(rows));
}

ParameterizedTest(struct row *row, descriptors, what_is_not_there_is_dev_null,
    .init = map_report)
{
	pid_t pid = fork();

	if (pid == 0) {
		have_open(row->before);
		if (descriptors_fill_standard() == -1)
			_exit(1);
		say_open();
		_exit(0);
	}
	await_end(pid);
	cr_expect_str_eq(report, row->after);
}

ParameterizedTestParameters(descriptors, one_is_lowered_above_the_standard)
{
	static struct row rows[] = {
	    {"0 1 2 100", "0 1 2 3 ", 100, 3},
	    {"0 1 2 3 4 100", "0 1 2 3 4 5 ", 100, 5},
	    {"0 1 2 4 100", "0 1 2 3 4 ", 100, 3},
	    {"100", "3 ", 100, 3},
	    {"0 1 2 3", "0 1 2 3 ", 3, 3},
	    {"0 1 2 3 4 100", "0 1 2 3 4 100 ", 4, 4},
	};

	return cr_make_param_array(struct row, rows, COUNT(rows));
}

ParameterizedTest(struct row *row, descriptors,
    one_is_lowered_above_the_standard, .init = map_report)
{
	int descriptor = row->one;
	pid_t pid = fork();

	if (pid == 0) {
		have_open(row->before);
		descriptors_lower(&descriptor);
		if (descriptor != row->other)
			_exit(1);
		if (fcntl(descriptor, F_GETFD) != FD_CLOEXEC)
			_exit(2);
		say_open();
		_exit(0);
	}
	await_end(pid);
	cr_expect_str_eq(report, row->after);
}

/* Without a place for one more nothing changes. */
Test(descriptors, with_no_number_free_it_keeps_its_own)
{
	const struct rlimit limit = {.rlim_cur = 5, .rlim_max = 5};
	int descriptor = 100;
	pid_t pid = fork();

	if (pid == 0) {
		have_open("0 1 2 3 4 100");
		setrlimit(RLIMIT_NOFILE, &limit);
		descriptors_lower(&descriptor);
		if (descriptor != 100)
			_exit(1);
		if (descriptors_fill_standard() != -1 || errno != EMFILE)
			_exit(2);
		say_open();
		_exit(0);
	}
	await_end(pid);
	cr_expect_str_eq(report, "0 1 2 3 4 100 ");
}
