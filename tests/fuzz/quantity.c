#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "duration.h"
#include "fuzz.h"
#include "hail/number.h"
#include "haild/rate.h"

/* Beyond it what is printed may round to what no clock can hold. */
#define MOST (INT64_MAX / 2)

/* To three digits what is printed of a duration is read back. */
static void
check_duration(int64_t ns)
{
	char text[DURATION_STRLEN];
	struct reason why;
	int64_t again;

	MUST(duration_parse(
		 duration_format(ns, text), 0, NEVER, &again, &why) == 0);
	MUST(llabs(again - ns) <= ns / 199);
}

static void
try_duration(const char *text, int64_t min, int64_t max)
{
	struct reason why;
	int64_t ns;

	if (duration_parse(text, min, max, &ns, &why) == -1) {
		fuzz_must_explain(&why, EX_USAGE, EX_USAGE);
		return;
	}
	MUST(ns >= min && ns <= max);
	if (ns <= MOST)
		check_duration(ns);
}

static void
try_rate(const char *text)
{
	char written[RATE_STRLEN];
	struct rate rate, again;
	struct reason why;

	if (rate_parse(text, &rate, &why) == -1) {
		fuzz_must_explain(&why, EX_USAGE, EX_USAGE);
		return;
	}
	MUST(rate.count >= 1 && rate.count <= 1000000);
	MUST(rate_parse(rate_format(&rate, written), &again, &why) == 0);
	MUST(again.count == rate.count && again.period == rate.period);
}

static void
try_number(const char *text, uint64_t min, uint64_t max)
{
	struct reason why;
	uint64_t number;
	double value;

	if (number_parse(text, min, max, &number, &why) == -1) {
		fuzz_must_explain(&why, EX_USAGE, EX_USAGE);
		return;
	}
	MUST(number >= min && number <= max);
	MUST(number_parse_fraction(
		 text, (double)min, (double)max, &value, &why) == 0);
	MUST(value == (double)number);
}

void
fuzz_quantity(const uint8_t *bytes, size_t length)
{
	char *text = fuzz_text(bytes, length);
	int64_t ns = 0;

	try_duration(text, 0, NEVER);
	try_duration(text, NS_PER_MS, 24 * 3600 * NS_PER_S);
	try_rate(text);
	try_number(text, 0, 1000000000000000);
	try_number(text, 1, 256);
	free(text);
	memcpy(&ns, bytes, length < sizeof(ns) ? length : sizeof(ns));
	check_duration(ns & MOST);
}
