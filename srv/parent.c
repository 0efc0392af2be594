#include "haild/parent.h"

#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "duration.h"
#include "haild/children.h"

#define STOP_WAIT      (10 * NS_PER_S)
#define LAST_WORDS     (1 * NS_PER_S) /* for a reader of the log, at the end */
#define TITLE_INTERVAL NS_PER_S

/* Connections taken in before the next look at signals. */
#define LOT 16

/* Other descriptors than those of the acceptor's queue, generously. */
#define SPARE_DESCRIPTORS 64

struct parent *
parent_new(void)
{
	void *parent;

	parent = mmap(NULL, sizeof(struct parent), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (parent == MAP_FAILED)
		return NULL;
	madvise(parent, sizeof(struct parent), MADV_DONTFORK);
	return parent;
}

static sigset_t
our_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	return set;
}

void
parent_block_signals(void)
{
	const sigset_t set = our_signals();

	/*
	 * They stay blocked in acceptor and children: a Ctrl-C goes to the
	 * whole process group, and it is the parent that stops in order.
	 */
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int
choose_max_queued(struct parent *parent, unsigned descriptors, size_t sockets,
    struct reason *why)
{
	const unsigned needed = (unsigned)sockets + SPARE_DESCRIPTORS;
	unsigned most;

	if (descriptors <= needed)
		return reason_set(why, EX_OSERR,
		    "%u sockets for a burst of "
		    "%u: RLIMIT_NOFILE of %u leaves no room to queue",
		    (unsigned)sockets, parent->options.burst, descriptors);
	most = descriptors - needed;
	if (parent->options.max_queued > most)
		return reason_set(why, EX_USAGE,
		    "-Q %u: RLIMIT_NOFILE of %u permits %u",
		    parent->options.max_queued, descriptors, most);
	parent->intake.max_queued =
	    parent->options.max_queued != 0 ? parent->options.max_queued : most;
	return 0;
}

int
parent_open(struct parent *parent, struct listeners *listeners,
    const struct identity *identity, struct reason *why)
{
	const sigset_t set = our_signals();

	if (choose_max_queued(
		parent, privilege_raise_limits(), listeners->count, why) == -1)
		return -1;
	log_open(&parent->out, STDOUT_FILENO);
	log_open(&parent->log, STDERR_FILENO);
	parent->stop_deadline = NEVER;
	parent->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	parent->ledger = ledger_open();
	if (parent->signals == -1 || parent->ledger == NULL ||
	    roster_open(&parent->roster, parent->options.max_children) == -1)
		return reason_set(why, EX_OSERR, "%s", strerror(errno));
	parent->intake.identity = *identity;
	parent->intake.ledger = parent->ledger;
	parent->intake.log = &parent->log;
	return intake_open(&parent->intake, listeners, why);
}

static void
print_books(struct parent *parent)
{
	char books[LEDGER_STRLEN];

	log_line(&parent->out, "%s", ledger_format(parent->ledger, books));
	log_flush(&parent->out);
}

static bool
same(const struct greeting *a, const struct greeting *b)
{
	return a->length == b->length &&
	    memcmp(a->bytes, b->bytes, a->length) == 0;
}

static void
reload(struct parent *parent)
{
	const char *path = parent->options.message_file;
	struct greeting greeting;
	struct reason why;

	if (path == NULL) {
		log_line(&parent->log,
		    "SIGHUP: there is no message file to read again");
		return;
	}
	if (reread_check(&parent->message, &why) == -1 ||
	    greeting_from_descriptor(
		&greeting, parent->message.file, path, &why) == -1) {
		log_line(&parent->log, "%s (the old greeting stays)", why.text);
		return;
	}
	log_line(&parent->log, "%s: read again, %zu bytes%s", path,
	    greeting.length,
	    same(&greeting, &parent->greeting) ? ", as before" : "");
	/* Children that send the old one have a mapping of their own. */
	greeting_free(&parent->greeting);
	parent->greeting = greeting;
}

static void
stop(struct parent *parent)
{
	if (++parent->stops == 1) {
		parent->stop_deadline = monotonic_now() + STOP_WAIT;
		intake_stop(&parent->intake);
	} else {
		parent->stop_deadline = 0;
	}
}

/* Act on the signals that came; true if a child may have ended. */
static bool
read_signals(struct parent *parent)
{
	struct signalfd_siginfo info[8];
	bool ended = false;
	ssize_t got;
	size_t i;

	got = read(parent->signals, info, sizeof(info));
	for (i = 0; got > 0 && i < (size_t)got / sizeof(info[0]); i++) {
		switch (info[i].ssi_signo) {
		case SIGCHLD:
			ended = true;
			break;
		case SIGHUP:
			reload(parent);
			break;
		case SIGUSR1:
			print_books(parent);
			break;
		default:
			stop(parent);
		}
	}
	return ended;
}

/* The stop took too long: nobody is waited for any more. */
static void
cut_off(struct parent *parent)
{
	parent->cut = true;
	intake_cut(&parent->intake);
	children_kill(parent);
	standin_close(&parent->standin, parent->ledger);
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
next_alarm(const struct parent *parent)
{
	int64_t alarm = intake_alarm(&parent->intake);

	alarm = earlier(alarm, standin_alarm(&parent->standin));
	if (parent->holding)
		alarm = earlier(alarm, parent->fork_again_at);
	if (!parent->cut)
		alarm = earlier(alarm, parent->stop_deadline);
	if (parent->titled != parent->ledger->received)
		alarm = earlier(alarm, parent->title_at);
	return alarm;
}

/* Returns true if signals are there to be read. */
static bool
wait_for_events(struct parent *parent)
{
	struct pollfd events[3 + STANDIN_MAX] = {
	    {.fd = parent->signals, .events = POLLIN},
	    {.fd = children_room(parent) ? intake_descriptor(&parent->intake)
					 : -1,
		.events = POLLIN},
	    {.fd = parent->log.stalled ? parent->log.descriptor : -1,
		.events = POLLOUT},
	};
	struct standin *standin = &parent->standin;

	if (standin->count > 0)
		memcpy(events + 3, standin->conns,
		    standin->count * sizeof(events[0]));
	poll(events, 3 + standin->count, poll_timeout(next_alarm(parent)));
	if (standin->count > 0)
		memcpy(standin->conns, events + 3,
		    standin->count * sizeof(events[0]));
	return events[0].revents != 0;
}

static void
set_title(struct parent *parent)
{
	const int64_t now = monotonic_now();

	if (parent->titled == parent->ledger->received ||
	    parent->title_at > now)
		return;
	parent->titled = parent->ledger->received;
	parent->title_at = now + TITLE_INTERVAL;
	setproctitle("parent: %u children, %" PRIu64 " connections taken in%s",
	    parent->roster.alive, parent->titled,
	    parent->stops > 0 ? ", stopping" : "");
}

/* Take in a lot of connections; true when no more will ever come. */
static bool
take_in(struct parent *parent)
{
	struct connection connection;
	int lot;

	for (lot = 0; lot < LOT && children_room(parent); lot++) {
		switch (intake_receive(&parent->intake, &connection)) {
		case HANDOVER_CONNECTION:
			children_serve(parent, &connection);
			break;
		case HANDOVER_GONE:
			return true;
		default:
			return false;
		}
	}
	return false;
}

static int
settle(struct parent *parent)
{
	int status = 0;

	print_books(parent);
	if (!ledger_balances(parent->ledger)) {
		log_line(&parent->log,
		    "the books do not balance: this is a "
		    "defect of haild, please report it");
		status = EX_SOFTWARE;
	}
	if (parent->log.dropped_ever > 0)
		log_line(&parent->log,
		    "%" PRIu64 " log lines were dropped "
		    "in all",
		    parent->log.dropped_ever);
	log_close(&parent->log, LAST_WORDS);
	log_close(&parent->out, LAST_WORDS);
	return status;
}

int
parent_serve(struct parent *parent)
{
	bool over = false;

	while (!over || parent->roster.alive > 0 || parent->holding ||
	    parent->standin.count > 0 || parent->intake.acceptor != 0) {
		if (wait_for_events(parent) && read_signals(parent))
			children_reap(parent);
		intake_tend(&parent->intake);
		if (parent->standin.count > 0)
			standin_tend(&parent->standin, parent->ledger);
		children_retry(parent);
		over = take_in(parent);
		if (parent->stop_deadline <= monotonic_now() && !parent->cut)
			cut_off(parent);
		set_title(parent);
		log_flush(&parent->log);
	}
	return settle(parent);
}
