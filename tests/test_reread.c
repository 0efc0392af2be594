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

static void
assert_stream(const struct reread *reread, const char *content)
{
	struct reason why;
	char line[32] = "";
	FILE *stream;

	stream = reread_stream(reread, &why);
	cr_assert_not_null(stream, "%s", why.text);
	cr_expect_not_null(fgets(line, sizeof(line), stream));
	cr_expect_str_eq(line, content);
	fclose(stream);
}

Test(reread, a_stream_begins_at_the_start_each_time)
{
	char path[SCRATCH_PATH];
	struct reread reread;

	open_file(&reread, path);
	assert_stream(&reread, "one");
	assert_stream(&reread, "one");
	scratch_overwrite(path, "seventeen", 9);
	assert_stream(&reread, "seventeen");
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
	cr_assert_eq(write(ends[1], "once\n", 5), 5);
	assert_stream(&reread, "once\n");
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
