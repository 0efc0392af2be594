#include <inttypes.h>

#include "words.h"

static void
add_limits(struct words *words, const struct limits *limits)
{
	static const char *const options[] = {
	    [RULE_ALLOW] = "--allow",
	    [RULE_DENY] = "--deny",
	    [RULE_FILE] = "--rules",
	};
	char rate[RATE_STRLEN];
	size_t i;

	for (i = 0; i < limits->word_count; i++)
		words_add(words, "%s=%s", options[limits->words[i].kind],
		    limits->words[i].text);
	if (limits->per_source != 0)
		words_add(words, "--per-source=%u", limits->per_source);
	if (limits->source_rate.count != 0)
		words_add(words, "--rate-per-source=%s",
		    rate_format(&limits->source_rate, rate));
	if (limits->total_rate.count != 0)
		words_add(words, "--max-rate=%s",
		    rate_format(&limits->total_rate, rate));
	if (limits->overload != OVERLOAD_MIXED)
		words_add(words, "--overload=%s",
		    limits->overload == OVERLOAD_WAIT ? "wait" : "refuse");
	if (limits->busy_message != NULL)
		words_add(words, "--busy-message=%s", limits->busy_message);
}

static void
add_text(struct words *words, const char *option, const char *value)
{
	if (value != NULL)
		words_add(words, "%s=%s", option, value);
}

void
words_of_haild(struct words *words, const struct haild_options *options)
{
	words_add(words, "--backlog=%u", options->backlog);
	words_add(words, "--burst=%u", options->burst);
	words_add(words, "--max-children=%u", options->max_children);
	if (options->max_queued != 0)
		words_add(words, "--max-queued=%u", options->max_queued);
	add_text(words, "--message", options->message);
	add_text(words, "--message-file", options->message_file);
	words_add(words, "--timeout=%" PRId64 "ns", options->timeout);
	words_add(words, "--linger=%" PRId64 "ns", options->linger);
	add_limits(words, &options->limits);
	add_text(words, "--pid-file", options->pid_file);
	add_text(words, "--user", options->user);
	add_text(words, "--chroot", options->directory);
	if (options->no_sandbox)
		words_add(words, "--no-sandbox");
	if (options->verbosity != 0)
		words_add(words, "%s",
		    options->verbosity < 0 ? "--quiet" : "--verbose");
	words_of_address(words, options->host, options->port);
}

static bool
same_rate(const struct rate *a, const struct rate *b)
{
	return a->count == b->count && a->period == b->period;
}

static bool
same_limits(const struct limits *a, const struct limits *b)
{
	size_t i;

	for (i = 0; i < a->word_count && i < b->word_count; i++)
		if (a->words[i].kind != b->words[i].kind ||
		    !words_same(a->words[i].text, b->words[i].text))
			return false;
	return a->word_count == b->word_count &&
	    a->per_source == b->per_source &&
	    same_rate(&a->source_rate, &b->source_rate) &&
	    same_rate(&a->total_rate, &b->total_rate) &&
	    a->overload == b->overload &&
	    words_same(a->busy_message, b->busy_message);
}

bool
words_same_haild(const struct haild_options *a, const struct haild_options *b)
{
	return words_same(a->host, b->host) && words_same(a->port, b->port) &&
	    a->backlog == b->backlog && a->burst == b->burst &&
	    a->max_children == b->max_children &&
	    a->max_queued == b->max_queued &&
	    words_same(a->message, b->message) &&
	    words_same(a->message_file, b->message_file) &&
	    a->timeout == b->timeout && a->linger == b->linger &&
	    same_limits(&a->limits, &b->limits) &&
	    words_same(a->pid_file, b->pid_file) &&
	    words_same(a->user, b->user) &&
	    words_same(a->directory, b->directory) &&
	    a->no_sandbox == b->no_sandbox && a->verbosity == b->verbosity;
}
