#ifndef TESTS_DAEMON_H
#define TESTS_DAEMON_H

#include "books.h"
#include "greeting.h"
#include "process.h"

/* What a haild that was told no other greets with, and its length. */
#define DAEMON_GREETING GREETING_DEFAULT
#define DAEMON_LENGTH	(sizeof(GREETING_DEFAULT) - 1)

/* How to start haild; zeroes are the defaults. */
struct daemon_options {
	char *const *under; /* a program, with its words, that becomes haild */
	char *const *words; /* options before the host, ended by NULL */
	const char *host;   /* 127.0.0.1 */
	const char *port;   /* 0, a free one */
	struct process_options process;
};

/* A running haild. */
struct daemon {
	struct process process;
	unsigned port;
	char address[128];  /* as the readiness line has it: 127.0.0.1:41235 */
	struct books books; /* the latest that were read */
};

/* Start haild and wait until it listens. options may be NULL. */
void daemon_start(struct daemon *, const struct daemon_options *);

/* SIGUSR1, and read the books into daemon->books. */
void daemon_read_books(struct daemon *);

/*
 * Read the books again and again until at least so many were accepted, or
 * until so many of them are in hand.
 */
void daemon_await_accepted(struct daemon *, uint64_t accepted);
void daemon_await_in_hand(struct daemon *, uint64_t in_hand);

/*
 * Read the books again and again until accepted connections have reached
 * this and each of them is booked: all children of theirs are reaped.
 */
void daemon_await_booked(struct daemon *, uint64_t accepted);

/* Read the books again and again until a name has reached this count. */
void daemon_await_count(struct daemon *, const char *name, uint64_t count);

/* A whole visit: the default greeting arrives, byte for byte. */
void daemon_visit(const struct daemon *);

/*
 * SIGTERM, and what must follow: exit status 0, books that balance (read
 * into daemon->books), nothing left of its process group.
 */
void daemon_stop(struct daemon *);

/* The same for a haild that was told to end already. */
void daemon_await_stop(struct daemon *);

/* The pid of the acceptor, by the title that ps shows. */
pid_t daemon_acceptor(const struct daemon *);

/* The same for the keeper of the pid file. */
pid_t daemon_keeper(const struct daemon *);

/*
 * Wait until it has so many children that serve, and write their pids;
 * others than acceptor and keeper of the pid file, that is.
 */
void daemon_await_children(struct daemon *, size_t count, pid_t pids[]);

#endif
