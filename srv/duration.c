#include "duration.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

static const struct unit {
	const char *name;
	int64_t ns;
} units[] = {
    {"ns", 1},
    {"us", NS_PER_US},
    {"ms", NS_PER_MS},
    {"s", NS_PER_S},
    {"m", 60 * NS_PER_S},
    {"h", 3600 * NS_PER_S},
};

/* The length of the unit called name, 0 if there is none. */
static int64_t
unit_length(const char *name)
{
	size_t i;

	if (*name == '\0')
		return NS_PER_S;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(name, units[i].name) == 0)
			return units[i].ns;
	return 0;
}

int
duration_parse(
    const char *text, int64_t min, int64_t max, int64_t *ns, struct reason *why)
{
	char low[DURATION_STRLEN], high[DURATION_STRLEN];
	size_t digits;
	int64_t unit;
	double value;

	/* Digits and one point: no sign, exponent, hexadecimal or "nan". */
	digits = strspn(text, "0123456789.");
	unit = unit_length(text + digits);
	if (!isdigit((unsigned char)text[0]) || unit == 0 ||
	    strspn(text, "0123456789") + 1 +
		    strspn(strchr(text, '.') ? strchr(text, '.') + 1 : "",
			"0123456789") <
		digits)
		return reason_set(why, EX_USAGE,
		    "%s: not a duration (say 250ms, 10s or 2m)", text);
	value = strtod(text, NULL) * (double)unit;
	/* The double of NEVER is 2^63, which no int64_t can hold. */
	if (!(value >= (double)min && value <= (double)max && value < 0x1p63))
		return reason_set(why, EX_USAGE, "%s: must be %s to %s", text,
		    duration_format(min, low), duration_format(max, high));
	*ns = (int64_t)llround(value);
	return 0;
}

char *
duration_format(int64_t ns, char buf[DURATION_STRLEN])
{
	size_t i = 0;
	double value;

	/* Minutes and hours only when they come out even. */
	if (ns >= 60 * NS_PER_S && ns % (60 * NS_PER_S) == 0) {
		i = ns % (3600 * NS_PER_S) == 0 ? 5 : 4;
		snprintf(buf, DURATION_STRLEN, "%lld%s",
		    (long long)(ns / units[i].ns), units[i].name);
		return buf;
	}
	while (i < 3 && (double)ns >= 999.5 * (double)units[i].ns)
		i++;
	value = (double)ns / (double)units[i].ns;
	if (value >= 999.5)
		snprintf(buf, DURATION_STRLEN, "%.0f%s", value, units[i].name);
	else
		snprintf(buf, DURATION_STRLEN, "%.3g%s", value, units[i].name);
	return buf;
}

int64_t
monotonic_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

int
poll_timeout(int64_t deadline)
{
	int64_t left;

	if (deadline == NEVER)
		return -1;
	left = deadline - monotonic_now();
	if (left <= 0)
		return 0;
	left = (left + NS_PER_MS - 1) / NS_PER_MS;
	return left > INT_MAX ? INT_MAX : (int)left;
}
