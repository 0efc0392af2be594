#include "hail/number.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define DIGITS "0123456789"

/* What a suffix multiplies by, 0 if there is no such suffix. */
static double
suffix_factor(const char *suffix)
{
	if (strcmp(suffix, "") == 0)
		return 1;
	if (strcmp(suffix, "k") == 0)
		return 1e3;
	return strcmp(suffix, "M") == 0 ? 1e6 : 0;
}

int
number_parse_fraction(const char *text, double min, double max, double *number,
    struct reason *why)
{
	size_t length;
	double factor, value;

	/* Digits and one point: no sign, exponent, hexadecimal or "nan". */
	length = strspn(text, DIGITS);
	if (text[length] == '.')
		length += 1 + strspn(text + length + 1, DIGITS);
	factor = suffix_factor(text + length);
	if (!isdigit((unsigned char)text[0]) || factor == 0)
		return reason_set(why, EX_USAGE,
		    "%s: not a number (say 64, 10k or 1M)", text);
	value = strtod(text, NULL) * factor;
	if (!(value >= min && value <= max))
		return reason_set(
		    why, EX_USAGE, "%s: must be %.9g to %.9g", text, min, max);
	*number = value;
	return 0;
}

int
number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *number,
    struct reason *why)
{
	double value;

	if (number_parse_fraction(
		text, (double)min, (double)max, &value, why) == -1)
		return -1;
	if (value != nearbyint(value))
		return reason_set(
		    why, EX_USAGE, "%s: not a whole number", text);
	*number = (uint64_t)value;
	return 0;
}
