#include <err.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "hail/compare.h"
#include "hail/deliver.h"
#include "hail/help.h"
#include "hail/judge.h"
#include "hail/merge.h"
#include "hail/options.h"
#include "hail/storm.h"
#include "hail/visit.h"

#define EXIT_INTERRUPTED 130

/* No socket may land where someone writes or reads by habit. */
static void
occupy_standard_descriptors(void)
{
	int filler;

	/* Writing to this one fails, as it does where nothing is open. */
	do
		filler = open("/dev/null", O_RDONLY);
	while (filler >= 0 && filler <= STDERR_FILENO);
	if (filler > STDERR_FILENO)
		close(filler);
}

/* All addresses of the target that a source can reach. */
static int
find_targets(const struct hail_options *options, struct address_list *targets,
    struct reason *why)
{
	if (address_resolve(options->host, options->port, ADDRESS_CONNECT,
		targets, why) == -1) {
		/* An unknown name is an unreachable server: a failure. */
		if (why->status != EX_USAGE)
			why->status = EXIT_FAILURE;
		return -1;
	}
	return source_match(&options->sources, targets, why);
}

static int
run_visit(const struct hail_options *options, struct reason *why)
{
	struct address_list targets;

	if (find_targets(options, &targets, why) == -1)
		return -1;
	return visit(options, &targets, why);
}

static int
run_storm(const struct hail_options *options, struct reason *why)
{
	static struct result result;
	static struct evidence evidence;
	struct address_list targets;

	if (deliver_try(options, why) == -1 ||
	    find_targets(options, &targets, why) == -1 ||
	    storm_run(options, &targets, &result, &evidence, why) == -1 ||
	    result_balance(&result, why) == -1)
		return -1;
	judge(&result, &options->criteria);
	evidence_explain(&evidence, &result);
	if (deliver(options, &result, why) == -1)
		return -1;
	return result.interrupted ? EXIT_INTERRUPTED
				  : verdict_status(result.verdict);
}

static int
run_merge(const struct hail_options *options, struct reason *why)
{
	static struct result result;

	if (merge_files(options->files, options->file_count, &result, why) ==
	    -1)
		return -1;
	judge(&result, &options->criteria);
	if (deliver(options, &result, why) == -1)
		return -1;
	return verdict_status(result.verdict);
}

static int
run_compare(const struct hail_options *options, struct reason *why)
{
	if (compare_files(options->files[0], options->files[1], stdout, why) ==
	    -1)
		return -1;
	return deliver_flush(why);
}

static int
run(const struct hail_options *options, struct reason *why)
{
	switch (options->task) {
	case TASK_VISIT:
		return run_visit(options, why);
	case TASK_STORM:
		return run_storm(options, why);
	case TASK_MERGE:
		return run_merge(options, why);
	case TASK_COMPARE:
		return run_compare(options, why);
	case TASK_HELP:
		help_print(stdout);
		return deliver_flush(why);
	case TASK_VERSION:
		printf("hail %s\n", HAIL_VERSION);
		return deliver_flush(why);
	}
	return 0;
}

int
main(int argc, char *argv[])
{
	struct hail_options options;
	struct reason why;
	int status;

	occupy_standard_descriptors();
	setlocale(LC_CTYPE, "");
	if (hail_options_parse(&options, argc, argv, &why) == -1)
		errx(why.status, "%s", why.text);
	status = run(&options, &why);
	hail_options_free(&options);
	if (status == -1)
		errx(why.status, "%s", why.text);
	return status;
}
