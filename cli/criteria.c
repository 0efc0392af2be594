#include "hail/criteria.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "duration.h"
#include "hail/latency.h"
#include "hail/number.h"
#include "hail/result.h"

/* "p99.9": a p, then digits with one point at most, 100 at most. */
static bool
is_percentile(const char *name, double *percent)
{
	const char *digits = name + 1;
	size_t length;

	if (strcmp(name, "max") == 0) {
		*percent = 100;
		return true;
	}
	if (name[0] != 'p' || !isdigit((unsigned char)digits[0]))
		return false;
	length = strspn(digits, "0123456789");
	if (digits[length] == '.')
		length += 1 + strspn(digits + length + 1, "0123456789");
	if (digits[length] != '\0')
		return false;
	*percent = strtod(digits, NULL);
	return *percent <= 100;
}

/* What of value is bounded, and by how much. */
static int
parse(struct criterion *criterion, const char *value, struct reason *why)
{
	uint64_t count;

	if (is_percentile(criterion->name, &criterion->percent)) {
		criterion->measure = MEASURE_PERCENTILE;
		return duration_parse(
		    value, 0, LATENCY_MAX, &criterion->most, why);
	}
	if (strcmp(criterion->name, "rate") == 0) {
		criterion->measure = MEASURE_RATE;
		return number_parse_fraction(
		    value, 0, (double)RESULT_COUNT_MAX, &criterion->least, why);
	}
	if (!outcome_find(criterion->name, &criterion->outcome))
		return reason_set(why, EX_USAGE,
		    "unknown (say p99=50ms, "
		    "max=1s, rate=5k or stranded=0)");
	if (criterion->outcome == OUTCOME_OK)
		return reason_set(
		    why, EX_USAGE, "connections that are ok never fail a run");
	criterion->measure = MEASURE_END;
	if (number_parse(value, 0, RESULT_COUNT_MAX, &count, why) == -1)
		return -1;
	criterion->most = (int64_t)count;
	return 0;
}

int
criteria_add(struct criteria *criteria, const char *words, struct reason *why)
{
	const char *equals = strchr(words, '=');
	struct criterion criterion = {0};
	struct reason detail;
	size_t length;

	if (criteria->count == CRITERIA_MAX)
		return reason_set(why, EX_USAGE, "%s: more than %d criteria",
		    words, CRITERIA_MAX);
	if (equals == NULL)
		return reason_set(
		    why, EX_USAGE, "%s: no limit (say %s=LIMIT)", words, words);
	/* A name that is too long is none: cut it might be another one. */
	length = (size_t)(equals - words);
	if (length >= sizeof(criterion.name))
		length = 0;
	memcpy(criterion.name, words, length);
	if (parse(&criterion, equals + 1, &detail) == -1)
		return reason_set(why, EX_USAGE, "%s: %s", words, detail.text);
	criteria->at[criteria->count++] = criterion;
	return 0;
}
