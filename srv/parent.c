#include "haild/parent.h"

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
#include "haild/confinement.h"
#include "haild/descriptors.h"
#include "haild/entrance.h"
#include "haild/files.h"
#include "haild/places.h"
#include "haild/spawn.h"
#include "haild/unshared.h"

#define STOP_WAIT      (10 * NS_PER_S)
#define LAST_WORDS     (1 * NS_PER_S) /* for a reader of the log, at the end */
#define TITLE_INTERVAL NS_PER_S

/* Signals taken at once: children may end faster than they are made. */
#define SIGNALS 64

struct parent *
parent_new(void)
{
	return unshared_map(sizeof(struct parent));
}

static sigset_t
our_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SPAWN_ENDED);
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
	sigset_t limit;

	/*
	 * They stay blocked in acceptor and children: a Ctrl-C goes to the
	 * whole process group, and it is the parent that stops in order.
	 */
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* Of a log that has reached RLIMIT_FSIZE. */
	signal(SIGXFSZ, SIG_IGN);
	/* Whoever started us may ignore it: then nobody could be reaped. */
	signal(SIGCHLD, SIG_DFL);
	/* Or this one, which ends an acceptor that spins. */
	sigemptyset(&limit);
	sigaddset(&limit, SIGXCPU);
	sigprocmask(SIG_UNBLOCK, &limit, NULL);
	signal(SIGXCPU, SIG_DFL);
}

int
parent_open(struct parent *parent, struct listeners *listeners,
    const struct identity *identity, struct reason *why)
{
	const sigset_t set = our_signals();

	if (places_share(
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
	parent->standin.ledger = parent->refusals.ledger = parent->ledger;
	parent->standin.admission = &parent->admission;
	parent->intake.identity = *identity;
	parent->intake.ledger = parent->ledger;
	parent->intake.log = &parent->log;
	parent->intake.filters = parent->filters;
	spawn_prepare();
	if (confinement_of_paths(parent, why) == -1 ||
	    intake_open(&parent->intake, listeners, why) == -1)
		return -1;
	/* The numbers of the listening sockets are free now. */
	descriptors_lower(&parent->signals);
	descriptors_lower(&parent->out.descriptor);
	descriptors_lower(&parent->log.descriptor);
	return 0;
}

static void
print_books(struct parent *parent)
{
	char books[LEDGER_STRLEN], refusals[ADMISSION_STRLEN];

	if (admission_format(&parent->admission, refusals) != NULL)
		log_line(&parent->out, "%s", refusals);
	log_line(&parent->out, "%s", ledger_format(parent->ledger, books));
	log_flush(&parent->out);
}

static void
stop(struct parent *parent)
{
	if (++parent->stops == 1) {
		parent->stop_deadline = monotonic_now() + STOP_WAIT;
		parent->admission.hurry = parent->admission.turn = true;
		intake_stop(&parent->intake);
	} else {
		parent->stop_deadline = 0;
	}
}

static void
act_on(struct parent *parent, const siginfo_t *signal)
{
	switch (signal->si_signo) {
	case SIGCHLD:
		intake_look(&parent->intake);
		break;
	case SIGHUP:
		files_read_again(parent);
		break;
	case SIGUSR1:
		print_books(parent);
		break;
	case SIGINT:
	case SIGTERM:
		stop(parent);
		break;
	default:
		children_reap(parent, signal->si_pid);
	}
}

/*
 * Not by reading the signalfd, which is for poll(2) only: what it copies of
 * a real-time signal is not what the end of a child comes with.
 */
static void
take_signals(struct parent *parent)
{
	static const struct timespec at_once = {0, 0};
	const sigset_t set = our_signals();
	siginfo_t signal;
	int lot;

	for (lot = 0; lot < SIGNALS; lot++) {
		if (sigtimedwait(&set, &signal, &at_once) == -1)
			return;
		act_on(parent, &signal);
	}
}

/* The stop took too long: nobody is waited for any more. */
static void
cut_off(struct parent *parent)
{
	parent->cut = true;
	intake_cut(&parent->intake);
	children_kill(parent);
	standin_close(&parent->standin);
	standin_close(&parent->refusals);
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
	alarm = earlier(alarm, standin_alarm(&parent->refusals));
	alarm = earlier(alarm, entrance_alarm(parent));
	alarm = earlier(alarm, log_alarm(&parent->log));
	alarm = earlier(alarm, children_alarm(parent));
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
	struct standin *standin = &parent->standin;
	struct standin *refusals = &parent->refusals;
	struct pollfd events[3 + 2 * STANDIN_MAX] = {
	    {.fd = parent->signals, .events = POLLIN},
	    {.fd = entrance_descriptor(parent), .events = POLLIN},
	    {.fd = parent->log.stalled ? parent->log.descriptor : -1,
		.events = POLLOUT},
	};
	struct pollfd *const refused = events + 3 + standin->count;
	const nfds_t count = 3 + standin->count + refusals->count;

	memcpy(events + 3, standin->events, standin->count * sizeof(*events));
	memcpy(refused, refusals->events, refusals->count * sizeof(*events));
	poll(events, count, poll_timeout(next_alarm(parent)));
	memcpy(standin->events, events + 3, standin->count * sizeof(*events));
	memcpy(refusals->events, refused, refusals->count * sizeof(*events));
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

static int
settle(struct parent *parent)
{
	int status = 0;

	if (parent->ledger->door_error != 0)
		log_line(&parent->log, "acceptor: cannot shut the door: %s",
		    strerror(parent->ledger->door_error));
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
	    parent->standin.count > 0 || parent->refusals.count > 0 ||
	    parent->waiting.count > 0 || parent->intake.acceptor != 0) {
		if (wait_for_events(parent))
			take_signals(parent);
		children_sweep(parent);
		intake_tend(&parent->intake);
		standin_tend(&parent->standin);
		standin_tend(&parent->refusals);
		children_retry(parent);
		over = entrance_take_in(parent);
		if (parent->stop_deadline <= monotonic_now() && !parent->cut)
			cut_off(parent);
		set_title(parent);
		log_flush(&parent->log);
	}
	return settle(parent);
}
