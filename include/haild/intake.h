#ifndef HAILD_INTAKE_H
#define HAILD_INTAKE_H

#include "haild/acceptor.h"
#include "haild/handover.h"
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
	pid_t acceptor;	 /* 0: none */
	int channel;	 /* from the acceptor; -1: none */
	int old_channel; /* what a dead one had handed over; -1: none */
	int shelf;	 /* the listening sockets; -1: closed, stopping */
	uint64_t accepted_by_dead; /* ledger->accepted when it died */
	int64_t started, restart_at;
	int64_t pause; /* before the next restart */
};

/*
 * Start the first acceptor and wait, up to ten seconds, until it accepts.
 * Takes the sockets of listeners. Returns 0, or -1 with a reason.
 */
int intake_open(struct intake *, struct listeners *, struct reason *);

/* The channel to wait on for the next connection, or -1. */
int intake_descriptor(const struct intake *);

/*
 * Take the next connection, without blocking: HANDOVER_CONNECTION, then it
 * is the caller's; HANDOVER_EMPTY; or HANDOVER_GONE, when no more will come.
 * Books as lost what died with an acceptor.
 */
enum handover intake_receive(struct intake *, struct connection *);

/*
 * A child was reaped. If it was the acceptor, plan for the next and return
 * true.
 */
bool intake_reaped(struct intake *, pid_t, int status);

/* Start the next acceptor if it is time. */
void intake_tend(struct intake *);
int64_t intake_alarm(const struct intake *);

/* Let nobody new in: the acceptor finishes what it has, and ends. */
void intake_stop(struct intake *);

/* End the acceptor at once; what it has is lost. Only after intake_stop. */
void intake_cut(struct intake *);

#endif
