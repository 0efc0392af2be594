#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "procfs.h"

/*
 * Nothing grows with the number of connections. scripts/soak makes a million
 * of them; that of the sanitizers, which make them slow, says at the end what
 * was leaked.
 */

/* Connections in one run of hail, from so many sources. */
#define LOT	500
#define SOURCES 16

/* Lots until nothing is new any more, their sources included. */
#define WARM 2

/* What a process may have grown by; a leak of 14 bytes is more in the end. */
#define SLACK 64 /* KiB */

static unsigned
many(void)
{
	return strstr(BUILD, "sanitize") == NULL ? 6000 : 2000;
}

/* What must not grow, of one process. */
struct belongings {
	int64_t memory;
	int descriptors;
};

static struct belongings
look_at(pid_t pid)
{
	struct belongings has = {
	    .memory = procfs_memory(pid),
	    .descriptors = procfs_descriptors(pid),
	};

	cr_assert_gt(has.memory, 0, "%d is not ours to look at", (int)pid);
	return has;
}

static void
assert_flat(const char *who, pid_t pid, const struct belongings *before)
{
	const struct belongings after = look_at(pid);

	cr_expect_eq(after.descriptors, before->descriptors,
	    "the %s had %d descriptors and has %d", who, before->descriptors,
	    after.descriptors);
	cr_expect_leq(after.memory, before->memory + SLACK,
	    "the %s had %ld KiB and has %ld", who, (long)before->memory,
	    (long)after.memory);
}

/* The number-th lot. */
static void
visit(struct daemon *daemon, unsigned number)
{
	char sources[SOURCES * sizeof("127.255.255.255,")] = "";
	char port[8], count[8];
	struct process hail;
	size_t length = 0;
	unsigned i;

	for (i = 1; i <= SOURCES; i++)
		length +=
		    (size_t)snprintf(sources + length, sizeof(sources) - length,
			"%s127.1.%u.%u", i == 1 ? "" : ",", number % WARM, i);
	snprintf(port, sizeof(port), "%u", daemon->port);
	snprintf(count, sizeof(count), "%d", LOT);
	cr_assert_eq(process_run(&hail,
			 ARGV(BUILD "/hail", "-q", "-n", count, "-c", "32",
			     "--source", sources, "127.0.0.1", port),
			 NULL),
	    0, "%s", hail.output[PROCESS_OUT].text);
	process_free(&hail);
	daemon_await_booked(daemon, (uint64_t)(number + 1) * LOT);
}

Test(scenario_fault_memory, after_thousands_of_connections_it_has_what_it_had)
{
	struct belongings parent, acceptor;
	struct daemon daemon;
	pid_t child;
	unsigned lot;

	daemon_start(&daemon,
	    &(struct daemon_options){
		.words = ARGV("-q", "--deny", "10.0.0.0/8", "--per-source",
		    "100", "--rate-per-source", "1000000/s")});
	for (lot = 0; lot < many() / LOT; lot++) {
		visit(&daemon, lot);
		if (lot != WARM - 1)
			continue;
		parent = look_at(daemon.process.pid);
		acceptor = look_at(daemon_acceptor(&daemon));
	}
	assert_flat("parent", daemon.process.pid, &parent);
	assert_flat("acceptor", daemon_acceptor(&daemon), &acceptor);
	/* The acceptor, and nobody else, dead or alive. */
	cr_expect_eq(procfs_children(daemon.process.pid, &child, 1), 1);
	daemon_await_children(&daemon, 0, NULL);
	daemon_stop(&daemon);
	cr_expect_eq(books_count(&daemon.books, "greeted"), many());
	process_free(&daemon.process);
}

/*
 * All kinds of its processes. Few children: valgrind searches each word of the
 * memory that they did not inherit, and each is a SIGSEGV.
 */
Test(scenario_fault_memory, valgrind_finds_nothing_to_blame)
{
	const uint64_t visits = 3;
	struct process valgrind;
	struct daemon daemon;
	uint64_t i;

	if (strstr(BUILD, "sanitize") != NULL)
		cr_skip_test("built with sanitizers: valgrind has its place");
	if (process_run(&valgrind, ARGV("valgrind", "--version"), NULL) != 0)
		cr_skip_test("no valgrind here");
	process_free(&valgrind);
	daemon_start(&daemon,
	    &(struct daemon_options){
		.program = ARGV("valgrind", "-q", "--vgdb=no",
		    "--leak-check=full", "--error-exitcode=9",
		    "--suppressions=tests/valgrind.supp",
		    BUILD "/shared/haild"),
		.words = ARGV("-q", "--no-sandbox", "--deny", "10.0.0.0/8"),
	    });
	for (i = 0; i < visits; i++)
		daemon_visit(&daemon);
	daemon_await_booked(&daemon, visits);
	daemon_stop(&daemon);
	cr_expect_null(strstr(daemon.process.output[PROCESS_ERR].text, "=="),
	    "%s", daemon.process.output[PROCESS_ERR].text);
	/* A child that is to blame ends with a status of its own. */
	cr_expect_eq(books_count(&daemon.books, "greeted"), visits);
	process_free(&daemon.process);
}
