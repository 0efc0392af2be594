#ifndef HAIL_OPTIONS_H
#define HAIL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hail/criteria.h"
#include "hail/expectation.h"
#include "hail/source.h"
#include "reason.h"

/* What hail is asked to do. */
enum hail_task {
	TASK_VISIT, /* one connection, shown */
	TASK_STORM, /* many, counted: -n, -d or -c */
	TASK_MERGE,
	TASK_COMPARE,
	TASK_HELP,
	TASK_VERSION
};

enum hail_format { FORMAT_TEXT, FORMAT_JSON };

/*
 * The command line, checked. Times are ns; what was not given is 0, NULL or
 * false unless it says otherwise.
 */
struct hail_options {
	enum hail_task task;
	const char *host; /* default localhost */
	const char *port; /* default 9999 */

	uint64_t connections;
	int64_t duration;
	uint64_t concurrency; /* a closed loop's default is filled in */
	double rate;	      /* connections a second */
	unsigned jobs;	      /* default: one for each processor */

	int64_t connect_timeout;
	int64_t first_byte_timeout;
	int64_t timeout; /* default 5 s */
	bool half_close;
	struct source_list sources;

	bool expects; /* a visit compares; a storm always does */
	struct expectation expectation;

	const char *output; /* JSON file, "-" for stdout */
	const char *hgrm;
	enum hail_format format;
	struct criteria criteria; /* --fail-above */
	bool quiet;
	bool color; /* unless --no-color or NO_COLOR */

	char **files; /* to merge or compare */
	size_t file_count;
};

/*
 * Read the command line. argv must stay, and is permuted and changed; options
 * are ended with hail_options_free. Reads the file of --expect-file.
 * Returns 0, or -1 with a reason that repeats the user's words (EX_USAGE, or
 * what greeting_from_file says of the file), and nothing to free.
 */
int hail_options_parse(
    struct hail_options *, int argc, char *argv[], struct reason *);

void hail_options_free(struct hail_options *);

#endif
