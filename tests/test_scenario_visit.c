#include <sys/mount.h>
#include <sys/socket.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <pty.h>
#include <sched.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "machine.h"
#include "raid.h"
#include "rogue.h"
#include "scratch.h"

/* One visit: what it prints, what it says, and how it ends. */

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct process hail;
static struct rogue rogue;
static char port[16];

static void
start_rogue(enum rogue_manner manner)
{
	rogue_start(&rogue, manner, 64);
	snprintf(port, sizeof(port), "%u", rogue.port);
}

static const char *
printed(void)
{
	return hail.output[PROCESS_OUT].text;
}

static const char *
said(void)
{
	return hail.output[PROCESS_ERR].text;
}

/* "hail: 127.0.0.1:PORT: " and these words, and nothing else. */
static void
expect_said(const char *words)
{
	char line[256];

	snprintf(line, sizeof(line), "hail: 127.0.0.1:%s: %s\n", port, words);
	cr_expect_str_eq(said(), line);
}

Test(scenario_visit, every_byte_is_printed_as_it_came)
{
	const char bytes[] = "nul \0 escape \033[31m high \377 end";
	char path[SCRATCH_PATH];
	struct daemon daemon;

	scratch_write("bytes", bytes, sizeof(bytes), path);
	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-f", path)});
	snprintf(port, sizeof(port), "%u", daemon.port);
	cr_expect_eq(
	    process_run(&hail, ARGV(BUILD "/hail", "127.0.0.1", port), NULL),
	    0);
	cr_assert_eq(hail.output[PROCESS_OUT].length, sizeof(bytes));
	cr_expect_eq(memcmp(printed(), bytes, sizeof(bytes)), 0);
	cr_expect_str_eq(said(), "");
	process_free(&hail);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

/* What a terminal on the other side of a pty gets of a visit. */
static size_t
read_terminal(int master, char *text, size_t size)
{
	size_t length = 0;
	ssize_t got;

	while (length < size - 1 &&
	    (got = read(master, text + length, size - 1 - length)) > 0)
		length += (size_t)got;
	text[length] = '\0';
	return length;
}

Test(scenario_visit, a_terminal_never_gets_control_characters)
{
	struct daemon daemon;
	char text[256];
	int master, slave;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-m", "\\033[31mred\\a\\r\\n\\tend")});
	snprintf(port, sizeof(port), "%u", daemon.port);
	cr_assert_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
	cr_expect_eq(process_run(&hail, ARGV(BUILD "/hail", "127.0.0.1", port),
			 &(struct process_options){.output = slave}),
	    0);
	close(slave);
	read_terminal(master, text, sizeof(text));
	/* The terminal itself makes \r\n of \n. */
	cr_expect_str_eq(text, "\\^[[31mred\\^G\r\r\n\tend");
	process_free(&hail);
	daemon_stop(&daemon);
	process_free(&daemon.process);
}

struct failure_row {
	enum rogue_manner manner;
	char timeout[8];
	char printed[32];
	char said[64]; /* up to the time that it took */
};

ParameterizedTestParameters(scenario_visit, a_failure_is_one_clear_line)
{
	static struct failure_row rows[] = {
	    {ROGUE_REFUSES, "60s", "", "connection refused\n"},
	    {ROGUE_NO_SYN, "100ms", "", "timed out while connecting ("},
	    {ROGUE_SILENT, "100ms", "", "connected but never greeted ("},
	    {ROGUE_RESET_BEFORE, "60s", "", "reset before the greeting\n"},
	    {ROGUE_RESET_WITHIN, "60s", "Thank you for",
		"reset within the greeting, after 13 bytes\n"},
	    {ROGUE_HALF, "3s", "Thank you for",
		"timed out within the greeting, after 13 bytes ("},
	    {ROGUE_EMPTY, "60s", "", "hung up without a greeting\n"},
	};

	return cr_make_param_array(struct failure_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct failure_row *row, scenario_visit, a_failure_is_one_clear_line)
{
	char line[256];

	start_rogue(row->manner);
	cr_expect_eq(
	    process_run(&hail,
		ARGV(BUILD "/hail", "-t", row->timeout, "127.0.0.1", port),
		NULL),
	    1);
	cr_expect_str_eq(printed(), row->printed);
	snprintf(line, sizeof(line), "hail: 127.0.0.1:%s: %s", port, row->said);
	cr_expect_eq(strncmp(said(), line, strlen(line)), 0, "%s", said());
	cr_expect_eq(strchr(said(), '\n'), said() + strlen(said()) - 1);
	process_free(&hail);
	rogue_stop(&rogue);
}

struct comparison_row {
	enum rogue_manner manner;
	char expected[64];
	char said[64];
};

ParameterizedTestParameters(scenario_visit, a_difference_is_found)
{
	static struct comparison_row rows[] = {
	    {ROGUE_GREETS, "Thank you for connection\\r\\n", ""},
	    {ROGUE_WRONG_BYTE, "Thank you for connection\\r\\n",
		"differs at byte 11: '#', not 'f'"},
	    {ROGUE_SHORT, "Thank you for connection\\r\\n",
		"differs at byte 14: ends after 13 of 26 bytes"},
	    {ROGUE_EXTRA, "Thank you for connection\\r\\n",
		"goes on after the 26 bytes that were expected"},
	    {ROGUE_GREETS, "Thank you for connection\\n\\n",
		"differs at byte 25: '\\r', not '\\n'"},
	};

	return cr_make_param_array(struct comparison_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct comparison_row *row, scenario_visit, a_difference_is_found)
{
	bool same = row->said[0] == '\0';

	start_rogue(row->manner);
	cr_expect_eq(
	    process_run(&hail,
		ARGV(BUILD "/hail", "-e", row->expected, "127.0.0.1", port),
		NULL),
	    same ? 0 : 1);
	if (same)
		cr_expect_str_eq(said(), "");
	else
		expect_said(row->said);
	process_free(&hail);
	rogue_stop(&rogue);
}

Test(scenario_visit, quietly_nothing_is_printed)
{
	start_rogue(ROGUE_GREETS);
	cr_expect_eq(process_run(&hail,
			 ARGV(BUILD "/hail", "-q", "127.0.0.1", port), NULL),
	    0);
	cr_expect_str_eq(printed(), "");
	process_free(&hail);
	rogue_stop(&rogue);
}

Test(scenario_visit, an_unknown_name_is_a_failure)
{
	cr_expect_eq(process_run(&hail,
			 ARGV(BUILD "/hail", "nonexistent.invalid"), NULL),
	    1);
	cr_expect_eq(strncmp(said(), "hail: nonexistent.invalid: ", 27), 0,
	    "%s", said());
	process_free(&hail);
}

Test(scenario_visit, bad_words_are_bad_usage)
{
	cr_expect_eq(
	    process_run(&hail, ARGV(BUILD "/hail", "--nonsense"), NULL),
	    EX_USAGE);
	cr_expect_str_eq(said(),
	    "hail: --nonsense: unknown or ambiguous option (hail --help "
	    "lists them)\n");
	process_free(&hail);
}

Test(scenario_visit, what_cannot_be_printed_is_a_failure)
{
	start_rogue(ROGUE_GREETS);
	cr_expect_eq(process_run(&hail, ARGV(BUILD "/hail", "127.0.0.1", port),
			 &(struct process_options){.closed = {[1] = true}}),
	    EX_IOERR);
	cr_expect_str_eq(said(), "hail: stdout: Bad file descriptor\n");
	process_free(&hail);
	rogue_stop(&rogue);
}

/* Give a name two addresses of which only the second has a server. */
static void
name_both_or_skip(void)
{
	static const char hosts[] = "::1 both\n127.0.0.1 both\n";
	char path[SCRATCH_PATH];

	machine_root_or_skip();
	machine_ipv6_or_skip();
	scratch_write("hosts", hosts, sizeof(hosts) - 1, path);
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount(path, "/etc/hosts", NULL, MS_BIND, NULL) == -1)
		cr_skip_test("no mount namespaces here: %m");
}

Test(scenario_visit, every_address_is_tried_in_turn)
{
	name_both_or_skip();
	start_rogue(ROGUE_GREETS);
	cr_expect_eq(
	    process_run(&hail, ARGV(BUILD "/hail", "both", port), NULL), 0);
	cr_expect_str_eq(printed(), ROGUE_GREETING);
	cr_expect_str_eq(said(), "");
	process_free(&hail);
	rogue_stop(&rogue);
}

/* Take no SYN at [::1] on that port. */
static int
be_dead_on_ipv6(unsigned number)
{
	struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
	const struct sock_fprog filter = {.len = 1, .filter = nothing};
	const struct sockaddr_in6 own = {
	    .sin6_family = AF_INET6,
	    .sin6_addr = IN6ADDR_LOOPBACK_INIT,
	    .sin6_port = htons((uint16_t)number),
	};
	int listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(
	    bind(listener, (const struct sockaddr *)&own, sizeof(own)), 0);
	cr_assert_eq(setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
			 sizeof(filter)),
	    0);
	cr_assert_eq(listen(listener, 5), 0);
	return listener;
}

Test(scenario_visit, an_address_that_is_dead_leaves_time_for_the_next)
{
	int dead;

	name_both_or_skip();
	start_rogue(ROGUE_GREETS);
	dead = be_dead_on_ipv6(rogue.port);
	cr_expect_eq(process_run(&hail,
			 ARGV(BUILD "/hail", "-t", "1s", "both", port), NULL),
	    0, "%s", said());
	cr_expect_str_eq(printed(), ROGUE_GREETING);
	process_free(&hail);
	rogue_stop(&rogue);
	close(dead);
}

Test(scenario_visit, when_none_answers_each_is_named)
{
	char line[256];

	name_both_or_skip();
	start_rogue(ROGUE_REFUSES);
	cr_expect_eq(
	    process_run(&hail, ARGV(BUILD "/hail", "both", port), NULL), 1);
	snprintf(line, sizeof(line),
	    "hail: [::1]:%s: connection refused; 127.0.0.1:%s: connection "
	    "refused\n",
	    port, port);
	cr_expect_str_eq(said(), line);
	process_free(&hail);
	rogue_stop(&rogue);
}

Test(scenario_visit, a_storm_finds_the_address_that_answers)
{
	struct raid raid = {.status = 0};

	name_both_or_skip();
	rogue_start(&rogue, ROGUE_GREETS, 64);
	raid_start(&raid, "result.json", "both", rogue.port,
	    ARGV("-n", "200", "-c", "20"), NULL);
	raid_finish(&raid);
	cr_expect_eq(raid.status, 0);
	raid_expect(&raid, OUTCOME_OK, 200, 200);
	cr_expect_eq(raid.result.address_count, 2);
	process_free(&raid.process);
	cr_expect_eq(rogue_stop(&rogue), 200);
}
