#include "hail/options.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "address.h"
#include "duration.h"
#include "hail/crew.h"
#include "hail/option.h"

#define TIMEOUT_DEFAULT	    (5 * NS_PER_S)
#define CONCURRENCY_DEFAULT 64

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

/* What makes no sense without a storm: its option, or NULL. */
static const char *
storm_only(const struct hail_options *options)
{
	if (options->rate != 0)
		return "-r";
	if (options->jobs != 0)
		return "-j";
	if (options->output != NULL)
		return "-o";
	if (options->hgrm != NULL)
		return "--hgrm";
	if (options->criteria.count != 0)
		return "--fail-above";
	return options->format != FORMAT_TEXT ? "--format" : NULL;
}

/* What makes no sense without a connection: its option, or NULL. */
static const char *
connection_only(const struct hail_options *options)
{
	const struct {
		bool given;
		const char *option;
	} all[] = {
	    {options->connections != 0, "-n"},
	    {options->duration != 0, "-d"},
	    {options->concurrency != 0, "-c"},
	    {options->rate != 0, "-r"},
	    {options->jobs != 0, "-j"},
	    {options->timeout != 0, "-t"},
	    {options->connect_timeout != 0, "--connect-timeout"},
	    {options->first_byte_timeout != 0, "--first-byte-timeout"},
	    {options->sources.count != 0, "--source"},
	    {options->half_close, "--half-close"},
	    {options->expects, "-e"},
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].given)
			return all[i].option;
	return NULL;
}

static int
take_files(
    struct hail_options *options, char **files, int count, struct reason *why)
{
	if (connection_only(options) != NULL)
		return reason_set(why, EX_USAGE,
		    "%s: not with --merge or "
		    "--compare",
		    connection_only(options));
	if (options->task == TASK_COMPARE && storm_only(options) != NULL)
		return reason_set(why, EX_USAGE, "%s: not with --compare",
		    storm_only(options));
	if (options->task == TASK_COMPARE && count != 2)
		return reason_set(
		    why, EX_USAGE, "--compare: takes two files, not %d", count);
	if (options->task == TASK_MERGE && count == 0)
		return reason_set(
		    why, EX_USAGE, "--merge: takes one file or more");
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
	if (options->task != TASK_VISIT)
		return take_files(options, argv + optind, argc - optind, why);
	if (options->timeout == 0)
		options->timeout = TIMEOUT_DEFAULT;
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
	while ((option = getopt_long(argc, argv, hail_option_letters,
		    hail_option_words, NULL)) != -1) {
		if (option == 'h' || option == 'V') {
			options->task =
			    option == 'h' ? TASK_HELP : TASK_VERSION;
			return 0;
		}
		if (hail_option_take(options, option, argv[optind - 1], why) ==
		    -1)
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
