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
	bool heard;	/* it has said that it accepts */
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
 * Take the next connection, without blocking: HANDOVER_CONNECTION, then it
 * is the caller's; HANDOVER_EMPTY, for want of any, or because this message
 * was none: an acceptor in somebody else's hands may send those without end,
 * so look at signals before the next; or HANDOVER_GONE, when no more will
 * come. Books as lost what died with an acceptor.
 */
enum handover intake_receive(struct intake *, struct connection *);

/*
 * SIGCHLD: if the acceptor has ended, reap it and plan for the next. If it
 * was stopped (SIGSTOP), say so, and no more: connections wait for whoever
 * did that.
 */
void intake_look(struct intake *);

/* Start the next acceptor if it is time. */
void intake_tend(struct intake *);
int64_t intake_alarm(const struct intake *);

/*
 * Let nobody new in: the acceptor finishes what it has, and ends. Should it
 * die of something else, another one does so.
 */
void intake_stop(struct intake *);

/* End the acceptor at once; what it has is lost. Only after intake_stop. */
void intake_cut(struct intake *);

#endif
