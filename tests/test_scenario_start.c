#include <sys/socket.h>
#include <sys/stat.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "machine.h"
#include "peer.h"
#include "scratch.h"

/* What haild does not start with: one line, an exit status, nothing else. */

#define WORDS 6

/*
 * Run haild with these words; it must end with this line, its name before
 * it, and this status, and leave nothing behind.
 */
static void
assert_refused(char *const words[], const struct process_options *how,
    const char *reason, int status)
{
	char *argv[WORDS + 2] = {BUILD "/haild"}, line[PROCESS_LINE];
	struct process process;
	int i, ended;

	for (i = 0; i < WORDS && words[i] != NULL; i++)
		argv[1 + i] = words[i];
	snprintf(line, sizeof(line), "haild: %s\n", reason);
	ended = process_run(&process, argv, how);
	cr_assert_str_eq(process.output[PROCESS_ERR].text, line);
	cr_assert_str_eq(process.output[PROCESS_OUT].text, "");
	cr_assert_eq(ended, status, "%s: %d, not %d", reason, ended, status);
	process_assert_group_gone(&process);
	process_free(&process);
}

struct refused_row {
	char words[64]; /* with bars between them */
	char reason[160];
	int status;
};

ParameterizedTestParameters(scenario_start, bad_words_are_repeated)
{
	static struct refused_row rows[] = {
	    {"-x", "-x: unknown option (haild --help lists them)", EX_USAGE},
	    {"-qx", "-x: unknown option (haild --help lists them)", EX_USAGE},
	    {"--nonsense",
		"--nonsense: unknown or ambiguous option (haild --help lists "
		"them)",
		EX_USAGE},
	    {"--quiet=yes",
		"--quiet=yes: takes no value (haild --help lists them)",
		EX_USAGE},
	    {"-b", "-b: needs a value", EX_USAGE},
	    {"--backlog", "--backlog: needs a value", EX_USAGE},
	    {"-b|0x", "-b 0x: invalid (0 to 65535)", EX_USAGE},
	    {"-b|", "-b : invalid (0 to 65535)", EX_USAGE},
	    {"-b|-1", "-b -1: too small (0 to 65535)", EX_USAGE},
	    {"-b|65536", "-b 65536: too large (0 to 65535)", EX_USAGE},
	    {"-b|5 ", "-b 5 : invalid (0 to 65535)", EX_USAGE},
	    {"-B|0", "-B 0: too small (1 to 1000000)", EX_USAGE},
	    {"-c|0", "-c 0: too small (1 to 1000000)", EX_USAGE},
	    {"-c|many", "-c many: invalid (1 to 1000000)", EX_USAGE},
	    {"-Q|0", "-Q 0: too small (1 to 1000000)", EX_USAGE},
	    {"-Q|1000001", "-Q 1000001: too large (1 to 1000000)", EX_USAGE},
	    {"-t|0", "-t 0: must be 1ms to 24h", EX_USAGE},
	    {"-t|5x", "-t 5x: not a duration (say 250ms, 10s or 2m)", EX_USAGE},
	    {"-l|25h", "-l 25h: must be 0ns to 24h", EX_USAGE},
	    {"-l|-1", "-l -1: not a duration (say 250ms, 10s or 2m)", EX_USAGE},
	    {"-m|", "-m: the greeting is empty", EX_USAGE},
	    {"-m|\\x", "-m: \\x: bad escape (write \\\\ for a backslash)",
		EX_USAGE},
	    {"-m|a|-f|b", "-m and -f: give one greeting, not two", EX_USAGE},
	    {"-f|/nonexistent", "/nonexistent: No such file or directory",
		EX_NOINPUT},
	    {"-f|/", "/: Is a directory", EX_NOINPUT},
	    {"-f|/dev/null", "/dev/null: empty, and so no greeting",
		EX_DATAERR},
	    {"-f|/dev/zero", "/dev/zero: larger than 16 MiB", EX_DATAERR},
	    {"-u|no such user", "-u no such user: no such user", EX_NOUSER},
	    {"no such host|0", "no such host: name not found", EX_NOHOST},
	    {"127.0.0.1|65536", "65536: a port is 0 to 65535", EX_USAGE},
	    {"127.0.0.1|no-such-service",
		"no-such-service: neither a port number nor a service "
		"name",
		EX_USAGE},
	    {"127.0.0.1:1|2", "127.0.0.1:1 2: the port is given twice",
		EX_USAGE},
	    {"127.0.0.1|0|0",
		"0: too many words (say haild [options] [host [port]])",
		EX_USAGE},
	    {"[::1|0", "[::1: not an address (say [::1]:9999)", EX_USAGE},
	    {"", "the host is empty", EX_USAGE},
	    {"192.0.2.1|0", "192.0.2.1:0: not an address of this machine",
		EX_UNAVAILABLE},
	    {"-P|/nonexistent/pid|127.0.0.1|0",
		"-P /nonexistent/pid: No such file or directory", EX_NOINPUT},
	};

	return cr_make_param_array(
	    struct refused_row, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(
    struct refused_row *row, scenario_start, bad_words_are_repeated)
{
	char *words[WORDS] = {NULL}, *rest = row->words;
	int count = 0;

	while (rest != NULL && count < WORDS - 1)
		words[count++] = strsep(&rest, "|");
	assert_refused(words, NULL, row->reason, row->status);
}

struct pair_row {
	char first[8], second[8];
};

ParameterizedTestParameters(scenario_start, a_second_haild_is_refused)
{
	static struct pair_row rows[] = {
	    {"1024", "1024"},
	    {"1", "1024"},
	    {"1024", "1"},
	    {"1", "1"},
	};

	return cr_make_param_array(struct pair_row, rows, 4);
}

ParameterizedTest(
    struct pair_row *row, scenario_start, a_second_haild_is_refused)
{
	struct daemon daemon;
	char port[8], reason[80];
	int i;

	daemon_start(
	    &daemon, &(struct daemon_options){.words = ARGV("-B", row->first)});
	snprintf(port, sizeof(port), "%u", daemon.port);
	snprintf(reason, sizeof(reason),
	    "127.0.0.1:%s: address already in "
	    "use",
	    port);
	assert_refused(ARGV("-B", row->second, "127.0.0.1", port), NULL, reason,
	    EX_UNAVAILABLE);
	snprintf(
	    reason, sizeof(reason), "0.0.0.0:%s: address already in use", port);
	assert_refused(ARGV("-B", row->second, "0.0.0.0", port), NULL, reason,
	    EX_UNAVAILABLE);
	/* It took nothing away from the first. */
	for (i = 0; i < 20; i++)
		daemon_visit(&daemon);
	daemon_stop(&daemon);
	cr_assert_eq(daemon.books.accepted, 20);
	process_free(&daemon.process);
}

/* A server of somebody else's that lets others join it. */
static int
listen_for_all_to_join(unsigned *port)
{
	struct sockaddr_in own = {
	    .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(own);
	const int on = 1;
	int listener;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	cr_assert_eq(bind(listener, (struct sockaddr *)&own, length), 0);
	cr_assert_eq(listen(listener, 5), 0);
	getsockname(listener, (struct sockaddr *)&own, &length);
	*port = ntohs(own.sin_port);
	return listener;
}

ParameterizedTestParameters(scenario_start, a_port_that_may_be_joined_is_taken)
{
	static struct pair_row rows[] = {
	    {"1024", ""},
	    {"1", ""},
	};

	return cr_make_param_array(struct pair_row, rows, 2);
}

ParameterizedTest(
    struct pair_row *row, scenario_start, a_port_that_may_be_joined_is_taken)
{
	char number[8], reason[80];
	unsigned port;
	int listener;

	listener = listen_for_all_to_join(&port);
	snprintf(number, sizeof(number), "%u", port);
	snprintf(reason, sizeof(reason),
	    "127.0.0.1:%s: address already in "
	    "use",
	    number);
	assert_refused(ARGV("-B", row->first, "127.0.0.1", number), NULL,
	    reason, EX_UNAVAILABLE);
	close(listener);
}

Test(scenario_start, a_port_below_1024_needs_privilege)
{
	/* Here 1024 is where the free ports begin, as it is by default. */
	machine_own_network_or_skip();
	assert_refused(ARGV("127.0.0.1", "80"),
	    &(struct process_options){.user = "nobody"},
	    "127.0.0.1:80: permission denied (ports below 1024 need root or "
	    "CAP_NET_BIND_SERVICE)",
	    EX_NOPERM);
}

Test(scenario_start, a_file_for_others_eyes_needs_privilege)
{
	char path[SCRATCH_PATH], reason[SCRATCH_PATH + 40];

	scratch_write("secret", "x", 1, path);
	cr_assert_eq(chmod(path, 0), 0);
	snprintf(reason, sizeof(reason), "%s: Permission denied", path);
	assert_refused(ARGV("-f", path, "127.0.0.1", "0"),
	    &(struct process_options){
		.user = machine_is_root() ? "nobody" : NULL},
	    reason, EX_NOPERM);
}

Test(scenario_start, to_serve_as_somebody_else_needs_root)
{
	assert_refused(ARGV("-u", "root", "127.0.0.1", "0"),
	    &(struct process_options){
		.user = machine_is_root() ? "nobody" : NULL},
	    "-u root: only root can serve as somebody else", EX_NOPERM);
}

Test(scenario_start, too_few_descriptors_are_named)
{
	const struct process_limit few[] = {{RLIMIT_NOFILE, 100}};

	assert_refused(ARGV("127.0.0.1", "0"),
	    &(struct process_options){.limits = few, .limit_count = 1},
	    "127.0.0.1:0: a burst of 1024 at backlog 5 needs 171 sockets, "
	    "more than RLIMIT_NOFILE permits",
	    EX_OSERR);
}
