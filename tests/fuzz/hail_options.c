#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "duration.h"
#include "fuzz.h"
#include "words.h"

#define DAY (24 * 3600 * NS_PER_S)

static void
check_ranges(const struct hail_options *options)
{
	const bool storm = options->task == TASK_STORM;

	MUST(options->connections <= 1000000000000);
	MUST(options->concurrency <= 1000000 && options->jobs <= 256);
	MUST(options->rate >= 0 && options->rate <= 1e7);
	MUST(options->duration >= 0 && options->duration <= DAY);
	MUST(options->timeout >= 0 && options->timeout <= DAY);
	MUST(options->sources.count <= ADDRESS_MAX);
	MUST(options->criteria.count <= CRITERIA_MAX);
	MUST(!storm || options->connections != 0 || options->duration != 0);
	MUST(!storm || options->concurrency != 0 || options->rate != 0);
	MUST(!storm || options->jobs >= 1);
	MUST(!storm || options->expectation.any ||
	    options->expectation.greeting.length >= 1);
}

/* What is bounded was asked for, by its whole name. */
static void
check_criteria(const struct criteria *criteria, const char *text)
{
	char words[sizeof(criteria->at[0].name) + 1];
	unsigned i;

	for (i = 0; i < criteria->count; i++) {
		snprintf(words, sizeof(words), "%s=", criteria->at[i].name);
		MUST(strstr(text, words) != NULL);
	}
}

/* What a task needs. */
static void
check_task(const struct hail_options *options)
{
	switch (options->task) {
	case TASK_VISIT:
	case TASK_STORM:
		MUST(options->host[0] != '\0' && options->port != NULL);
		MUST(options->timeout >= NS_PER_US);
		break;
	case TASK_MERGE:
		MUST(options->file_count >= 1);
		break;
	default:
		MUST(options->task == TASK_COMPARE);
		MUST(options->file_count == 2);
	}
}

static void
check_written(const struct hail_options *options)
{
	struct words words = {.count = 0};
	struct hail_options again;
	struct reason why;

	words_add(&words, "hail");
	words_of_hail(&words, options);
	MUST(hail_options_parse(&again, words.count, words.at, &why) == 0);
	MUST(words_same_hail(options, &again));
	hail_options_free(&again);
	words_free(&words);
}

void
fuzz_hail_options(const uint8_t *bytes, size_t length)
{
	char *text = fuzz_text(bytes, length);
	struct words words = {.count = 0};
	struct hail_options options;
	struct reason why;

	words_add(&words, "hail");
	words_of_lines(&words, text);
	/* --expect-file opens what it names: nothing beyond this directory. */
	if (strchr(text, '/') != NULL)
		goto out;
	if (hail_options_parse(&options, words.count, words.at, &why) == -1) {
		MUST(why.status >= EX__BASE && why.status <= EX__MAX);
		fuzz_must_explain(&why, why.status, why.status);
		goto out;
	}
	if (options.task != TASK_HELP && options.task != TASK_VERSION) {
		check_ranges(&options);
		check_task(&options);
		check_criteria(&options.criteria, text);
		check_written(&options);
	}
	hail_options_free(&options);
out:
	words_free(&words);
	free(text);
}
