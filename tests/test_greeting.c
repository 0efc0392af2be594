#include "greeting.h"

#include <sys/mman.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include <vis.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct text_row {
	char text[64];
	size_t length;
	char bytes[64];
};

ParameterizedTestParameters(greeting, escapes_are_decoded)
{
	static struct text_row rows[] = {
	    {"hello", 5, "hello"},
	    {"hello\\r\\n", 7, "hello\r\n"},
	    {"\\t\\a\\b\\v\\f\\s", 6, "\t\a\b\v\f "},
	    {"a\\0b", 3, "a\0b"},
	    {"\\0", 1, "\0"},
	    {"\\0\\0", 2, "\0\0"},
	    {"\\101\\102", 2, "AB"},
	    {"\\12", 1, "\n"},
	    {"\\0011", 2, "\0011"},
	    {"\\x41\\x42c", 3, "ABc"},
	    {"\\xff\\377", 2, "\xff\xff"},
	    {"100%\\\\", 5, "100%\\"},
	    {"%41&amp;=20", 11, "%41&amp;=20"},
	    {"gr\xc3\xbc\xc3\x9f", 6, "gr\xc3\xbc\xc3\x9f"},
	    {"\\\"quoted\\\"", 8, "\"quoted\""},
	};

	return cr_make_param_array(struct text_row, rows, COUNT(rows));
}

ParameterizedTest(struct text_row *row, greeting, escapes_are_decoded)
{
	struct greeting greeting;
	struct reason why;

	cr_assert_eq(
	    greeting_from_text(&greeting, row->text, &why), 0, "%s", why.text);
	cr_assert_eq(greeting.length, row->length, "%s", row->text);
	cr_assert_arr_eq(
	    greeting.bytes, row->bytes, row->length, "%s", row->text);
	greeting_free(&greeting);
}

ParameterizedTestParameters(greeting, bad_text_is_refused_by_name)
{
	static struct text_row rows[] = {
	    {"", 0, "the greeting is empty"},
	    {"a\\", 0, "a\\: bad escape (write \\\\ for a backslash)"},
	    {"\\x", 0, "\\x: bad escape (write \\\\ for a backslash)"},
	    {"\\xg", 0, "\\xg: bad escape (write \\\\ for a backslash)"},
	    /* Characters, but none that stands for a byte. */
	    {"\\$", 0, "\\$: the greeting is empty"},
	};

	return cr_make_param_array(struct text_row, rows, COUNT(rows));
}

ParameterizedTest(struct text_row *row, greeting, bad_text_is_refused_by_name)
{
	struct greeting greeting;
	struct reason why;

	cr_assert_eq(greeting_from_text(&greeting, row->text, &why), -1);
	cr_assert_str_eq(why.text, row->bytes);
	cr_assert_eq(why.status, EX_USAGE);
}

Test(greeting, the_default_has_26_bytes)
{
	struct greeting greeting;
	struct reason why;

	cr_assert_eq(greeting_from_text(
			 &greeting, "Thank you for connection\\r\\n", &why),
	    0);
	cr_assert_eq(greeting.length, 26);
	cr_assert_eq(memcmp(greeting.bytes, GREETING_DEFAULT, 26), 0);
	greeting_free(&greeting);
}

Test(greeting, every_byte_can_be_written_as_an_escape)
{
	struct greeting greeting;
	struct reason why;
	char text[16];
	int byte, form;

	for (byte = 0; byte < 256; byte++) {
		for (form = 0; form < 2; form++) {
			snprintf(text, sizeof(text),
			    form == 0 ? "\\%03o" : "\\x%02x", byte);
			cr_assert_eq(greeting_from_text(&greeting, text, &why),
			    0, "%s", why.text);
			cr_assert_eq(greeting.length, 1, "%s", text);
			cr_assert_eq(greeting.bytes[0], byte, "%s", text);
			greeting_free(&greeting);
		}
	}
}

Test(greeting, what_vis_writes_is_read_back_the_same)
{
	const int flags[] = {VIS_OCTAL | VIS_WHITE, VIS_CSTYLE | VIS_WHITE, 0};
	char bytes[300], text[1300];
	struct greeting greeting;
	struct reason why;
	size_t length, k;
	int i;

	srand(1);
	for (i = 0; i < 3000; i++) {
		length = 1 + (size_t)rand() % sizeof(bytes);
		for (k = 0; k < length; k++)
			bytes[k] = (char)(rand() % (i % 2 ? 256 : 16));
		cr_assert_gt(
		    strnvisx(text, sizeof(text), bytes, length, flags[i % 3]),
		    0);
		cr_assert_eq(greeting_from_text(&greeting, text, &why), 0, "%s",
		    why.text);
		cr_assert_eq(greeting.length, length);
		cr_assert_eq(
		    memcmp(greeting.bytes, bytes, length), 0, "%s", text);
		greeting_free(&greeting);
	}
}

/* A file of size bytes, each its place modulo 251. */
static int
make_file(size_t size)
{
	unsigned char *bytes = malloc(size + 1);
	int file = memfd_create("greeting", MFD_CLOEXEC);
	size_t i;

	for (i = 0; i < size; i++)
		bytes[i] = (unsigned char)(i % 251);
	cr_assert_eq(write(file, bytes, size), (ssize_t)size);
	free(bytes);
	return file;
}

ParameterizedTestParameters(greeting, a_file_is_taken_as_it_is)
{
	static size_t sizes[] = {
	    1, 26, 4095, 4096, 4097, 1000000, GREETING_MAX};

	return cr_make_param_array(size_t, sizes, COUNT(sizes));
}

