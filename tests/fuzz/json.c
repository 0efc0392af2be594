#include "hail/json.h"

#include <sys/mman.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "fuzz.h"
#include "hail/text.h"

/* Large: each is some megabytes. */
static struct result result, again;

/* A file of these bytes, which has a path and no name. */
static void
make_file(const void *bytes, size_t length, int *file, char path[32])
{
	*file = memfd_create("json", MFD_CLOEXEC);
	MUST(*file != -1);
	MUST(write(*file, bytes, length) == (ssize_t)length);
	snprintf(path, 32, "/proc/self/fd/%d", *file);
}

/* What was read is written as a file that is read as the same. */
static void
check_written(void)
{
	struct reason why;
	size_t length;
	char path[32], *text;
	FILE *stream = open_memstream(&text, &length);
	int file;

	MUST(stream != NULL);
	MUST(json_write(&result, stream) == 0);
	fclose(stream);
	make_file(text, length, &file, path);
	MUST(json_load(&again, path, &why) == 0);
	MUST(memcmp(&result, &again, sizeof(result)) == 0);
	close(file);
	free(text);
}

void
fuzz_json(const uint8_t *bytes, size_t length)
{
	struct reason why;
	char path[32];
	int file;

	json_object_seed(1);
	make_file(bytes, length, &file, path);
	fuzz_utf8(true);
	if (json_load(&result, path, &why) == 0) {
		MUST(result_balance(&result, &why) == 0);
		check_written();
	} else {
		fuzz_must_explain(&why, EX_DATAERR, EX_DATAERR);
		MUST(strncmp(why.text, path, strlen(path)) == 0);
		MUST(text_is_printable(why.text));
	}
	fuzz_utf8(false);
	close(file);
}
