#include "haild/rate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "duration.h"

#define MOST 1000000

static const struct unit {
	char name;
	int64_t period;
} units[] = {
    {'s', NS_PER_S},
    {'m', 60 * NS_PER_S},
    {'h', 3600 * NS_PER_S},
};

#define UNITS (sizeof(units) / sizeof(units[0]))

int
rate_parse(const char *text, struct rate *rate, struct reason *why)
{
	const size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;
	unsigned long count;
	size_t i;

	count = digits < 1 || digits > 7 ? 0 : strtoul(text, NULL, 10);
	if (unit[0] == '\0')
		unit = "/s";
	for (i = 0; i < UNITS; i++)
		if (unit[0] == '/' && unit[1] == units[i].name &&
		    unit[2] == '\0')
			break;
	if (i == UNITS || count < 1 || count > MOST)
		return reason_set(why, EX_USAGE,
		    "%s: not a rate of 1 to %d (say 50/s, 30/m or 6/h)", text,
		    MOST);
	rate->count = (unsigned)count;
	rate->period = units[i].period;
	return 0;
}

char *
rate_format(const struct rate *rate, char buf[RATE_STRLEN])
{
	size_t i = 0;

	while (units[i].period != rate->period)
		i++;
	snprintf(buf, RATE_STRLEN, "%u/%c", rate->count, units[i].name);
	return buf;
}

static int64_t
interval(const struct rate *rate)
{
	return rate->period / rate->count;
}

int64_t
bucket_ready_at(const struct bucket *bucket, const struct rate *rate)
{
	/* It has one as long as it is not short of all of them. */
	return bucket->full_at - (int64_t)(rate->count - 1) * interval(rate);
}

void
bucket_take(struct bucket *bucket, const struct rate *rate, int64_t now)
{
	if (bucket->full_at < now)
		bucket->full_at = now;
	bucket->full_at += interval(rate);
}
