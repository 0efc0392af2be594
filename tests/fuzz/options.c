#include <stdlib.h>
#include <sysexits.h>

#include "duration.h"
#include "fuzz.h"
#include "words.h"

static void
check_rate(const struct rate *rate)
{
	MUST(rate->count <= 1000000);
	MUST(rate->count == 0 || rate->period == NS_PER_S ||
	    rate->period == 60 * NS_PER_S || rate->period == 3600 * NS_PER_S);
}

static void
check_ranges(const struct haild_options *options)
{
	const struct limits *limits = &options->limits;

	MUST(options->host[0] != '\0' && options->port != NULL);
	MUST(options->backlog <= 65535);
	MUST(options->burst >= 1 && options->burst <= 1000000);
	MUST(options->max_children >= 1 && options->max_children <= 1000000);
	MUST(options->max_queued <= 1000000);
	MUST((options->message == NULL) != (options->message_file == NULL));
	MUST(options->timeout >= NS_PER_MS);
	MUST(options->timeout <= 24 * 3600 * NS_PER_S);
	MUST(options->linger >= 0 && options->linger <= 24 * 3600 * NS_PER_S);
	MUST(limits->word_count <= LIMITS_RULE_WORDS);
	MUST(limits->per_source <= 1000000);
	check_rate(&limits->source_rate);
	check_rate(&limits->total_rate);
}

/* What haild does with them next, but for files. */
static void
load_limits(const struct limits *limits)
{
	struct greeting busy;
	struct rules rules;
	struct reason why;

	if (limits_have_rule_file(limits))
		return;
	if (limits_load_rules(limits, &rules, &why) == 0)
		rules_free(&rules);
	else
		fuzz_must_explain(&why, EX_USAGE, EX_USAGE);
	if (limits_load_message(limits, &busy, &why) == 0) {
		MUST(busy.length <= BUSY_MESSAGE_MAX);
		greeting_free(&busy);
	} else {
		fuzz_must_explain(&why, EX_USAGE, EX_USAGE);
		MUST(busy.length == 0);
	}
}

static void
check_written(const struct haild_options *options)
{
	struct words words = {.count = 0};
	struct haild_options again;
	struct reason why;

	words_add(&words, "haild");
	words_of_haild(&words, options);
	MUST(haild_options_parse(&again, words.count, words.at, &why) ==
	    HAILD_SERVE);
	MUST(words_same_haild(options, &again));
	words_free(&words);
}

void
fuzz_options(const uint8_t *bytes, size_t length)
{
	char *text = fuzz_text(bytes, length);
	struct words words = {.count = 0};
	struct haild_options options;
	struct reason why;

	words_add(&words, "haild");
	words_of_lines(&words, text);
	switch (haild_options_parse(&options, words.count, words.at, &why)) {
	case HAILD_SERVE:
		check_ranges(&options);
		check_written(&options);
		load_limits(&options.limits);
		break;
	case HAILD_DONE:
		break;
	default:
		fuzz_must_explain(&why, EX_USAGE, EX_USAGE);
	}
	words_free(&words);
	free(text);
}
