#ifndef HAILD_LIMITS_H
#define HAILD_LIMITS_H

#include "greeting.h"
#include "haild/rate.h"
#include "haild/reread.h"
#include "haild/rules.h"

/* The most --allow, --deny and --rules there can be; files hold more. */
#define LIMITS_RULE_WORDS 64

/* A busy message fits the buffer of any socket: it is sent at once. */
#define BUSY_MESSAGE_MAX 1024

/* What becomes of connections over a limit. */
enum overload {
	OVERLOAD_MIXED, /* those over the total wait, of a source: refused */
	OVERLOAD_WAIT,
	OVERLOAD_REFUSE,
};

enum rule_kind { RULE_ALLOW, RULE_DENY, RULE_FILE };

/* What the user wants to limit; strings point into argv. */
struct limits {
	struct rule_word {
		enum rule_kind kind;
		const char *text;
	} words[LIMITS_RULE_WORDS];
	size_t word_count;
	struct reread files[LIMITS_RULE_WORDS]; /* of each RULE_FILE, open */
	unsigned per_source; /* live connections; 0: any number */
	struct rate source_rate, total_rate;
	enum overload overload;
	const char *busy_message; /* with escapes; NULL: none */
};

/* Their options, which have no letters. */
enum limits_option {
	LIMITS_ALLOW = 1000,
	LIMITS_DENY,
	LIMITS_RULES,
	LIMITS_PER_SOURCE,
	LIMITS_RATE_PER_SOURCE,
	LIMITS_MAX_RATE,
	LIMITS_OVERLOAD,
	LIMITS_BUSY_MESSAGE,
};

/*
 * Take an option with its value. Returns 0, or -1 with a reason that repeats
 * both (EX_USAGE).
 */
int limits_parse(
    struct limits *, enum limits_option, const char *value, struct reason *);

/* Is anything limited for each source? Are there rules? */
bool limits_sources(const struct limits *);
bool limits_have_rule_file(const struct limits *);

/*
 * Open the files of rules, for good. Returns 0, or -1 with a reason
 * (EX_NOINPUT, EX_NOPERM).
 */
int limits_open_files(struct limits *, struct reason *);

/* May they be read again? Returns 0, or -1 with a reason (reread.h). */
int limits_check_files(const struct limits *, struct reason *);

/*
 * Read all rules, from the words and the files that they name, into rules,
 * which are the caller's. Returns 0, or -1 with a reason (EX_USAGE,
 * EX_OSERR, EX_DATAERR) and no rules.
 */
int limits_load_rules(const struct limits *, struct rules *, struct reason *);

/* The same for the busy message, which has length 0 if there is none. */
int
limits_load_message(const struct limits *, struct greeting *, struct reason *);

#endif
