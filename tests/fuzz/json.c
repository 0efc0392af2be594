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

static void
check_latency(const struct latency *latency)
{
	unsigned i, first = LATENCY_BUCKETS, last = 0;
	uint64_t count = 0;

	for (i = 0; i < LATENCY_BUCKETS; i++) {
		count += latency->buckets[i];
		if (latency->buckets[i] == 0)
			continue;
		first = i < first ? i : first;
		last = i;
	}
	MUST(latency->count == count);
	if (count == 0)
		return;
	MUST(latency->min <= latency->max);
	MUST(latency_bucket(latency->min) == first);
	MUST(latency_bucket(latency->max) == last);
}

/* What people are told about a run makes sense. */
static void
check_sense(void)
{
	const struct tally *tally = &result.tally;
	unsigned end, phase;
	struct reason why;

	MUST(result_balance(&result, &why) == 0);
	MUST(result.end >= result.start && result.start >= 0);
	MUST(result.planned <= RESULT_COUNT_MAX);
	MUST(tally->bytes <= RESULT_COUNT_MAX);
	MUST(tally->cpu_ns >= 0 && tally->peak_memory >= 0);
	MUST(result.merged >= 1 && result.merged <= RESULT_MERGED);
	MUST(text_is_printable(result.host));
	check_latency(&tally->lag);
	for (end = 0; end < OUTCOMES; end++)
		for (phase = 0; phase < PHASES; phase++)
			check_latency(&tally->latency[end][phase]);
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
		check_sense();
		check_written();
	} else {
		fuzz_must_explain(&why, EX_DATAERR, EX_DATAERR);
		MUST(strncmp(why.text, path, strlen(path)) == 0);
		MUST(text_is_printable(why.text));
	}
	fuzz_utf8(false);
	close(file);
}
