#ifndef HAILD_LEDGER_H
#define HAILD_LEDGER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What became of an accepted connection: each is booked once, under one. */
enum account {
	ACCOUNT_GREETED,   /* by a child, acknowledged by the peer */
	ACCOUNT_PEER_GONE, /* the peer reset it before it had all */
	ACCOUNT_TIMED_OUT, /* not acknowledged in time */
	ACCOUNT_REFUSED,   /* turned away by a rule */
	ACCOUNT_LOST,	   /* in the hands of an acceptor that died, or cut
			      off by the end of haild */
	ACCOUNT_STOOD_IN,  /* greeted by the parent, when fork failed */
	ACCOUNT_FAILED,	   /* an error of this machine in a child */
	ACCOUNT_KILLED,	   /* the child was killed by a signal */
	ACCOUNTS
};

/*
 * The books, in memory shared by acceptor and parent. Each number has one
 * writer; the numbers of the acceptor are read by the other process.
 */
struct ledger {
	/* written by the threads of the acceptor, of which there is one */
	_Atomic uint64_t accepted;
	_Atomic uint64_t most_queued; /* accepted and not yet received */
	_Atomic uint64_t pauses;      /* of accepting, for want of resources */
	_Atomic int door_error;	      /* errno: why a door could not be shut */
	/* written by the acceptor, cleared by the parent (NOTE_ROOM) */
	_Atomic bool awaits_room;
	/* written by the parent */
	_Atomic uint64_t received;
	_Atomic uint64_t booked[ACCOUNTS]; /* read by the acceptor, too */
	uint64_t most_children;
	uint64_t forks_failed;
	uint64_t lines_dropped;
};

/* What ledger_format writes at most, with its NUL. */
#define LEDGER_STRLEN 512

/* Map an empty ledger; NULL with errno. */
struct ledger *ledger_open(void);

/*
 * Are processes that are forked from now on to have it? The acceptor is, and
 * children are not: they could only falsify it.
 */
void ledger_share(struct ledger *, bool);

/* One more was accepted. */
void ledger_accept(struct ledger *);

/* Accepted and not received by the parent yet. */
uint64_t ledger_queued(const struct ledger *);

void ledger_book(struct ledger *, enum account, uint64_t connections);

/* Accepted and not booked yet: what is in hand; 0 at rest. */
uint64_t ledger_in_hand(const struct ledger *);

/* At rest: is each accepted connection booked, and each once? */
bool ledger_balances(const struct ledger *);

/*
 * Write the books as one line without a newline, "accepted 3 = greeted 2 +
 * peer gone 1 + ...". The first five accounts always stand there, others
 * and what is in hand when they are not 0; it always adds up. Returns buf.
 */
char *ledger_format(const struct ledger *, char buf[LEDGER_STRLEN]);

#endif
