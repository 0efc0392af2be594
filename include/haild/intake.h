#ifndef HAILD_INTAKE_H
#define HAILD_INTAKE_H

#include "haild/acceptor.h"
#include "haild/handover.h"
#include "haild/lineage.h"
#include "haild/log.h"

/*
 * Where the parent gets its connections from: the acceptor, the channel from
 * it, and the listening sockets for the next one should this one die.
 */
struct intake {
	struct listeners listeners; /* their sockets are on the shelf */
	struct identity identity;
	struct ledger *ledger;
	struct log *log;
	bool filters; /* sandbox.h */
	unsigned max_queued;
	pid_t acceptor; /* 0: none */
	bool ready;	/* the acceptor accepts, and said so */
	bool disowned;	/* it did what none of ours does, and is killed */
	bool late; /* the acceptor has no real-time priority, and we said so */
	struct lineage lineage; /* the channels from it and its forebears */
	int shelf;		/* the listening sockets; -1: closed for good */
	int64_t started, restart_at;
	int64_t pause; /* before the next restart */
	bool asleep;   /* stopped by a signal (SIGSTOP), and said so */
	bool forkless; /* it could not be started, and said so */
	bool stopping; /* whoever accepts lets nobody new in */
};

/*
 * Start the first acceptor and wait, up to ten seconds, until it accepts.
 * Takes the sockets of listeners. Returns 0, or -1 with a reason.
 */
int intake_open(struct intake *, struct listeners *, struct reason *);

/* The channel to wait on for the next connection, or -1. */
int intake_descriptor(const struct intake *);

/*
 * Take what comes next, without blocking: HANDOVER_CONNECTION, then it is the
 * caller's; HANDOVER_NOTE and HANDOVER_TORN, which are dealt with;
 * HANDOVER_EMPTY; or HANDOVER_GONE, when no more will come. One message at a
 * time: whoever sends any number of them keeps nobody from anything else.
 * Books as lost what died with an acceptor.
 */
enum handover intake_receive(struct intake *, struct connection *);

#endif
