#ifndef HAILD_PARENT_H
#define HAILD_PARENT_H

#include "greeting.h"
#include "haild/admission.h"
#include "haild/awake.h"
#include "haild/intake.h"
#include "haild/ledger.h"
#include "haild/log.h"
#include "haild/options.h"
#include "haild/pass.h"
#include "haild/reread.h"
#include "haild/roster.h"
#include "haild/standin.h"
#include "haild/waiting.h"

/*
 * The process that serves: it takes connections in, forks a child for each,
 * reaps the children and keeps the books. Its memory is not inherited by
 * children (MADV_DONTFORK): they neither pay for it nor see it.
 */
struct parent {
	struct haild_options options;
	struct reread message; /* if options.message_file is set */
	struct greeting greeting;
	struct ledger *ledger;
	struct roster roster;
	struct intake intake;
	struct admission admission;
	struct waiting waiting;
	struct standin standin;
	struct standin refusals; /* those who are told that we are busy */
	struct greeting busy;	 /* what they are told; length 0: nothing */
	struct log out;		 /* stdout: what scripts read */
	struct log log;		 /* stderr */

	bool filters;	    /* sandbox.h */
	const pass_t *pass; /* to fork with; NULL: none is needed */

	int signals;		/* signalfd(2) */
	struct connection held; /* no child yet, and nobody to stand in */
	bool holding;
	int64_t fork_again_at; /* after a failure; 0: it worked since */
	int64_t fork_works_at; /* if it does not fail before then */
	uint64_t forks_failed; /* since it worked for good */
	int64_t sweep_at;      /* children_sweep */
	struct awake awake;    /* looked at by it */
	int64_t title_at;
	uint64_t titled;

	unsigned stops;	       /* SIGTERM and SIGINT so far */
	int64_t stop_deadline; /* NEVER before the first */
	bool cut;	       /* the deadline has passed */
};

/* Map an empty parent; NULL with errno. */
struct parent *parent_new(void);

/* Block the signals that the parent reads, in it and in all it forks. */
void parent_block_signals(void);

/*
 * Make what serving needs from options and greeting, and start accepting on
 * listeners, whose sockets it takes over. Returns 0, or -1 with a reason.
 */
int parent_open(struct parent *, struct listeners *, const struct identity *,
    struct reason *);

/*
 * Serve until stopped by SIGTERM or SIGINT, then print the books. Returns
 * the exit status: 0, EX_SOFTWARE if the books do not balance, EX_OSERR if
 * no acceptor can be had.
 */
int parent_serve(struct parent *);

#endif
