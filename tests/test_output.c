#include "hail/output.h"

#include <sys/stat.h>

#include <criterion/criterion.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "scratch.h"

static struct output output;
static struct reason why;
static char path[SCRATCH_PATH];

/* Fail unless the file holds just this text. */
static void
expect_contents(const char *text)
{
	FILE *file = fopen(path, "re");
	char have[64] = "";
	size_t length;

	cr_assert_not_null(file, "%s: %m", path);
	length = fread(have, 1, sizeof(have) - 1, file);
	fclose(file);
	cr_expect_eq(length, strlen(text));
	cr_expect_str_eq(have, text);
}

/* Whether nothing begins with the name of the file and goes on. */
static bool
nothing_beside(void)
{
	char pattern[SCRATCH_PATH + 2];
	glob_t found;
	bool nothing;

	snprintf(pattern, sizeof(pattern), "%s.*", path);
	nothing = glob(pattern, 0, NULL, &found) == GLOB_NOMATCH;
	globfree(&found);
	return nothing;
}

Test(output, the_old_file_stays_until_the_new_one_is_whole)
{
	scratch_write("file", "old", 3, path);
	cr_assert_eq(output_begin(&output, path, &why), 0);
	fputs("new", output.stream);
	fflush(output.stream);
	expect_contents("old");
	cr_assert_eq(output_finish(&output, &why), 0);
	expect_contents("new");
	cr_expect(nothing_beside());
}

Test(output, what_was_abandoned_leaves_no_trace)
{
	scratch_write("file", "old", 3, path);
	cr_assert_eq(output_begin(&output, path, &why), 0);
	fputs("new", output.stream);
	output_abandon(&output);
	expect_contents("old");
	cr_expect(nothing_beside());
}

Test(output, others_may_read_it_as_umask_says)
{
	struct stat status;

	umask(027);
	scratch_path("file", path);
	cr_assert_eq(output_begin(&output, path, &why), 0);
	cr_assert_eq(output_finish(&output, &why), 0);
	cr_assert_eq(stat(path, &status), 0);
	cr_expect_eq(status.st_mode & 0777, 0640);
}

Test(output, a_device_is_written_in_place)
{
	struct stat status;

	cr_assert_eq(output_begin(&output, "/dev/null", &why), 0);
	cr_assert_eq(output_finish(&output, &why), 0);
	cr_assert_eq(stat("/dev/null", &status), 0);
	cr_expect(S_ISCHR(status.st_mode));
}

Test(output, a_full_disk_is_told)
{
	cr_assert_eq(output_begin(&output, "/dev/full", &why), 0);
	fputs("text", output.stream);
	cr_assert_eq(output_finish(&output, &why), -1);
	cr_expect_str_eq(why.text, "/dev/full: No space left on device");
}

Test(output, a_folder_that_is_not_there_is_told)
{
	cr_assert_eq(output_begin(&output, "/nowhere/file", &why), -1);
	cr_expect_str_eq(why.text, "/nowhere/file: No such file or directory");
	cr_expect_eq(why.status, EX_NOINPUT);
}
