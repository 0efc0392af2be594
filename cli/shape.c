#include "hail/shape.h"

#include <stdbool.h>
#include <string.h>
#include <sysexits.h>

#include "duration.h"

/* What is compared, and where it is from. */
struct pair {
	const struct result *first, *from;
	const char *first_path, *path;
	struct reason *why;
};

/* Another answer than the first file's to what must be the same in all. */
static int
differ(const struct pair *pair, const char *what, const char *is,
    const char *first)
{
	return reason_set(pair->why, EX_DATAERR, "%s: %s is %s, but %s in %s",
	    pair->path, what, is[0] != '\0' ? is : "none",
	    first[0] != '\0' ? first : "none", pair->first_path);
}

static int
same_time(const struct pair *pair, const char *what, int64_t is, int64_t first)
{
	char a[DURATION_STRLEN], b[DURATION_STRLEN];

	if (is == first)
		return 0;
	return differ(
	    pair, what, duration_format(is, a), duration_format(first, b));
}

static bool
is_loopback(const struct result *result)
{
	unsigned i;

	for (i = 0; i < result->address_count; i++)
		if (strncmp(result->addresses[i], "127.", 4) == 0 ||
		    strncmp(result->addresses[i], "[::1]", 5) == 0)
			return true;
	return false;
}

static int
same_target(const struct pair *pair)
{
	const struct result *from = pair->from, *first = pair->first;

	if (strcmp(from->target, first->target) != 0)
		return differ(pair, "the target", from->target, first->target);
	if (is_loopback(from) && strcmp(from->host, first->host) != 0)
		return reason_set(pair->why, EX_DATAERR,
		    "%s: %s is another server on %s than on %s in %s",
		    pair->path, from->target, from->host, first->host,
		    pair->first_path);
	return 0;
}

static int
same_load(const struct pair *pair)
{
	const struct result *from = pair->from, *first = pair->first;

	if (from->greeting_length != first->greeting_length ||
	    strcmp(from->greeting_digest, first->greeting_digest) != 0)
		return differ(pair, "the greeting's digest",
		    from->greeting_digest, first->greeting_digest);
	if (from->half_close != first->half_close)
		return differ(pair, "--half-close",
		    from->half_close ? "on" : "off",
		    first->half_close ? "on" : "off");
	if ((from->rate_asked > 0) != (first->rate_asked > 0))
		return differ(pair, "the load",
		    from->rate_asked > 0 ? "by rate" : "by concurrency",
		    first->rate_asked > 0 ? "by rate" : "by concurrency");
	return 0;
}

static int
same_times(const struct pair *pair)
{
	const struct result *from = pair->from, *first = pair->first;

	if (same_time(pair, "the duration asked", from->duration_asked,
		first->duration_asked) == -1 ||
	    same_time(pair, "the timeout to connect", from->connect_timeout,
		first->connect_timeout) == -1 ||
	    same_time(pair, "the timeout of the first byte",
		from->first_byte_timeout, first->first_byte_timeout) == -1)
		return -1;
	return same_time(pair, "the timeout", from->timeout, first->timeout);
}

int
shape_compare(const struct result *first, const char *first_path,
    const struct result *from, const char *path, struct reason *why)
{
	const struct pair pair = {first, from, first_path, path, why};

	if (same_target(&pair) == -1 || same_load(&pair) == -1)
		return -1;
	return same_times(&pair);
}
