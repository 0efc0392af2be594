#include "daemon.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "deadline.h"
#include "duration.h"
#include "peer.h"
#include "procfs.h"

#define WORDS	 48
#define CHILDREN 16384

static void
add_words(char *argv[WORDS], size_t *count, char *const words[])
{
	for (; words != NULL && *words != NULL; words++) {
		cr_assert_lt(*count, WORDS - 4);
		argv[(*count)++] = *words;
	}
}

void
daemon_start(struct daemon *daemon, const struct daemon_options *how)
{
	static const struct daemon_options ordinary;
	char *argv[WORDS] = {NULL}, line[PROCESS_LINE];
	size_t count = 0;

	if (how == NULL)
		how = &ordinary;
	memset(daemon, 0, sizeof(*daemon));
	add_words(argv, &count, how->under);
	argv[count++] = BUILD "/haild";
	add_words(argv, &count, how->words);
	argv[count++] = (char *)(how->host ? how->host : "127.0.0.1");
	argv[count++] = (char *)(how->port ? how->port : "0");
	process_start(&daemon->process, argv, &how->process);
	if (how->process.output != 0 || how->process.closed[1])
		return;
	process_await_line(
	    &daemon->process, PROCESS_OUT, "haild: listening on ", line);
	cr_assert_eq(
	    sscanf(line, "haild: listening on %127s", daemon->address), 1);
	cr_assert_eq(
	    sscanf(strrchr(daemon->address, ':'), ":%u", &daemon->port), 1,
	    "%s", line);
	cr_assert_neq(daemon->port, 0, "%s", line);
}

void
daemon_read_books(struct daemon *daemon)
{
	char line[PROCESS_LINE];

	process_signal(&daemon->process, SIGUSR1);
	process_await_line(
	    &daemon->process, PROCESS_OUT, "haild: accepted ", line);
	cr_assert(books_parse(&daemon->books, line), "not books: %s", line);
}

void
daemon_await_accepted(struct daemon *daemon, uint64_t accepted)
{
	int64_t until = deadline_from_now();

	do {
		cr_assert_lt(monotonic_now(), until, "not accepted in time");
		daemon_read_books(daemon);
	} while (daemon->books.accepted < accepted);
}

void
daemon_await_in_hand(struct daemon *daemon, uint64_t in_hand)
{
	int64_t until = deadline_from_now();

	do {
		cr_assert_lt(monotonic_now(), until, "not in hand in time");
		daemon_read_books(daemon);
	} while (daemon->books.in_hand != in_hand);
}

void
daemon_await_booked(struct daemon *daemon, uint64_t accepted)
{
	int64_t until = deadline_from_now();

	do {
		cr_assert_lt(monotonic_now(), until, "not booked in time");
		daemon_read_books(daemon);
	} while (daemon->books.accepted < accepted ||
	    !books_balance(&daemon->books));
}

void
daemon_await_count(struct daemon *daemon, const char *name, uint64_t count)
{
	int64_t until = deadline_from_now();

	do {
		cr_assert_lt(monotonic_now(), until, "never so many: %s", name);
		daemon_read_books(daemon);
	} while (books_count(&daemon->books, name) < count);
}

void
daemon_visit(const struct daemon *daemon)
{
	peer_visit(daemon->port, DAEMON_GREETING, DAEMON_LENGTH);
}

void
daemon_await_stop(struct daemon *daemon)
{
	char line[PROCESS_LINE], last[PROCESS_LINE] = "";
	int status;

	status = process_wait(&daemon->process);
	cr_assert_eq(status, 0, "haild ended with %d: %s", status,
	    daemon->process.output[PROCESS_ERR].text);
	process_assert_group_gone(&daemon->process);
	while (process_read_line(&daemon->process, PROCESS_OUT, line))
		memcpy(last, line, sizeof(last));
	cr_assert(books_parse(&daemon->books, last), "not books: %s", last);
	cr_assert(books_balance(&daemon->books), "%s", last);
}

void
daemon_stop(struct daemon *daemon)
{
	process_signal(&daemon->process, SIGTERM);
	daemon_await_stop(daemon);
}

/* A child keeps its parent's title until it has reason to change it. */
static bool
serves(pid_t pid)
{
	char title[256];

	return procfs_title(pid, title, sizeof(title)) &&
	    strstr(title, "acceptor") == NULL &&
	    strstr(title, "pid file") == NULL;
}

static pid_t
find_child(const struct daemon *daemon, const char *part)
{
	pid_t children[CHILDREN];
	char title[256];
	size_t count, i;

	count = procfs_children(daemon->process.pid, children, CHILDREN);
	for (i = 0; i < count; i++)
		if (procfs_title(children[i], title, sizeof(title)) &&
		    strstr(title, part) != NULL)
			break;
	cr_assert_lt(i, count, "%d has no %s", (int)daemon->process.pid, part);
	return children[i];
}

pid_t
daemon_acceptor(const struct daemon *daemon)
{
	return find_child(daemon, "acceptor");
}

pid_t
daemon_keeper(const struct daemon *daemon)
{
	return find_child(daemon, "pid file");
}

void
daemon_await_children(struct daemon *daemon, size_t wanted, pid_t pids[])
{
	int64_t until = deadline_from_now();
	pid_t children[CHILDREN];
	size_t count, i, have;

	do {
		cr_assert_lt(monotonic_now(), until, "not so many children");
		/* An answer from haild is what passes the time. */
		daemon_read_books(daemon);
		count =
		    procfs_children(daemon->process.pid, children, CHILDREN);
		for (i = have = 0; i < count; i++)
			if (serves(children[i]) && have++ < wanted)
				pids[have - 1] = children[i];
	} while (have != wanted);
}
