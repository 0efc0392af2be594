#include "hail/option.h"

#include <string.h>
#include <sysexits.h>

#include "duration.h"
#include "hail/crew.h"
#include "hail/number.h"

#define COUNT_MAX	UINT64_C(1000000000000)
#define CONCURRENCY_MAX 1000000
#define RATE_MAX	1e7

/* No ratio of times in it, and some way from overflow. */
#define TIME_MAX (24 * 3600 * NS_PER_S)

/* Options without a letter. */
enum {
	LONG_CONNECT_TIMEOUT = 256,
	LONG_FIRST_BYTE_TIMEOUT,
	LONG_SOURCE,
	LONG_HALF_CLOSE,
	LONG_EXPECT_FILE,
	LONG_EXPECT_ANY,
	LONG_HGRM,
	LONG_FORMAT,
	LONG_FAIL_ABOVE,
	LONG_NO_COLOR,
	LONG_MERGE,
	LONG_COMPARE
};

const char hail_option_letters[] = ":n:d:c:r:j:t:e:o:qhV";

const struct option hail_option_words[] = {
    {"connections", required_argument, NULL, 'n'},
    {"duration", required_argument, NULL, 'd'},
    {"concurrency", required_argument, NULL, 'c'},
    {"rate", required_argument, NULL, 'r'},
    {"jobs", required_argument, NULL, 'j'},
    {"timeout", required_argument, NULL, 't'},
    {"connect-timeout", required_argument, NULL, LONG_CONNECT_TIMEOUT},
    {"first-byte-timeout", required_argument, NULL, LONG_FIRST_BYTE_TIMEOUT},
    {"source", required_argument, NULL, LONG_SOURCE},
    {"half-close", no_argument, NULL, LONG_HALF_CLOSE},
    {"expect", required_argument, NULL, 'e'},
    {"expect-file", required_argument, NULL, LONG_EXPECT_FILE},
    {"expect-any", no_argument, NULL, LONG_EXPECT_ANY},
    {"output", required_argument, NULL, 'o'},
    {"hgrm", required_argument, NULL, LONG_HGRM},
    {"format", required_argument, NULL, LONG_FORMAT},
    {"fail-above", required_argument, NULL, LONG_FAIL_ABOVE},
    {"quiet", no_argument, NULL, 'q'},
    {"no-color", no_argument, NULL, LONG_NO_COLOR},
    {"merge", no_argument, NULL, LONG_MERGE},
    {"compare", no_argument, NULL, LONG_COMPARE},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

/* Put the option in front of a reason, as the user typed it. */
static int
blame(const char *option, struct reason *why)
{
	const struct reason cause = *why;

	return reason_set(why, cause.status, "%s %.*s", option,
	    (int)sizeof(cause.text) - 40, cause.text);
}

static int
set_count(const char *option, uint64_t max, uint64_t *count, struct reason *why)
{
	if (number_parse(optarg, 1, max, count, why) == -1)
		return blame(option, why);
	return 0;
}

static int
set_time(const char *option, int64_t *time, struct reason *why)
{
	if (duration_parse(optarg, NS_PER_US, TIME_MAX, time, why) == -1)
		return blame(option, why);
	return 0;
}

static int
set_rate(double *rate, struct reason *why)
{
	if (number_parse_fraction(optarg, 1e-3, RATE_MAX, rate, why) == -1)
		return blame("-r", why);
	return 0;
}

static int
set_jobs(unsigned *jobs, struct reason *why)
{
	uint64_t count;

	if (set_count("-j", CREW_MAX, &count, why) == -1)
		return -1;
	*jobs = (unsigned)count;
	return 0;
}

/* The expectation, which is given at most once. */
static int
set_expectation(struct hail_options *options, int option, struct reason *why)
{
	struct greeting *greeting = &options->expectation.greeting;

	if (options->expects)
		return reason_set(why, EX_USAGE,
		    "-e, --expect-file and "
		    "--expect-any: say only one of them, once");
	if (option == LONG_EXPECT_ANY)
		options->expectation.any = true;
	else if (option == LONG_EXPECT_FILE &&
	    greeting_from_file(greeting, optarg, why) == -1)
		return blame("--expect-file", why);
	else if (option == 'e' &&
	    greeting_from_text(greeting, optarg, why) == -1)
		return blame("-e", why);
	options->expects = true;
	return 0;
}

static int
set_format(enum hail_format *format, struct reason *why)
{
	if (strcmp(optarg, "text") == 0)
		*format = FORMAT_TEXT;
	else if (strcmp(optarg, "json") == 0)
		*format = FORMAT_JSON;
	else
		return reason_set(why, EX_USAGE,
		    "--format %s: neither text nor json", optarg);
	return 0;
}

/* A task is the only one. */
static int
set_task(struct hail_options *options, enum hail_task task, struct reason *why)
{
	if (options->task != TASK_VISIT && options->task != task)
		return reason_set(why, EX_USAGE,
		    "--merge and --compare: say only one of them");
	options->task = task;
	return 0;
}

/* Why getopt_long(3) could not make anything of a word. */
static int
reject(int problem, const char *word, struct reason *why)
{
	size_t i;

	if (problem == ':')
		return reason_set(why, EX_USAGE, "%s: needs a value", word);
	for (i = 0; optopt != 0 && hail_option_words[i].name != NULL; i++)
		if (hail_option_words[i].val == optopt)
			return reason_set(why, EX_USAGE,
			    "%s: --%s takes no value", word,
			    hail_option_words[i].name);
	if (optopt != 0)
		return reason_set(why, EX_USAGE,
		    "-%c: unknown option (hail --help lists them)", optopt);
	return reason_set(why, EX_USAGE,
	    "%s: unknown or ambiguous option (hail --help lists them)", word);
}

int
hail_option_take(struct hail_options *options, int option, const char *word,
    struct reason *why)
{
	switch (option) {
	case 'n':
		return set_count("-n", COUNT_MAX, &options->connections, why);
	case 'd':
		return set_time("-d", &options->duration, why);
	case 'c':
		return set_count(
		    "-c", CONCURRENCY_MAX, &options->concurrency, why);
	case 'r':
		return set_rate(&options->rate, why);
	case 'j':
		return set_jobs(&options->jobs, why);
	case 't':
		return set_time("-t", &options->timeout, why);
	case LONG_CONNECT_TIMEOUT:
		return set_time(
		    "--connect-timeout", &options->connect_timeout, why);
	case LONG_FIRST_BYTE_TIMEOUT:
		return set_time(
		    "--first-byte-timeout", &options->first_byte_timeout, why);
	case LONG_SOURCE:
		return source_parse(optarg, &options->sources, why);
	case LONG_HALF_CLOSE:
		options->half_close = true;
		return 0;
	case 'e':
	case LONG_EXPECT_FILE:
	case LONG_EXPECT_ANY:
		return set_expectation(options, option, why);
	case 'o':
		options->output = optarg;
		return 0;
	case LONG_HGRM:
		options->hgrm = optarg;
		return 0;
	case LONG_FORMAT:
		return set_format(&options->format, why);
	case LONG_FAIL_ABOVE:
		if (criteria_add(&options->criteria, optarg, why) == -1)
			return blame("--fail-above", why);
		return 0;
	case 'q':
		options->quiet = true;
		return 0;
	case LONG_NO_COLOR:
		options->color = false;
		return 0;
	case LONG_MERGE:
		return set_task(options, TASK_MERGE, why);
	case LONG_COMPARE:
		return set_task(options, TASK_COMPARE, why);
	default:
		return reject(option, word, why);
	}
}
