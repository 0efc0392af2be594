#include "hail/source.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>
#include <errno.h>
#include <netinet/in.h>
#include <sysexits.h>
#include <unistd.h>

#include "machine.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct source_list
parse(const char *text)
{
	struct source_list sources;
	struct reason why;

	cr_assert_eq(source_parse(text, &sources, &why), 0, "%s", why.text);
	return sources;
}

/* Where a socket is after it was bound to the turn-th source. */
static struct sockaddr_in
bound_at(const struct source_list *sources, size_t turn)
{
	struct sockaddr_in own;
	socklen_t length = sizeof(own);
	int conn = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert_eq(source_bind(sources, turn, conn, AF_INET), 0, "%m");
	getsockname(conn, (struct sockaddr *)&own, &length);
	close(conn);
	return own;
}

Test(source, they_take_turns)
{
	struct source_list sources = parse("127.0.0.1,127.0.0.2,127.0.0.3");

	cr_assert_eq(sources.count, 3);
	cr_expect_eq(
	    bound_at(&sources, 0).sin_addr.s_addr, inet_addr("127.0.0.1"));
	cr_expect_eq(
	    bound_at(&sources, 1).sin_addr.s_addr, inet_addr("127.0.0.2"));
	cr_expect_eq(
	    bound_at(&sources, 5).sin_addr.s_addr, inet_addr("127.0.0.3"));
}

Test(source, the_port_is_left_to_connect)
{
	struct source_list sources = parse("127.0.0.1");

	cr_expect_eq(bound_at(&sources, 0).sin_port, 0);
}

Test(source, without_any_nothing_is_bound)
{
	struct source_list sources = {.count = 0};

	cr_expect_eq(bound_at(&sources, 3).sin_addr.s_addr, INADDR_ANY);
}

Test(source, another_family_has_none)
{
	struct source_list sources = parse("127.0.0.1");
	int conn;

	machine_ipv6_or_skip();
	conn = socket(AF_INET6, SOCK_STREAM, 0);
	cr_expect_eq(source_bind(&sources, 0, conn, AF_INET6), -1);
	cr_expect_eq(errno, EAFNOSUPPORT);
	close(conn);
}

Test(source, of_the_targets_those_remain_that_it_can_reach)
{
	struct source_list sources = parse("127.0.0.1");
	struct address_list targets = {.count = 2};
	struct reason why;

	targets.at[0].storage.ss_family = AF_INET6;
	targets.at[1].storage.ss_family = AF_INET;
	cr_assert_eq(source_match(&sources, &targets, &why), 0);
	cr_assert_eq(targets.count, 1);
	cr_expect_eq(targets.at[0].storage.ss_family, AF_INET);

	targets.at[0].storage.ss_family = AF_INET6;
	cr_assert_eq(source_match(&sources, &targets, &why), -1);
	cr_expect_eq(why.status, EX_USAGE);
}

struct bad_source {
	char text[64];
	char named[32];
};

ParameterizedTestParameters(source, what_is_none_is_named)
{
	static struct bad_source rows[] = {
	    {"", "--source "}, {"localhost", "localhost"},
	    {"127.0.0.1,", "--source "}, {"127.0.0.1,,127.0.0.2", "--source "},
	    {"127.0.0.1,nonsense", "nonsense"},
	    {"127.0.0.1:80", "127.0.0.1:80"},
	    {"192.0.2.77", "192.0.2.77"}, /* for documentation: nobody's */
	};

	return cr_make_param_array(struct bad_source, rows, COUNT(rows));
}

ParameterizedTest(struct bad_source *row, source, what_is_none_is_named)
{
	struct source_list sources;
	struct reason why;

	cr_assert_eq(
	    source_parse(row->text, &sources, &why), -1, "%s", row->text);
	cr_expect_eq(why.status, EX_USAGE);
	cr_expect_not_null(strstr(why.text, row->named), "%s", why.text);
}

Test(source, there_is_room_for_so_many_and_no_more)
{
	char text[512] = "127.0.0.1";
	struct source_list sources;
	struct reason why;
	int i;

	for (i = 1; i < ADDRESS_MAX; i++)
		strlcat(text, ",127.0.0.1", sizeof(text));
	cr_expect_eq(source_parse(text, &sources, &why), 0, "%s", why.text);
	strlcat(text, ",127.0.0.1", sizeof(text));
	cr_expect_eq(source_parse(text, &sources, &why), -1);
}
