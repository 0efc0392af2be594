#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "haild/handover.h"

/* Somebody has taken over the acceptor, and speaks to the parent. */

static bool
is_channel(int descriptor)
{
	int type = 0, domain = 0;
	socklen_t length = sizeof(int);

	getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length);
	getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length);
	return domain == AF_UNIX && type == SOCK_SEQPACKET;
}

/* Its end of the channel, which is now ours as well. */
static int
take_channel(const struct daemon *daemon)
{
	const int acceptor = pidfd_open(daemon_acceptor(daemon), 0);
	int number, descriptor;

	for (number = 3; number < 1000; number++) {
		descriptor = pidfd_getfd(acceptor, number, 0);
		if (descriptor == -1 && errno == EPERM)
			cr_skip_test("no descriptor of another process: %m");
		if (descriptor != -1 && is_channel(descriptor))
			break;
		close(descriptor);
	}
	cr_assert_lt(number, 1000, "no channel");
	close(acceptor);
	return descriptor;
}

static void
await_next(struct daemon *daemon)
{
	process_await_line(
	    &daemon->process, PROCESS_ERR, "haild: the acceptor was", NULL);
	process_await_line(
	    &daemon->process, PROCESS_ERR, "haild: acceptor restarted", NULL);
	daemon_visit(daemon);
}

static void
stop(struct daemon *daemon, uint64_t greeted)
{
	daemon_stop(daemon);
	cr_assert_eq(daemon->books.accepted, greeted);
	cr_assert_eq(books_count(&daemon->books, "greeted"), greeted);
	process_free(&daemon->process);
}

static unsigned
count_lines(const struct daemon *daemon, const char *part)
{
	const char *at = daemon->process.output[PROCESS_ERR].text;
	unsigned count = 0;

	for (; (at = strstr(at, part)) != NULL; at++)
		count++;
	return count;
}

#define DISOWNED "haild: the acceptor does what none of ours does: it is killed"

Test(scenario_hostile, who_says_again_and_again_that_it_is_ready_is_replaced)
{
	struct daemon daemon;
	int channel;

	daemon_start(&daemon, NULL);
	channel = take_channel(&daemon);
	while (handover_note(channel, NOTE_READY) == SENT)
		continue;
	process_await_line(&daemon.process, PROCESS_ERR, DISOWNED, NULL);
	await_next(&daemon);
	cr_assert_eq(count_lines(&daemon, DISOWNED), 1);
	stop(&daemon, 1);
	close(channel);
}

/* Which looks like the end of the channel. */
Test(scenario_hostile, who_sends_nothing_is_replaced)
{
	struct daemon daemon;
	int channel;

	daemon_start(&daemon, NULL);
	channel = take_channel(&daemon);
	cr_assert_eq(send(channel, "", 0, 0), 0, "%m");
	process_await_line(&daemon.process, PROCESS_ERR, DISOWNED, NULL);
	await_next(&daemon);
	stop(&daemon, 1);
	close(channel);
}

/* Then it is dead, and yet nobody closed its end. */
Test(scenario_hostile, whose_channel_stays_open_ends_all_the_same)
{
	struct daemon daemon;
	int channel;

	daemon_start(&daemon, NULL);
	daemon_visit(&daemon);
	channel = take_channel(&daemon);
	cr_assert_eq(kill(daemon_acceptor(&daemon), SIGKILL), 0);
	await_next(&daemon);
	stop(&daemon, 2);
	close(channel);
}

/* No number of what it sends keeps haild from its signals. */
Test(scenario_hostile,
    whose_connections_have_no_descriptor_makes_the_books_wrong)
{
	struct daemon daemon;
	int channel, i;

	daemon_start(&daemon, NULL);
	channel = take_channel(&daemon);
	for (i = 0; i < 100; i++)
		cr_assert_eq(send(channel, "ab", 2, 0), 2, "%m");
	daemon_await_count(&daemon, "lost", 100);
	process_signal(&daemon.process, SIGTERM);
	cr_assert_eq(process_wait(&daemon.process), EX_SOFTWARE);
	process_await_line(&daemon.process, PROCESS_ERR,
	    "haild: the acceptor handed over more connections than it counted",
	    NULL);
	process_await_line(&daemon.process, PROCESS_ERR,
	    "haild: the books do not balance", NULL);
	process_assert_group_gone(&daemon.process);
	process_free(&daemon.process);
	close(channel);
}
