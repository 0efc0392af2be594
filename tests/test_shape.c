#include "hail/shape.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>
#include <sysexits.h>

#include "duration.h"
#include "sample.h"

static struct result a, b;
static struct reason why;

static void
two_runs(void)
{
	sample_fill(&a, 1);
	sample_fill(&b, 2);
	strlcpy(a.host, "one", RESULT_WORDS);
	strlcpy(b.host, "one", RESULT_WORDS);
}

enum change {
	TARGET,
	HOST,
	DIGEST,
	HALF_CLOSE,
	LOAD,
	DURATION,
	CONNECT,
	FIRST_BYTE,
	TIMEOUT
};

static void
apply(enum change change, struct result *result)
{
	switch (change) {
	case TARGET:
		strlcpy(result->target, "other:1", RESULT_WORDS);
		break;
	case HOST:
		strlcpy(result->host, "two", RESULT_WORDS);
		break;
	case DIGEST:
		result->greeting_digest[0] = '\0';
		break;
	case HALF_CLOSE:
		result->half_close = false;
		break;
	case LOAD:
		result->rate_asked = 0;
		break;
	case DURATION:
		result->duration_asked = 0;
		break;
	case CONNECT:
		result->connect_timeout = NS_PER_MS;
		break;
	case FIRST_BYTE:
		result->first_byte_timeout = NS_PER_MS;
		break;
	case TIMEOUT:
		result->timeout = NS_PER_MS;
		break;
	}
}

struct shape_row {
	enum change change;
	char reason[120];
};

ParameterizedTestParameters(shape, runs_of_another_shape_are_refused)
{
	static struct shape_row rows[] = {
	    {TARGET,
		"b.json: the target is other:1, but 127.0.0.1:9999 in "
		"a.json"},
	    {HOST,
		"b.json: 127.0.0.1:9999 is another server on two than on "
		"one in a.json"},
	    {DIGEST,
		"b.json: the greeting's digest is none, but "
		"0123456789abcdef in a.json"},
	    {HALF_CLOSE, "b.json: --half-close is off, but on in a.json"},
	    {LOAD,
		"b.json: the load is by concurrency, but by rate in "
		"a.json"},
	    {DURATION, "b.json: the duration asked is 0ns, but 3s in a.json"},
	    {CONNECT,
		"b.json: the timeout to connect is 1ms, but 4s in "
		"a.json"},
	    {FIRST_BYTE,
		"b.json: the timeout of the first byte is 1ms, but "
		"5s in a.json"},
	    {TIMEOUT, "b.json: the timeout is 1ms, but 6s in a.json"},
	};

	return cr_make_param_array(
	    struct shape_row, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(
    struct shape_row *row, shape, runs_of_another_shape_are_refused)
{
	two_runs();
	apply(row->change, &b);
	cr_assert_eq(shape_compare(&a, "a.json", &b, "b.json", &why), -1);
	cr_expect_str_eq(why.text, row->reason);
	cr_expect_eq(why.status, EX_DATAERR);
}

Test(shape, how_many_connections_may_differ)
{
	two_runs();
	b.planned = b.concurrency = b.jobs = 1;
	b.rate_asked = 1;
	b.start = b.end = 1;
	cr_expect_eq(shape_compare(&a, "a.json", &b, "b.json", &why), 0);
}

Test(shape, hosts_may_differ_where_the_target_is_no_loopback)
{
	two_runs();
	strlcpy(a.addresses[0], "192.0.2.1:9999", RESULT_WORDS);
	b = a;
	strlcpy(b.host, "two", RESULT_WORDS);
	cr_expect_eq(shape_compare(&a, "a.json", &b, "b.json", &why), 0);
}

Test(shape, loopback_is_known_in_both_families)
{
	two_runs();
	strlcpy(a.addresses[0], "[::1]:9999", RESULT_WORDS);
	b = a;
	strlcpy(b.host, "two", RESULT_WORDS);
	cr_expect_eq(shape_compare(&a, "a.json", &b, "b.json", &why), -1);
}
