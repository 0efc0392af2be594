#include "scratch.h"

#include <sys/stat.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "guard.h"

char *
scratch_path(const char *name, char path[SCRATCH_PATH])
{
	static char directory[] = "/tmp/hail-test-XXXXXX";
	static bool made;

	if (!made) {
		cr_assert_not_null(mkdtemp(directory), "%s: %m", directory);
		guard_directory(directory);
		chmod(directory, 0755);
		made = true;
	}
	snprintf(path, SCRATCH_PATH, "%s/%s", directory, name);
	return path;
}

char *
scratch_write(
    const char *name, const void *bytes, size_t length, char path[SCRATCH_PATH])
{
	char other[SCRATCH_PATH + 4];
	FILE *file;

	/* By way of another name: never half a file under this one. */
	scratch_path(name, path);
	snprintf(other, sizeof(other), "%s.new", path);
	file = fopen(other, "we");
	cr_assert_not_null(file, "%s: %m", other);
	cr_assert_eq(fwrite(bytes, 1, length, file), length);
	cr_assert_eq(fclose(file), 0);
	cr_assert_eq(chmod(other, 0644), 0);
	cr_assert_eq(rename(other, path), 0);
	return path;
}

void
scratch_overwrite(const char *path, const void *bytes, size_t length)
{
	FILE *file = fopen(path, "r+e");

	cr_assert_not_null(file, "%s: %m", path);
	cr_assert_eq(ftruncate(fileno(file), 0), 0);
	cr_assert_eq(fwrite(bytes, 1, length, file), length);
	cr_assert_eq(fclose(file), 0);
}
