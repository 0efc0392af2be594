#include "hail/options.h"

#include <getopt.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "address.h"
#include "duration.h"
#include "hail/crew.h"
#include "hail/number.h"

#define TIMEOUT_DEFAULT	    (5 * NS_PER_S)
#define CONCURRENCY_DEFAULT 64

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

static const char letters[] = ":n:d:c:r:j:t:e:o:qhV";

static const struct option words[] = {
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

void
hail_options_usage(FILE *out)
{
	fputs(
	    "usage: hail [options] [host [port]]    (localhost 9999)\n"
	    "       hail --merge A.json B.json ... | --compare OLD.json NEW.json\n"
	    "One visit shows what the server says. With -n, -d or -c a storm:\n"
	    "  -n, --connections N  how many    -c, --concurrency N  at once (64)\n"
	    "  -d, --duration T     how long    -r, --rate N         a second, evenly\n"
	    "  -j, --jobs N         processes (one for each processor)\n"
	    "  --source ADDR,...    connect from these addresses in turn\n"
	    "  --half-close         send the FIN right after connecting\n"
	    "  -t, --timeout T      for one connection in all (5s); within it\n"
	    "  --connect-timeout T  --first-byte-timeout T\n"
	    "What must come, byte for byte (a storm's default: haild's greeting):\n"
	    "  -e, --expect TEXT    with escapes: \\r \\n \\t \\0 \\xhh \\\\\n"
	    "  --expect-file FILE   its bytes   --expect-any         one byte or more\n"
	    "The report of a storm:\n"
	    "  -o, --output FILE    as JSON     --hgrm FILE          percentiles\n"
	    "  --format text|json   on stdout   --no-color           or set NO_COLOR\n"
	    "  --fail-above WHAT=LIMIT          p99=50ms, max=1s, stranded=0 ...\n"
	    "  -q, --quiet          no progress line; a visit prints nothing\n"
	    "  -h, --help           -V, --version\n"
	    "N takes k and M, T takes us ms s m h.\n"
	    "Exit: 0 pass, 1 fail, 64 usage, 75 invalid (hail was the limit), 130 Ctrl-C\n",
	    out);
}

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
	for (i = 0; optopt != 0 && words[i].name != NULL; i++)
		if (words[i].val == optopt)
			return reason_set(why, EX_USAGE,
			    "%s: --%s takes no value", word, words[i].name);
	if (optopt != 0)
		return reason_set(why, EX_USAGE,
		    "-%c: unknown option (hail --help lists them)", optopt);
	return reason_set(
	    why, EX_USAGE, "%s: unknown option (hail --help lists them)", word);
}

static int
set_option(struct hail_options *options, int option, const char *word,
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

/* What makes no sense without a storm: its option, or NULL. */
static const char *
storm_only(const struct hail_options *options)
{
	if (options->rate != 0)
		return "-r";
	if (options->jobs != 0)
		return "-j";
	if (options->output != NULL && options->task == TASK_VISIT)
		return "-o";
	if (options->hgrm != NULL)
		return "--hgrm";
	if (options->criteria.count != 0)
		return "--fail-above";
	return options->format != FORMAT_TEXT ? "--format" : NULL;
}

/* What is not said of a storm. */
static int
complete_storm(struct hail_options *options, struct reason *why)
{
	struct expectation *expectation = &options->expectation;
	cpu_set_t processors;

	if (options->connections == 0 && options->duration == 0) {
		if (options->rate != 0)
			return reason_set(why, EX_USAGE, "-r: needs -n or -d");
		options->connections = options->concurrency;
	}
	if (options->concurrency == 0 && options->rate == 0)
		options->concurrency = CONCURRENCY_DEFAULT;
	if (options->jobs == 0) {
		CPU_ZERO(&processors);
		sched_getaffinity(0, sizeof(processors), &processors);
		options->jobs = (unsigned)CPU_COUNT(&processors);
		if (options->jobs < 1 || options->jobs > CREW_MAX)
			options->jobs = 1;
	}
	if (options->expects)
		return 0;
	return greeting_from_text(
	    &expectation->greeting, GREETING_DEFAULT, why);
}

static int
take_files(
    struct hail_options *options, char **files, int count, struct reason *why)
{
	if (options->task == TASK_COMPARE && count != 2)
		return reason_set(
		    why, EX_USAGE, "--compare: takes two files, not %d", count);
	if (options->task == TASK_MERGE && count < 2)
		return reason_set(why, EX_USAGE,
		    "--merge: takes two files or more, not %d", count);
	options->files = files;
	options->file_count = (size_t)count;
	return 0;
}

static int
take_target(struct hail_options *options, char **operands, int count,
    struct reason *why)
{
	if (count > 2)
		return reason_set(why, EX_USAGE,
		    "%s: one word too many (host and port are enough)",
		    operands[2]);
	return address_split(count > 0 ? operands[0] : NULL,
	    count > 1 ? operands[1] : NULL, &options->host, &options->port,
	    why);
}

/* Whether the options go together, and what was not given. */
static int
complete(
    struct hail_options *options, int argc, char *argv[], struct reason *why)
{
	if (options->timeout == 0)
		options->timeout = TIMEOUT_DEFAULT;
	if (options->task != TASK_VISIT)
		return take_files(options, argv + optind, argc - optind, why);
	if (take_target(options, argv + optind, argc - optind, why) == -1)
		return -1;
	if (options->connections != 0 || options->duration != 0 ||
	    options->concurrency != 0)
		options->task = TASK_STORM;
	if (options->task == TASK_STORM)
		return complete_storm(options, why);
	if (storm_only(options) != NULL)
		return reason_set(why, EX_USAGE,
		    "%s: only for a storm (say -n, -d or -c too)",
		    storm_only(options));
	return 0;
}

int
hail_options_parse(
    struct hail_options *options, int argc, char *argv[], struct reason *why)
{
	const char *no_color = getenv("NO_COLOR");
	int option;

	memset(options, 0, sizeof(*options));
	options->color = no_color == NULL || *no_color == '\0';
	opterr = 0;
	optind = 0;
	while ((option = getopt_long(argc, argv, letters, words, NULL)) != -1) {
		if (option == 'h' || option == 'V') {
			options->task =
			    option == 'h' ? TASK_HELP : TASK_VERSION;
			return 0;
		}
		if (set_option(options, option, argv[optind - 1], why) == -1)
			goto fail;
	}
	if (complete(options, argc, argv, why) == 0)
		return 0;
fail:
	hail_options_free(options);
	return -1;
}

void
hail_options_free(struct hail_options *options)
{
	if (options->expectation.greeting.bytes != NULL)
		greeting_free(&options->expectation.greeting);
}
