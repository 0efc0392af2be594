#include <err.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "hail/options.h"
#include "hail/result.h"
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

static int
storm(const struct hail_options *options, const struct address_list *targets,
    struct reason *why)
{
	static struct result result;
	enum outcome i;

	if (storm_run(options, targets, &result, why) == -1 ||
	    result_balance(&result, why) == -1)
		return -1;
	printf("%.0f/s over %.3fs\n", result_rate(&result),
	    (double)(result.end - result.start) / 1e9);
	for (i = 0; i < OUTCOMES; i++)
		if (result.tally.ended[i] != 0)
			printf("%s %ju\n", outcome_words(i),
			    (uintmax_t)result.tally.ended[i]);
	printf("not started %ju\n",
	    (uintmax_t)(result.planned - result.tally.started));
	if (result.interrupted)
		return EXIT_INTERRUPTED;
	return result.tally.ended[OUTCOME_OK] != result.planned;
}

static int
dispatch(const struct hail_options *options, struct reason *why)
{
	struct address_list targets;

	if (options->task == TASK_HELP) {
		hail_options_usage(stdout);
		return 0;
	}
	if (options->task == TASK_VERSION) {
		printf("hail %s\n", HAIL_VERSION);
		return 0;
	}
	if (address_resolve(options->host, options->port, ADDRESS_CONNECT,
		&targets, why) == -1)
		return -1;
	if (options->task == TASK_STORM)
		return storm(options, &targets, why);
	return visit(options, &targets, why);
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
	status = dispatch(&options, &why);
	hail_options_free(&options);
	if (status == -1)
		errx(why.status, "%s", why.text);
	return status;
}
