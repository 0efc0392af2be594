#include "haild/shelf.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "machine.h"
#include "procfs.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* More than twice what one message holds, 253. */
#define MANY 520

/* Files that can be told apart, and who they are. */
static int files[MANY];
static ino_t inodes[MANY];

static ino_t
inode_of(int file)
{
	struct stat status;

	cr_assert_eq(fstat(file, &status), 0, "%d: %m", file);
	return status.st_ino;
}

/* A shelf with so many; the test keeps none of them open. */
static int
shelf_of(size_t count)
{
	size_t i;
	int shelf;

	for (i = 0; i < count; i++) {
		files[i] = memfd_create("on the shelf", MFD_CLOEXEC);
		cr_assert_neq(files[i], -1, "%m");
		inodes[i] = inode_of(files[i]);
	}
	shelf = shelf_put(files, count);
	cr_assert_neq(shelf, -1, "%m");
	for (i = 0; i < count; i++)
		cr_assert_eq(close(files[i]), 0, "they are the caller's");
	return shelf;
}

/* Copy the first of them, look at them, and close them. */
static void
assert_copies(int shelf, size_t count)
{
	const int before = procfs_descriptors(getpid());
	int copies[MANY + 1];
	size_t i;

	copies[count] = -77;
	cr_assert_eq(shelf_copy(shelf, copies, count), 0, "%m");
	cr_expect_eq(copies[count], -77, "one more was written");
	cr_expect_eq(procfs_descriptors(getpid()), before + (int)count);
	for (i = 0; i < count; i++) {
		cr_assert_eq(inode_of(copies[i]), inodes[i], "%zu", i);
		cr_assert_eq(fcntl(copies[i], F_GETFD), FD_CLOEXEC);
		close(copies[i]);
	}
}

struct count_row {
	size_t count;
};

ParameterizedTestParameters(shelf, what_was_put_there_is_copied_in_order)
{
	static struct count_row rows[] = {
	    {0}, {1}, {3}, {252}, {253}, {254}, {506}, {507}, {MANY}};

	return cr_make_param_array(struct count_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct count_row *row, shelf, what_was_put_there_is_copied_in_order)
{
	assert_copies(shelf_of(row->count), row->count);
}

Test(shelf, it_can_be_copied_again_and_again)
{
	const int shelf = shelf_of(300);
	int i;

	for (i = 0; i < 5; i++)
		assert_copies(shelf, 300);
}

Test(shelf, no_program_inherits_it)
{
	cr_expect_eq(fcntl(shelf_of(1), F_GETFD), FD_CLOEXEC);
}

ParameterizedTestParameters(shelf, the_first_of_them_can_be_had_alone)
{
	static struct count_row rows[] = {{0}, {1}, {252}, {253}, {260}, {519}};

	return cr_make_param_array(struct count_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct count_row *row, shelf, the_first_of_them_can_be_had_alone)
{
	const int shelf = shelf_of(MANY);

	assert_copies(shelf, row->count);
	assert_copies(shelf, MANY);
}

static void
assert_fails(int shelf, size_t count, int error)
{
	const int before = procfs_descriptors(getpid());
	int copies[MANY + 1];

	errno = 0;
	cr_expect_eq(shelf_copy(shelf, copies, count), -1);
	cr_expect_eq(errno, error, "%m");
	cr_expect_eq(procfs_descriptors(getpid()), before);
}

Test(shelf, who_asks_for_more_than_there_are_gets_none)
{
	const int shelf = shelf_of(253);

	assert_fails(shelf, 254, EMFILE);
	assert_fails(shelf, MANY, EMFILE);
	assert_copies(shelf, 253);
}

/* Within the first message, and within the second. */
Test(shelf, without_descriptors_for_all_none_is_open)
{
	const int shelf = shelf_of(300);

	machine_limit(RLIMIT_NOFILE, 100);
	assert_fails(shelf, 300, EMFILE);
	machine_limit(RLIMIT_NOFILE, 280);
	assert_fails(shelf, 300, EMFILE);
	machine_limit(RLIMIT_NOFILE, RLIM_INFINITY);
	assert_copies(shelf, 300);
}

Test(shelf, too_many_in_flight_are_refused_and_none_stays_open)
{
	int before, i;

	machine_be_fresh_user_or_skip();
	machine_limit(RLIMIT_NOFILE, 64);
	for (i = 0; i < MANY; i++)
		files[i] = STDIN_FILENO;
	before = procfs_descriptors(getpid());
	errno = 0;
	cr_expect_eq(shelf_put(files, MANY), -1);
	cr_expect_eq(errno, ETOOMANYREFS, "%m");
	cr_expect_eq(procfs_descriptors(getpid()), before);
	machine_limit(RLIMIT_NOFILE, RLIM_INFINITY);
}
