#include "hail/deliver.h"

#include <sys/stat.h>

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "sample.h"
#include "scratch.h"

static struct hail_options options;
static struct result result;
static struct reason why;
static char json[SCRATCH_PATH], hgrm[SCRATCH_PATH];

static void
fill(void)
{
	sample_fill(&result, 1);
	scratch_path("result.json", json);
	scratch_path("result.hgrm", hgrm);
}

TestSuite(deliver, .init = fill);

static bool
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* The first byte of a file: what kind it is. */
static int
first_byte(const char *path)
{
	FILE *file = fopen(path, "re");
	int byte;

	cr_assert_not_null(file, "%s: %m", path);
	byte = getc(file);
	fclose(file);
	return byte;
}

/* All that was printed on a stdout that is a file. */
static const char *
printed(void)
{
	static char text[65536];
	ssize_t length;

	fflush(stdout);
	length = pread(STDOUT_FILENO, text, sizeof(text) - 1, 0);
	cr_assert_geq(length, 0, "%m");
	text[length] = '\0';
	return text;
}

static void
print_to_file(void)
{
	char path[SCRATCH_PATH];
	int file;

	file = open(
	    scratch_path("stdout", path), O_RDWR | O_CREAT | O_TRUNC, 0600);
	cr_assert_neq(file, -1, "%m");
	cr_assert_neq(dup2(file, STDOUT_FILENO), -1, "%m");
	close(file);
}

Test(deliver, without_files_people_read_it)
{
	print_to_file();
	cr_assert_eq(deliver(&options, &result, &why), 0, "%s", why.text);
	cr_expect_not_null(strstr(printed(), "stranded"));
	cr_expect_null(strchr(printed(), '\033'), "a file has no colours");
}

Test(deliver, files_are_written_and_people_read_it_all_the_same)
{
	print_to_file();
	options.output = json;
	options.hgrm = hgrm;
	cr_assert_eq(deliver(&options, &result, &why), 0, "%s", why.text);
	cr_expect_eq(first_byte(json), '{');
	cr_expect(exists(hgrm));
	cr_expect_not_null(strstr(printed(), "stranded"));
}

/* There is no room for two. */
Test(deliver, what_goes_to_stdout_goes_there_alone)
{
	print_to_file();
	options.output = "-";
	cr_assert_eq(deliver(&options, &result, &why), 0, "%s", why.text);
	cr_expect_eq(printed()[0], '{');
	cr_expect_eq(strcmp(strrchr(printed(), '}'), "}\n"), 0);
}

Test(deliver, as_json_it_is_no_report)
{
	print_to_file();
	options.format = FORMAT_JSON;
	cr_assert_eq(deliver(&options, &result, &why), 0, "%s", why.text);
	cr_expect_eq(printed()[0], '{');
	cr_expect_eq(strcmp(strrchr(printed(), '}'), "}\n"), 0);
}

/* A full disk, or a reader who has gone, must not look like a success. */
Test(deliver, a_stdout_that_takes_nothing_is_told)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	cr_assert_neq(full, -1, "%m");
	cr_assert_neq(dup2(full, STDOUT_FILENO), -1, "%m");
	options.output = json;
	cr_assert_eq(deliver(&options, &result, &why), -1);
	cr_expect_str_eq(why.text, "stdout: No space left on device");
	cr_expect_eq(why.status, EX_IOERR);
	/* The file comes first. */
	cr_expect_eq(first_byte(json), '{');
}

Test(deliver, to_try_leaves_no_trace)
{
	options.output = json;
	options.hgrm = hgrm;
	cr_assert_eq(deliver_try(&options, &why), 0, "%s", why.text);
	cr_expect_not(exists(json));
	cr_expect_not(exists(hgrm));
	scratch_write("result.json", "old", 3, json);
	cr_assert_eq(deliver_try(&options, &why), 0, "%s", why.text);
	cr_expect_eq(first_byte(json), 'o');
}

/* Before a long run, not after it. */
Test(deliver, what_cannot_be_written_is_named_ahead)
{
	options.hgrm = "/nonexistent/result.hgrm";
	cr_assert_eq(deliver_try(&options, &why), -1);
	cr_expect_eq(strncmp(why.text, options.hgrm, strlen(options.hgrm)), 0,
	    "%s", why.text);
	options.hgrm = NULL;
	options.output = "/nonexistent/result.json";
	cr_assert_eq(deliver_try(&options, &why), -1);
	cr_expect_eq(strncmp(why.text, options.output, strlen(options.output)),
	    0, "%s", why.text);
}

/* stdout, and a device or pipe, which nobody may open twice. */
Test(deliver, what_is_no_file_is_not_tried)
{
	options.output = "-";
	options.hgrm = hgrm;
	cr_assert_eq(mkfifo(hgrm, 0600), 0, "%m");
	cr_expect_eq(deliver_try(&options, &why), 0, "%s", why.text);
}