ParameterizedTest(size_t *size, greeting, a_file_is_taken_as_it_is)
{
	struct greeting greeting;
	struct reason why;
	char path[40];
	size_t i;
	int file;

	file = make_file(*size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	cr_assert_eq(
	    greeting_from_file(&greeting, path, &why), 0, "%s", why.text);
	cr_assert_eq(greeting.length, *size);
	for (i = 0; i < *size; i++)
		if (greeting.bytes[i] != i % 251)
			break;
	cr_assert_eq(i, *size, "byte %zu differs", i);
	greeting_free(&greeting);
	close(file);
}

Test(greeting, an_open_file_is_read_from_its_start_each_time)
{
	struct greeting greeting;
	int file = make_file(100), i;
	struct reason why;

	for (i = 0; i < 2; i++) {
		cr_assert_eq(
		    greeting_from_descriptor(&greeting, file, "f", &why), 0,
		    "%s", why.text);
		cr_assert_eq(greeting.length, 100);
		cr_assert_eq(greeting.bytes[1], 1);
		greeting_free(&greeting);
	}
}

Test(greeting, a_pipe_is_read_to_its_end)
{
	struct greeting greeting;
	struct reason why;
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(write(ends[1], "one", 3), 3);
	close(ends[1]);
	cr_assert_eq(greeting_from_descriptor(&greeting, ends[0], "p", &why), 0,
	    "%s", why.text);
	cr_assert_eq(greeting.length, 3);
	cr_assert_eq(memcmp(greeting.bytes, "one", 3), 0);
}

Test(greeting, too_large_a_file_is_refused)
{
	struct greeting greeting;
	struct reason why;
	int file = make_file(GREETING_MAX + 1);

	cr_assert_eq(greeting_from_descriptor(&greeting, file, "f", &why), -1);
	cr_assert_str_eq(why.text, "f: larger than 16 MiB");
	cr_assert_eq(why.status, EX_DATAERR);
	cr_assert_eq(greeting_from_file(&greeting, "/dev/zero", &why), -1);
	cr_assert_str_eq(why.text, "/dev/zero: larger than 16 MiB");
}

Test(greeting, too_long_a_text_is_refused_with_the_reason)
{
	char *text = malloc(GREETING_MAX + 2);
	struct greeting greeting;
	struct reason why;

	memset(text, 'x', GREETING_MAX + 1);
	text[GREETING_MAX + 1] = '\0';
	cr_assert_eq(greeting_from_text(&greeting, text, &why), -1);
	cr_assert_not_null(
	    strstr(why.text, ": the greeting is longer than 16 MiB"), "%s",
	    why.text);
	cr_assert_eq(why.status, EX_USAGE);
	text[GREETING_MAX] = '\0';
	cr_assert_eq(greeting_from_text(&greeting, text, &why), 0);
	cr_assert_eq(greeting.length, GREETING_MAX);
	free(text);
}

struct file_row {
	char path[40], reason[80];
	int status;
};

ParameterizedTestParameters(greeting, a_bad_file_is_refused_by_name)
{
	static struct file_row rows[] = {
	    {"/dev/null", "/dev/null: empty, and so no greeting", EX_DATAERR},
	    {"/nonexistent", "/nonexistent: No such file or directory",
		EX_NOINPUT},
	    {"/dev/null/x", "/dev/null/x: Not a directory", EX_NOINPUT},
	    {"/", "/: Is a directory", EX_NOINPUT},
	    {"", ": No such file or directory", EX_NOINPUT},
	};

	return cr_make_param_array(struct file_row, rows, COUNT(rows));
}

ParameterizedTest(struct file_row *row, greeting, a_bad_file_is_refused_by_name)
{
	struct greeting greeting;
	struct reason why;

	cr_assert_eq(greeting_from_file(&greeting, row->path, &why), -1);
	cr_assert_str_eq(why.text, row->reason);
	cr_assert_eq(why.status, row->status);
}

Test(greeting, a_large_one_cannot_be_written_to)
{
	char text[8192];
	struct greeting greeting;
	struct reason why;
	int zero;

	/* A small one lies among other data. */
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cr_assert_eq(greeting_from_text(&greeting, text, &why), 0);
	/* The kernel is asked to write there: it fails and nothing dies. */
	zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	cr_assert_eq(read(zero, (void *)(uintptr_t)greeting.bytes, 1), -1);
	cr_assert_eq(errno, EFAULT);
	close(zero);
	greeting_free(&greeting);
}

/* How many bytes this process has mapped shared and anonymous. */
static long
mapped(void)
{
	unsigned long from, to;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");
	long sum = 0;

	while (fgets(line, sizeof(line), maps) != NULL)
		if (strstr(line, "/dev/zero") != NULL &&
		    sscanf(line, "%lx-%lx", &from, &to) == 2)
			sum += (long)(to - from);
	fclose(maps);
	return sum;
}

Test(greeting, gives_back_all_of_its_memory)
{
	struct greeting greeting;
	struct reason why;
	char text[40001];
	long before;
	int i;

	for (i = 0; i < 10000; i++)
		memcpy(text + 4 * i, "\\101", 5);
	before = mapped();
	cr_assert_eq(greeting_from_text(&greeting, text, &why), 0);
	cr_assert_eq(greeting.length, 10000);
	cr_assert_gt(mapped(), before);
	greeting_free(&greeting);
	cr_assert_eq(mapped(), before);
	cr_assert_eq(greeting_from_text(&greeting, "\\x", &why), -1);
	cr_assert_eq(greeting_from_file(&greeting, "/dev/null", &why), -1);
	cr_assert_eq(greeting_from_file(&greeting, "/dev/zero", &why), -1);
	cr_assert_eq(mapped(), before);
}
