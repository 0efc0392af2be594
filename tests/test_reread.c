#include "haild/reread.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "scratch.h"

static void
open_file(struct reread *reread, char path[SCRATCH_PATH])
{
	struct reason why;

	scratch_write("file", "one", 3, path);
	cr_assert_eq(reread_open(reread, path, &why), 0, "%s", why.text);
}

Test(reread, a_file_that_was_written_into_is_the_same)
{
	char path[SCRATCH_PATH], bytes[8];
	struct reread reread;
	struct reason why;

	open_file(&reread, path);
	cr_assert_eq(reread_check(&reread, &why), 0);
	scratch_overwrite(path, "seven", 5);
	cr_assert_eq(reread_check(&reread, &why), 0, "%s", why.text);
	cr_assert_eq(pread(reread.file, bytes, sizeof(bytes), 0), 5);
	cr_assert_eq(memcmp(bytes, "seven", 5), 0);
	close(reread.file);
}

Test(reread, a_file_that_another_took_the_place_of_is_refused)
{
	struct reread reread;
	char path[SCRATCH_PATH];
	struct reason why;

	open_file(&reread, path);
	scratch_write("file", "two", 3, path);
	cr_assert_eq(reread_check(&reread, &why), -1);
	cr_assert_eq(why.status, EX_NOINPUT);
	cr_assert_eq(strncmp(why.text, path, strlen(path)), 0);
	cr_assert_not_null(strstr(why.text, ": was replaced or removed"));
	close(reread.file);
}

Test(reread, a_pipe_cannot_be_read_twice)
{
	struct reread reread = {.path = "p"};
	struct reason why;
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	reread.file = ends[0];
	cr_assert_eq(reread_check(&reread, &why), -1);
	cr_assert_str_eq(why.text, "p: not a file that can be read twice");
	close(ends[0]);
	close(ends[1]);
}

Test(reread, a_file_that_is_not_there_is_named)
{
	struct reread reread;
	struct reason why;

	cr_assert_eq(reread_open(&reread, "/nowhere/at all", &why), -1);
	cr_assert_eq(why.status, EX_NOINPUT);
	cr_assert_str_eq(
	    why.text, "/nowhere/at all: No such file or directory");
}
