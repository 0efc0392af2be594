#include "hail/netstat.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "procfs.h"

static int
scan(const char *text, int64_t counters[COUNTERS])
{
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	int result;

	cr_assert_not_null(file);
	result = netstat_scan(file, counters);
	fclose(file);
	return result;
}

Test(netstat, counters_are_found_by_name)
{
	int64_t counters[COUNTERS];

	cr_assert_eq(scan("TcpExt: SyncookiesSent Other ListenOverflows\n"
			  "TcpExt: 52 7 156\n"
			  "IpExt: InNoRoutes TCPSynRetrans\n"
			  "IpExt: 1 9000000000000\n",
			 counters),
	    0);
	cr_expect_eq(counters[COUNTER_SYNCOOKIES_SENT], 52);
	cr_expect_eq(counters[COUNTER_LISTEN_OVERFLOWS], 156);
	cr_expect_eq(counters[COUNTER_SYN_RETRANS], 9000000000000);
}

Test(netstat, one_that_this_kernel_has_not_is_zero)
{
	int64_t counters[COUNTERS] = {0};

	counters[COUNTER_ABORT_ON_DATA] = 5;
	cr_assert_eq(scan("TcpExt: A\nTcpExt: 1\n", counters), 0);
	cr_expect_eq(counters[COUNTER_ABORT_ON_DATA], 0);
}

Test(netstat, lines_that_do_not_match_are_refused)
{
	int64_t counters[COUNTERS];

	cr_expect_eq(scan("TcpExt: A B\nTcpExt: 1\n", counters), -1);
	cr_expect_eq(scan("TcpExt: A\nTcpExt: 1 2\n", counters), -1);
	cr_expect_eq(scan("TcpExt: A\n", counters), -1);
	cr_expect_eq(scan("\n", counters), -1);
}

Test(netstat, this_kernel_is_read_as_it_counts)
{
	int64_t counters[COUNTERS], before, after;

	before = procfs_counter("TcpExt", "TCPTimeouts");
	cr_assert_eq(netstat_read(counters), 0);
	after = procfs_counter("TcpExt", "TCPTimeouts");
	cr_expect(counters[COUNTER_TIMEOUTS] >= before &&
	    counters[COUNTER_TIMEOUTS] <= after);
}
