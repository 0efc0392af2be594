#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"

#define CORPUS "tests/corpus"

/* What fuzzers began with, and what they found, in every run of the tests. */

struct corpus_row {
	char name[24];
};

ParameterizedTestParameters(corpus, what_was_found_once_breaks_nothing)
{
	static struct corpus_row rows[FUZZ_TARGETS];
	size_t i;

	for (i = 0; i < FUZZ_TARGETS; i++)
		strlcpy(rows[i].name, fuzz_all[i].name, sizeof(rows[i].name));
	return cr_make_param_array(struct corpus_row, rows, FUZZ_TARGETS);
}

/* In memory that ends where the file does. */
static void
try_file(fuzz_target *target, const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned char *bytes;
	size_t length;

	cr_assert_not_null(file, "%s: %m", path);
	fseek(file, 0, SEEK_END);
	length = (size_t)ftell(file);
	rewind(file);
	bytes = malloc(length);
	cr_assert_eq(fread(bytes, 1, length, file), length, "%s", path);
	fclose(file);
	fuzz_input = path;
	target(bytes, length);
	free(bytes);
}

ParameterizedTest(
    struct corpus_row *row, corpus, what_was_found_once_breaks_nothing)
{
	char pattern[64];
	glob_t found;
	size_t i;

	/* haild --help is among it. */
	cr_assert_not_null(freopen("/dev/null", "we", stdout));
	snprintf(pattern, sizeof(pattern), CORPUS "/%s/*", row->name);
	cr_assert_eq(glob(pattern, 0, NULL, &found), 0, "no %s", pattern);
	for (i = 0; i < found.gl_pathc; i++)
		try_file(fuzz_find(row->name), found.gl_pathv[i]);
	globfree(&found);
}

Test(corpus, there_is_none_that_no_target_reads)
{
	glob_t found;
	size_t i;

	cr_assert_eq(glob(CORPUS "/*/", 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++) {
		/* Without the "/" that the pattern ends with. */
		*strrchr(found.gl_pathv[i], '/') = '\0';
		cr_expect_not_null(
		    fuzz_find(strrchr(found.gl_pathv[i], '/') + 1), "%s",
		    found.gl_pathv[i]);
	}
	globfree(&found);
}
