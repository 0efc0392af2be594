#include "haild/options.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <criterion/redirect.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "duration.h"
#include "greeting.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* What came of a command line: the struct, but only what is not usual. */
struct said {
	char text[256];
	FILE *stream;
};

static void
say_text(struct said *said, const char *name, const char *text)
{
	if (text != NULL)
		fprintf(said->stream, "%s=%s ", name, text);
}

static void
say_number(struct said *said, const char *name, int64_t number, int64_t usual)
{
	if (number != usual)
		fprintf(said->stream, "%s=%" PRId64 " ", name, number);
}

static void
say_rate(struct said *said, const char *name, const struct rate *rate)
{
	char written[RATE_STRLEN];

	if (rate->count != 0)
		say_text(said, name, rate_format(rate, written));
}

static void
say_limits(struct said *said, const struct limits *limits)
{
	static const char *const kinds[] = {
	    [RULE_ALLOW] = "allow",
	    [RULE_DENY] = "deny",
	    [RULE_FILE] = "rules",
	};
	size_t i;

	for (i = 0; i < limits->word_count; i++)
		say_text(
		    said, kinds[limits->words[i].kind], limits->words[i].text);
	say_number(said, "per_source", limits->per_source, 0);
	say_rate(said, "source_rate", &limits->source_rate);
	say_rate(said, "total_rate", &limits->total_rate);
	say_number(said, "overload", limits->overload, OVERLOAD_MIXED);
	say_text(said, "busy", limits->busy_message);
}

static const char *
describe(const struct haild_options *options, struct said *said)
{
	said->text[0] = '\0';
	said->stream = fmemopen(said->text, sizeof(said->text), "w");
	if (strcmp(options->host, "localhost") != 0)
		say_text(said, "host", options->host);
	if (strcmp(options->port, "9999") != 0)
		say_text(said, "port", options->port);
	say_number(said, "backlog", options->backlog, 5);
	say_number(said, "burst", options->burst, 1024);
	say_number(said, "children", options->max_children, 512);
	say_number(said, "queued", options->max_queued, 0);
	if (options->message == NULL ||
	    strcmp(options->message, GREETING_DEFAULT) != 0)
		say_text(said, "message", options->message);
	say_text(said, "file", options->message_file);
	say_number(said, "timeout", options->timeout, 10 * NS_PER_S);
	say_number(said, "linger", options->linger, 2 * NS_PER_S);
	say_limits(said, &options->limits);
	say_text(said, "pid_file", options->pid_file);
	say_text(said, "user", options->user);
	say_text(said, "chroot", options->directory);
	say_number(said, "no_sandbox", options->no_sandbox, false);
	say_number(said, "verbosity", options->verbosity, 0);
	fclose(said->stream);
	return said->text;
}

/* Parse words with bars between them; they are taken apart in place. */
static int
parse(struct haild_options *options, char *words, struct reason *why)
{
	char *argv[80] = {(char[]){"haild"}}, *rest = words;
	int argc = 1;

	while (rest != NULL)
		argv[argc++] = strsep(&rest, "|");
	return haild_options_parse(options, argc, argv, why);
}

Test(haild_options, nothing_said_is_the_usual)
{
	struct haild_options options;
	char *argv[] = {(char[]){"haild"}, NULL};
	struct reason why;
	struct said said;

	cr_assert_eq(haild_options_parse(&options, 1, argv, &why), HAILD_SERVE,
	    "%s", why.text);
	cr_expect_str_eq(describe(&options, &said), "");
	cr_expect_str_eq(options.message, GREETING_DEFAULT);
}

struct row {
	char words[64];
	char expected[120];
};

