#include "hail/deliver.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "hail/hgrm.h"
#include "hail/json.h"
#include "hail/output.h"
#include "hail/report.h"

int
deliver_flush(struct reason *why)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return 0;
	return reason_set(why, EX_IOERR, "stdout: %s", strerror(errno));
}

/* Whether a file of the options is stdout, which has no room for two. */
static bool
is_stdout(const char *path)
{
	return path != NULL && strcmp(path, "-") == 0;
}

/* Whether path could be written; what is no regular file is not touched. */
static int
try_output(const char *path, struct reason *why)
{
	struct output output;
	struct stat status;

	if (path == NULL || is_stdout(path) ||
	    (stat(path, &status) == 0 && !S_ISREG(status.st_mode)))
		return 0;
	if (output_begin(&output, path, why) == -1)
		return -1;
	output_abandon(&output);
	return 0;
}

int
deliver_try(const struct hail_options *options, struct reason *why)
{
	if (try_output(options->output, why) == -1)
		return -1;
	return try_output(options->hgrm, why);
}

int
deliver(const struct hail_options *options, const struct result *result,
    struct reason *why)
{
	const struct latency *whole =
	    &result->tally.latency[OUTCOME_OK][PHASE_WHOLE];
	struct report_style style;

	if (options->output != NULL &&
	    json_save(result, options->output, why) == -1)
		return -1;
	if (options->hgrm != NULL && hgrm_save(whole, options->hgrm, why) == -1)
		return -1;
	if (options->format == FORMAT_JSON)
		return json_save(result, "-", why);
	if (is_stdout(options->output) || is_stdout(options->hgrm))
		return 0;
	style = report_style_for(stdout, !options->color);
	report_print(result, &style, stdout);
	return deliver_flush(why);
}
