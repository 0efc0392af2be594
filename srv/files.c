#include "haild/files.h"

#include <string.h>

#include "haild/steward.h"

/* How many connections can be in the parent's hands and its children's. */
static unsigned
most_at_once(const struct parent *parent)
{
	const unsigned held = 1;

	return parent->options.max_children + STANDIN_MAX + WAITING_MAX + held;
}

static int
read_greeting(struct parent *parent, struct reason *why)
{
	const struct haild_options *options = &parent->options;
	struct reason inner;

	if (options->message_file == NULL)
		return greeting_from_text(
			   &parent->greeting, options->message, &inner) == -1
		    ? reason_set(why, inner.status, "-m: %s", inner.text)
		    : 0;
	if (reread_open(&parent->message, options->message_file, why) == -1)
		return -1;
	return greeting_from_descriptor(&parent->greeting, parent->message.file,
	    options->message_file, why);
}

int
files_read(struct parent *parent, struct reason *why)
{
	struct limits *limits = &parent->options.limits;

	if (read_greeting(parent, why) == -1 ||
	    limits_open_files(limits, why) == -1 ||
	    limits_load_message(limits, &parent->busy, why) == -1)
		return -1;
	return admission_open(
	    &parent->admission, limits, most_at_once(parent), why);
}

static bool
same(const struct greeting *a, const struct greeting *b)
{
	return a->length == b->length &&
	    memcmp(a->bytes, b->bytes, a->length) == 0;
}

static void
read_message_again(struct parent *parent)
{
	const char *path = parent->options.message_file;
	struct greeting greeting;
	struct reason why;

	if (reread_check(&parent->message, &why) == -1 ||
	    greeting_from_descriptor(
		&greeting, parent->message.file, path, &why) == -1) {
		log_line(&parent->log, "%s (the old greeting stays)", why.text);
		return;
	}
	log_line(&parent->log, "%s: read again, %zu bytes%s", path,
	    greeting.length,
	    same(&greeting, &parent->greeting) ? ", as before" : "");
	/* Children that send the old one have a mapping of their own. */
	greeting_free(&parent->greeting);
	parent->greeting = greeting;
}

static void
read_rules_again(struct parent *parent)
{
	const struct rules *rules = &parent->admission.rules;
	struct reason why;
	bool changed;

	if (admission_reload(&parent->admission, &changed, &why) == -1)
		log_line(&parent->log, "%s (the old rules stay)", why.text);
	else
		log_line(&parent->log,
		    "rules: read again, %zu to allow, %zu to deny; others "
		    "are %s%s",
		    rules->allows, rules->denies,
		    rules->allows == 0 ? "allowed" : "denied",
		    changed ? "" : "; as before");
}

static void
read_again(void *argument)
{
	struct parent *parent = argument;
	const bool rules = limits_have_rule_file(&parent->options.limits);

	if (parent->options.message_file != NULL)
		read_message_again(parent);
	if (rules)
		read_rules_again(parent);
	if (parent->options.message_file == NULL && !rules)
		log_line(&parent->log,
		    "SIGHUP: there is no message file to read again");
}

void
files_read_again(struct parent *parent)
{
	steward_do(read_again, parent);
}
