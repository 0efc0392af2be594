#ifndef HAIL_RESULT_H
#define HAIL_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "hail/latency.h"
#include "hail/outcome.h"
#include "reason.h"

/* What is timed of a connection, from its start (its intended start, -r). */
enum phase { PHASE_CONNECT, PHASE_FIRST_BYTE, PHASE_WHOLE, PHASES };

/* "connect", "first_byte", "whole". */
const char *phase_key(enum phase);

/* Counters of the kernel whose growth explains a failure (netstat.c). */
enum counter {
	COUNTER_LISTEN_OVERFLOWS,
	COUNTER_LISTEN_DROPS,
	COUNTER_SYNCOOKIES_SENT,
	COUNTER_REQQ_FULL_DO_COOKIES,
	COUNTER_REQQ_FULL_DROP,
	COUNTER_SYN_RETRANS,
	COUNTER_TIMEOUTS,
	COUNTER_ABORT_ON_CLOSE,
	COUNTER_ABORT_ON_DATA,
	COUNTERS
};

/* The name in /proc/net/netstat: "ListenOverflows". */
const char *counter_key(enum counter);

/*
 * All that is counted in a run: by one worker, by a program, or by several
 * programs whose results were added. No pointers: a worker fills one in
 * shared memory. Zeroes are the empty tally.
 */
struct tally {
	uint64_t started;
	uint64_t ended[OUTCOMES];
	struct latency latency[OUTCOMES][PHASES];
	struct latency lag;    /* start behind the intended start (-r only) */
	uint64_t bytes;	       /* received */
	uint64_t retried_syns; /* TCP_INFO: SYNs sent again, in all */
	uint64_t connections_retried; /* connections with such a SYN */
	int64_t cpu_ns;		      /* user and system time */
	int64_t peak_memory;	      /* bytes, the largest process */
};

void tally_add(struct tally *into, const struct tally *from);

/* The sum of ended: what was started and is over. */
uint64_t tally_ended(const struct tally *);

/* All outcomes, what ended so most often first; ok is always the last. */
void tally_worst_first(const struct tally *, enum outcome order[OUTCOMES]);

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_INVALID };

#define RESULT_WORDS   160
#define RESULT_REASONS 16
#define RESULT_TARGETS 16
#define RESULT_ID      40
#define RESULT_MERGED  4096

/* The largest count in a file; so many as RESULT_MERGED can be added. */
#define RESULT_COUNT_MAX 1000000000000000LL

/*
 * A whole run: what was asked, what was counted, what it means. Times are ns;
 * instants count from the epoch. Unset options are 0.
 * Always planned = sum of tally.ended + not started (result_balance).
 */
struct result {
	char id[RESULT_ID];	   /* random, unique to the run */
	char host[RESULT_WORDS];   /* where hail ran */
	char target[RESULT_WORDS]; /* as the user named it: "localhost:9999" */
	char addresses[RESULT_TARGETS][RESULT_WORDS]; /* what it resolved to */
	unsigned address_count;
	int64_t start, end;
	bool interrupted;

	uint64_t planned; /* connections */
	uint64_t concurrency, jobs;
	double rate_asked; /* connections a second, 0: as fast as it goes */
	int64_t duration_asked;
	int64_t connect_timeout, first_byte_timeout, timeout;
	uint64_t greeting_length; /* expected bytes, 0: any */
	char greeting_digest[20]; /* FNV-1a of the expected bytes, hex */
	bool half_close;

	struct tally tally;
	bool counters_known;
	int64_t counters[COUNTERS]; /* growth during the run */
	bool queue_known;	    /* the server's accept queue was seen */
	uint64_t queue_backlog;	    /* of one listening socket */
	uint64_t queue_peak;	    /* the fullest that was seen */
	uint64_t queue_listeners;

	/* Programs whose results were added, 1: none; then their ids. */
	unsigned merged;
	char merged_ids[RESULT_MERGED][RESULT_ID]; /* only if merged > 1 */

	enum verdict verdict;
	unsigned reason_count;
	uint64_t reasons_left_out;
	char reasons[RESULT_REASONS][2 * RESULT_WORDS]; /* in words */
};

/*
 * The books of a run: fails with a reason naming both sides (EX_SOFTWARE)
 * if planned is not ended + not started or a histogram holds more than its
 * end. not_started = planned - tally.started.
 */
int result_balance(const struct result *, struct reason *);

/* Connections that ended, a second of the run. */
double result_rate(const struct result *);

/* Give a new result its random id, the name of this host, and merged = 1. */
void result_identify(struct result *);

/* Add a sentence, formatted; the last place says how many were left out. */
void result_explain(struct result *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
