#include "haild/session.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "deadline.h"
#include "duration.h"
#include "ears.h"
#include "pair.h"
#include "peer.h"
#include "procfs.h"

/* Far beyond the deadline of a test: nothing here is waited for so long. */
#define LONG (3600 * NS_PER_S)

/* Short, where it is to be over. */
#define SHORT (50 * NS_PER_MS)

/* Many times what narrow buffers hold. */
#define MUCH ((size_t)1 << 20)

static unsigned char bytes[MUCH];

/* Both ends of a connection, and who greets at one of them. */
static struct pair ends;
static pid_t child;

static void
fill_bytes(void)
{
	size_t i;

	for (i = 0; i < MUCH; i++)
		bytes[i] = (unsigned char)(i * 31 + i / 251);
}

TestSuite(session, .init = fill_bytes);

/* Greet in a process of its own, which ends as a child of haild does. */
static void
greet(size_t length, int64_t timeout, int64_t linger)
{
	const struct session session = {
	    .conn = ends.conn,
	    .greeting = {.bytes = bytes, .length = length},
	    .started = monotonic_now(),
	    .timeout = timeout,
	    .linger = linger,
	};
	const pid_t test = getpid();

	child = fork();
	cr_assert_neq(child, -1, "fork: %m");
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != test)
			_exit(99);
		close(ends.client);
		_exit((int)session_run(&session));
	}
	close(ends.conn);
}

static void
assert_ends(enum session_end end)
{
	int status;

	procfs_await_end(child);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status), "%#x", status);
	cr_assert_eq(WEXITSTATUS(status), (int)end, "%d", WEXITSTATUS(status));
}

/* Wait until the other end has reset the connection. */
static void
await_reset(int conn)
{
	struct pollfd event = {.fd = conn};

	cr_assert_eq(poll(&event, 1, poll_timeout(deadline_from_now())), 1,
	    "it is not reset");
	cr_expect(event.revents & POLLERR);
}

struct length_row {
	size_t length;
};

ParameterizedTestParameters(session, the_whole_greeting_and_the_end)
{
	static struct length_row rows[] = {
	    {1}, {26}, {PAIR_NARROW}, {MUCH - 1}, {MUCH}};

	return cr_make_param_array(
	    struct length_row, rows, sizeof(rows) / sizeof(rows[0]));
}

/* In as many parts as it takes; the end is said before linger is over. */
ParameterizedTest(struct length_row *row, session,
    the_whole_greeting_and_the_end, .init = fill_bytes)
{
	pair_open_narrow(&ends);
	greet(row->length, LONG, LONG);
	peer_expect(ends.client, bytes, row->length);
	cr_expect_not(peer_was_reset(ends.client));
	close(ends.client);
	assert_ends(GREETED);
}

ParameterizedTestParameters(session, who_holds_on_is_waited_for_and_left)
{
	static struct length_row rows[] = {{26}, {MUCH}};

	return cr_make_param_array(struct length_row, rows, 2);
}

ParameterizedTest(struct length_row *row, session,
    who_holds_on_is_waited_for_and_left, .init = fill_bytes)
{
	pair_open_narrow(&ends);
	greet(row->length, LONG, SHORT);
	peer_expect(ends.client, bytes, row->length);
	assert_ends(GREETED);
	cr_expect_not(peer_was_reset(ends.client));
}

Test(session, without_linger_nobody_is_waited_for)
{
	pair_open(&ends);
	greet(26, LONG, 0);
	assert_ends(GREETED);
	peer_expect(ends.client, bytes, 26);
}

/* Who closes its side first still gets all, and is not waited for. */
Test(session, who_has_nothing_to_say_is_greeted_as_well)
{
	pair_open_narrow(&ends);
	shutdown(ends.client, SHUT_WR);
	greet(MUCH, LONG, LONG);
	peer_expect(ends.client, bytes, MUCH);
	assert_ends(GREETED);
}

/* More than buffers hold: it must be read, and must not reset the greeting. */
Test(session, what_the_client_says_is_thrown_away)
{
	pair_open(&ends);
	greet(26, LONG, LONG);
	peer_send(ends.client, bytes, MUCH);
	peer_send(ends.client, bytes, MUCH);
	peer_expect(ends.client, bytes, 26);
	peer_send(ends.client, bytes, MUCH);
	close(ends.client);
	assert_ends(GREETED);
}

/* Even before it reads anything of a greeting that does not fit. */
Test(session, so_it_is_while_the_greeting_waits)
{
	pair_open_narrow(&ends);
	greet(MUCH, LONG, LONG);
	peer_await_input(ends.client, 1);
	peer_send(ends.client, bytes, MUCH);
	peer_expect(ends.client, bytes, MUCH);
	cr_expect_not(peer_was_reset(ends.client));
	close(ends.client);
	assert_ends(GREETED);
}

Test(session, who_has_all_and_resets_was_greeted)
{
	pair_open(&ends);
	greet(26, LONG, LONG);
	peer_expect(ends.client, bytes, 26);
	peer_reset(ends.client);
	assert_ends(GREETED);
}

Test(session, who_resets_half_way_is_gone)
{
	pair_open_narrow(&ends);
	greet(MUCH, LONG, LONG);
	peer_await_input(ends.client, 1);
	peer_reset(ends.client);
	assert_ends(PEER_GONE);
}

Test(session, who_reset_before_is_gone)
{
	pair_open(&ends);
	peer_reset(ends.client);
	await_reset(ends.conn);
	ends.client = dup(ends.conn);
	greet(26, LONG, LONG);
	assert_ends(PEER_GONE);
}

/* And is reset, so that what came does not look whole. */
Test(session, who_does_not_read_is_left_in_time)
{
	pair_open_narrow(&ends);
	greet(MUCH, SHORT, LONG);
	assert_ends(TIMED_OUT);
	await_reset(ends.client);
}

/* All was sent, but nobody says that it came: the same. */
Test(session, who_does_not_acknowledge_is_left_in_time)
{
	int conn;

	pair_open(&ends);
	ears_shut(ends.client);
	conn = dup(ends.conn);
	greet(26, SHORT, LONG);
	assert_ends(TIMED_OUT);
	ears_open(ends.client);
	close(conn);
	await_reset(ends.client);
}

Test(session, where_there_is_no_connection_it_has_failed)
{
	ends = (struct pair){.conn = dup(STDIN_FILENO), .client = -1};
	greet(26, LONG, LONG);
	assert_ends(FAILED);
}

/* What was not sent yet would follow, and then an end like any other. */
Test(session, a_child_killed_half_way_resets)
{
	char state[32] = "";

	pair_open_narrow(&ends);
	greet(MUCH, LONG, LONG);
	peer_await_input(ends.client, 1);
	/* It waits for room, and so has sent the first part. */
	while (state[0] != 'S')
		cr_assert(procfs_status(child, "State", state, sizeof(state)));
	kill(child, SIGKILL);
	await_reset(ends.client);
	waitpid(child, NULL, 0);
}