ParameterizedTestParameters(haild_options, each_reaches_its_field_and_no_other)
{
	static struct row rows[] = {
	    {"-b|0", "backlog=0 "},
	    {"-b65535", "backlog=65535 "},
	    {"--backlog=7", "backlog=7 "},
	    {"-B|1", "burst=1 "},
	    {"--burst|1000000", "burst=1000000 "},
	    {"-c|1", "children=1 "},
	    {"--max-children|1000000", "children=1000000 "},
	    {"-Q|1", "queued=1 "},
	    {"--max-queued|1000000", "queued=1000000 "},
	    {"-m|a\\n", "message=a\\n "},
	    {"--message|", "message= "},
	    {"-f|a file", "file=a file "},
	    {"--message-file|-", "file=- "},
	    {"-t|1ms", "timeout=1000000 "},
	    {"--timeout|24h", "timeout=86400000000000 "},
	    {"-l|0", "linger=0 "},
	    {"--linger|1.5s", "linger=1500000000 "},
	    {"--allow|a|--deny|b|--rules|c|--allow|d",
		"allow=a deny=b rules=c allow=d "},
	    {"--per-source|1", "per_source=1 "},
	    {"--rate-per-source|5/m", "source_rate=5/m "},
	    {"--max-rate|50", "total_rate=50/s "},
	    {"--overload|refuse", "overload=2 "},
	    {"--busy-message|no", "busy=no "},
	    {"-P|p", "pid_file=p "},
	    {"--pid-file|p", "pid_file=p "},
	    {"-u|www", "user=www "},
	    {"--user|www", "user=www "},
	    {"--chroot|/empty", "chroot=/empty "},
	    {"--no-sandbox", "no_sandbox=1 "},
	    {"-q", "verbosity=-1 "},
	    {"-v", "verbosity=1 "},
	    {"--quiet|--verbose", "verbosity=1 "},
	    {"--verbose|--quiet", "verbosity=-1 "},
	    /* The last one counts. */
	    {"-b|3|-b|4", "backlog=4 "},
	    /* Letters together, the last with its value. */
	    {"-qb7", "backlog=7 verbosity=-1 "},
	    {"-vb|7", "backlog=7 verbosity=1 "},
	    /* A beginning that fits one word alone. */
	    {"--back|7", "backlog=7 "},
	    {"--max-c=7", "children=7 "},
	    {"--message-f|a", "file=a "},
	    {"--no", "no_sandbox=1 "},
	    /* The whole word, although it begins another. */
	    {"--message|a", "message=a "},
	    /* A value may look like an option. */
	    {"-m|--quiet", "message=--quiet "},
	    {"-m|--", "message=-- "},
	    {"-m|-f", "message=-f "},
	    {"::1", "host=::1 "},
	    {"*|0", "host=* port=0 "},
	    {"a:80", "host=a port=80 "},
	    /* Options may stand behind words, until "--". */
	    {"a|-q|80|-b7", "host=a port=80 backlog=7 verbosity=-1 "},
	    {"--|-q", "host=-q "},
	    {"-q|--|--backlog|-b", "host=--backlog port=-b verbosity=-1 "},
	    {"-", "host=- "},
	};

	return cr_make_param_array(struct row, rows, COUNT(rows));
}

ParameterizedTest(
    struct row *row, haild_options, each_reaches_its_field_and_no_other)
{
	struct haild_options options;
	struct reason why;
	struct said said;

	cr_assert_eq(
	    parse(&options, row->words, &why), HAILD_SERVE, "%s", why.text);
	cr_expect_str_eq(describe(&options, &said), row->expected);
}

struct done_row {
	char words[32];
};

ParameterizedTestParameters(haild_options, who_asks_what_it_is_gets_no_service)
{
	static struct done_row rows[] = {
	    {"-V"},
	    {"--version"},
	    {"-b|7|-qV|no|host|here"},
	    {"-V|-b|wrong"},
	};

	return cr_make_param_array(struct done_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct done_row *row, haild_options, who_asks_what_it_is_gets_no_service)
{
	struct haild_options options;
	struct reason why;

	cr_redirect_stdout();
	cr_assert_eq(parse(&options, row->words, &why), HAILD_DONE);
	fflush(stdout);
	cr_expect_stdout_eq_str("haild " HAIL_VERSION "\n");
}
