#include "haild/handover.h"

#include <sys/wait.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <unistd.h>

#include "machine.h"
#include "procfs.h"

/* One of two processes is gone, or has no room for a descriptor. */

enum { PARENT, ACCEPTOR }; /* who has which end */

/* Standard input, as if somebody had connected with it from this port. */
static struct connection
connection_of(unsigned port)
{
	struct connection connection = {
	    .peer.length = sizeof(struct sockaddr_in),
	    .peer.storage.ss_family = AF_INET,
	};

	address_set_port(&connection.peer, port);
	return connection;
}

static enum sent
send_one(int channel, unsigned port)
{
	const struct connection connection = connection_of(port);

	return handover_send(channel, &connection);
}

/* Receive; a connection's port is kept, and it is closed. */
static enum handover
receive(int channel, unsigned *port)
{
	struct connection connection = {.descriptor = -1};
	enum handover what;
	enum note note;

	what = handover_receive(channel, &connection, &note);
	if (what == HANDOVER_CONNECTION) {
		*port = address_port(&connection.peer);
		cr_assert_eq(close(connection.descriptor), 0, "%m");
	}
	return what;
}

static void
assert_comes(int channel, enum handover expected, unsigned from)
{
	unsigned port = 0;

	cr_assert_eq(receive(channel, &port), expected);
	cr_assert_eq(port, from);
}

/* A process that sends two connections and is killed. */
static void
send_and_die(const int ends[2])
{
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		close(ends[PARENT]);
		if (send_one(ends[ACCEPTOR], 1) == SENT &&
		    send_one(ends[ACCEPTOR], 2) == SENT)
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	close(ends[ACCEPTOR]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status));
}

Test(handover_faults, what_a_dead_process_sent_is_received)
{
	int ends[2];

	cr_assert_eq(handover_open(ends, 10), 0, "%m");
	send_and_die(ends);
	assert_comes(ends[PARENT], HANDOVER_CONNECTION, 1);
	assert_comes(ends[PARENT], HANDOVER_CONNECTION, 2);
	assert_comes(ends[PARENT], HANDOVER_GONE, 0);
	assert_comes(ends[PARENT], HANDOVER_GONE, 0);
}

Test(handover_faults, and_so_it_is_if_the_dead_had_not_read_all)
{
	int ends[2];

	cr_assert_eq(handover_open(ends, 10), 0, "%m");
	cr_assert_eq(handover_note(ends[PARENT], NOTE_STOP), SENT);
	send_and_die(ends);
	assert_comes(ends[PARENT], HANDOVER_CONNECTION, 1);
	assert_comes(ends[PARENT], HANDOVER_CONNECTION, 2);
	assert_comes(ends[PARENT], HANDOVER_GONE, 0);
}

Test(handover_faults, to_nobody_nothing_is_sent)
{
	int ends[2];

	cr_assert_eq(handover_open(ends, 10), 0, "%m");
	close(ends[PARENT]);
	cr_expect_eq(send_one(ends[ACCEPTOR], 1), SENT_GONE);
	cr_expect_eq(handover_note(ends[ACCEPTOR], NOTE_READY), SENT_GONE);
}

Test(handover_faults, what_is_no_channel_is_gone)
{
	unsigned port;

	cr_expect_eq(send_one(-1, 1), SENT_GONE);
	cr_expect_eq(receive(-1, &port), HANDOVER_GONE);
}

/* From now on no more descriptors than there are. Returns one of them. */
static int
use_all_descriptors(void)
{
	int one, last;

	one = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	cr_assert_neq(one, -1, "%m");
	machine_limit(RLIMIT_NOFILE, (rlim_t)one + 1);
	while ((last = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)) != -1)
		continue;
	cr_assert_eq(errno, EMFILE, "%m");
	return one;
}

Test(handover_faults, without_a_free_descriptor_one_is_torn_and_no_more)
{
	int ends[2], one;

	cr_assert_eq(handover_open(ends, 10), 0, "%m");
	one = use_all_descriptors();
	/* To send needs none. */
	cr_assert_eq(send_one(ends[ACCEPTOR], 1), SENT);
	cr_assert_eq(send_one(ends[ACCEPTOR], 2), SENT);
	cr_assert_eq(send_one(ends[ACCEPTOR], 3), SENT);
	assert_comes(ends[PARENT], HANDOVER_TORN, 0);
	assert_comes(ends[PARENT], HANDOVER_TORN, 0);
	close(one);
	assert_comes(ends[PARENT], HANDOVER_CONNECTION, 3);
	assert_comes(ends[PARENT], HANDOVER_EMPTY, 0);
	machine_limit(RLIMIT_NOFILE, RLIM_INFINITY);
}

/* Descriptors in flight count for a user without privilege: unix(7). */
Test(handover_faults, with_too_many_in_flight_more_may_be_sent_later)
{
	const unsigned limit = 32;
	enum sent sent;
	int ends[2];
	unsigned count = 0;

	machine_root_or_skip();
	cr_assert_eq(handover_open(ends, 1000), 0, "%m");
	machine_be_fresh_user_or_skip();
	machine_limit(RLIMIT_NOFILE, limit);
	while ((sent = send_one(ends[ACCEPTOR], count + 1)) == SENT)
		count++;
	cr_assert_eq(sent, SENT_LACKING);
	cr_expect_geq(count, limit);
	cr_expect_eq(handover_note(ends[ACCEPTOR], NOTE_READY), SENT);
	assert_comes(ends[PARENT], HANDOVER_CONNECTION, 1);
	assert_comes(ends[PARENT], HANDOVER_CONNECTION, 2);
	cr_expect_eq(send_one(ends[ACCEPTOR], count + 1), SENT);
	machine_limit(RLIMIT_NOFILE, RLIM_INFINITY);
}

Test(handover_faults, whatever_comes_nothing_stays_open)
{
	const int before = procfs_descriptors(getpid());
	int ends[2], i;

	for (i = 0; i < 100; i++) {
		cr_assert_eq(handover_open(ends, 10), 0, "%m");
		cr_assert_eq(send_one(ends[ACCEPTOR], 1), SENT);
		cr_assert_eq(handover_note(ends[ACCEPTOR], NOTE_LATE), SENT);
		cr_assert_eq(send_one(ends[ACCEPTOR], 2), SENT);
		close(ends[ACCEPTOR]);
		assert_comes(ends[PARENT], HANDOVER_CONNECTION, 1);
		assert_comes(ends[PARENT], HANDOVER_NOTE, 0);
		assert_comes(ends[PARENT], HANDOVER_CONNECTION, 2);
		assert_comes(ends[PARENT], HANDOVER_GONE, 0);
		close(ends[PARENT]);
	}
	cr_expect_eq(procfs_descriptors(getpid()), before);
}
