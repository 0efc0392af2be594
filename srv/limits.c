#include "haild/limits.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define MOST_PER_SOURCE 1000000

/* As the user wrote them. */
static const char *const words[] = {
    [RULE_ALLOW] = "--allow",
    [RULE_DENY] = "--deny",
    [RULE_FILE] = "--rules",
};

static int
add_word(struct limits *limits, enum rule_kind kind, const char *text,
    struct reason *why)
{
	if (limits->word_count == LIMITS_RULE_WORDS)
		return reason_set(why, EX_USAGE,
		    "%s %s: more than %d of them (a --rules file holds more)",
		    words[kind], text, LIMITS_RULE_WORDS);
	limits->words[limits->word_count++] =
	    (struct rule_word){.kind = kind, .text = text};
	return 0;
}

static int
parse_rate(const char *option, const char *value, struct rate *rate,
    struct reason *why)
{
	struct reason inner;

	if (rate_parse(value, rate, &inner) == -1)
		return reason_set(
		    why, inner.status, "%s %s", option, inner.text);
	return 0;
}

static int
parse_overload(const char *value, enum overload *overload, struct reason *why)
{
	*overload = OVERLOAD_WAIT;
	if (strcmp(value, "refuse") == 0)
		*overload = OVERLOAD_REFUSE;
	else if (strcmp(value, "wait") != 0)
		return reason_set(why, EX_USAGE,
		    "--overload %s: neither \"wait\" nor \"refuse\"", value);
	return 0;
}

int
limits_parse(struct limits *limits, enum limits_option option,
    const char *value, struct reason *why)
{
	const char *wrong;

	switch (option) {
	case LIMITS_ALLOW:
		return add_word(limits, RULE_ALLOW, value, why);
	case LIMITS_DENY:
		return add_word(limits, RULE_DENY, value, why);
	case LIMITS_RULES:
		return add_word(limits, RULE_FILE, value, why);
	case LIMITS_PER_SOURCE:
		limits->per_source =
		    (unsigned)strtonum(value, 1, MOST_PER_SOURCE, &wrong);
		if (wrong == NULL)
			return 0;
		return reason_set(why, EX_USAGE,
		    "--per-source %s: %s (1 to %d)", value, wrong,
		    MOST_PER_SOURCE);
	case LIMITS_RATE_PER_SOURCE:
		return parse_rate(
		    "--rate-per-source", value, &limits->source_rate, why);
	case LIMITS_MAX_RATE:
		return parse_rate(
		    "--max-rate", value, &limits->total_rate, why);
	case LIMITS_OVERLOAD:
		return parse_overload(value, &limits->overload, why);
	case LIMITS_BUSY_MESSAGE:
		limits->busy_message = value;
		return 0;
	}
	return reason_set(why, EX_SOFTWARE, "option %d: unknown", option);
}

bool
limits_sources(const struct limits *limits)
{
	return limits->per_source != 0 || limits->source_rate.count != 0;
}

bool
limits_have_rule_file(const struct limits *limits)
{
	size_t i;

	for (i = 0; i < limits->word_count; i++)
		if (limits->words[i].kind == RULE_FILE)
			return true;
	return false;
}

int
limits_open_files(struct limits *limits, struct reason *why)
{
	size_t i;

	for (i = 0; i < limits->word_count; i++)
		if (limits->words[i].kind == RULE_FILE &&
		    reread_open(
			&limits->files[i], limits->words[i].text, why) == -1)
			return -1;
	return 0;
}

int
limits_check_files(const struct limits *limits, struct reason *why)
{
	size_t i;

	for (i = 0; i < limits->word_count; i++)
		if (limits->words[i].kind == RULE_FILE &&
		    reread_check(&limits->files[i], why) == -1)
			return -1;
	return 0;
}

static int
load_file(struct rules *rules, const struct reread *reread, struct reason *why)
{
	FILE *stream = reread_stream(reread, why);
	int result;

	if (stream == NULL)
		return -1;
	result = rules_read(rules, stream, reread->path, why);
	fclose(stream);
	return result;
}

static int
load_word(const struct limits *limits, size_t i, struct rules *rules,
    struct reason *why)
{
	const struct rule_word *word = &limits->words[i];
	struct reason inner;

	if (word->kind == RULE_FILE)
		return load_file(rules, &limits->files[i], why);
	if (rules_add_text(
		rules, word->kind == RULE_ALLOW, word->text, &inner) == -1)
		return reason_set(
		    why, inner.status, "%s %s", words[word->kind], inner.text);
	return 0;
}

int
limits_load_rules(
    const struct limits *limits, struct rules *rules, struct reason *why)
{
	size_t i;

	*rules = (struct rules){.count = 0};
	for (i = 0; i < limits->word_count; i++)
		if (load_word(limits, i, rules, why) == -1) {
			rules_free(rules);
			return -1;
		}
	rules_seal(rules);
	return 0;
}

int
limits_load_message(
    const struct limits *limits, struct greeting *message, struct reason *why)
{
	struct reason inner;

	*message = (struct greeting){.length = 0};
	if (limits->busy_message == NULL)
		return 0;
	if (limits->busy_message[0] == '\0')
		return reason_set(why, EX_USAGE,
		    "--busy-message: empty (leave it out to send none)");
	if (greeting_from_text(message, limits->busy_message, &inner) == -1)
		return reason_set(
		    why, inner.status, "--busy-message %s", inner.text);
	if (message->length <= BUSY_MESSAGE_MAX)
		return 0;
	greeting_free(message);
	return reason_set(why, EX_USAGE, "--busy-message: longer than %d bytes",
	    BUSY_MESSAGE_MAX);
}
