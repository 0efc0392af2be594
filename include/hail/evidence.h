#ifndef HAIL_EVIDENCE_H
#define HAIL_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "hail/connection.h"
#include "hail/result.h"

/* What hail saw of a run and the result does not hold. */
struct evidence {
	char target[ADDRESS_STRLEN]; /* the address that was connected to */
	bool local;		     /* it is one of this machine */
	uint64_t drops;		     /* by its listeners, if it is */
	bool differs;		     /* a greeting did, first like this: */
	struct difference difference;
	uint64_t delayed;      /* ok, but their SYN was dropped */
	uint64_t delayed_syns; /* so many times in all */
	int local_error;       /* errno of the last one, 0: none */
	uint64_t descriptors;  /* that one process may have */
	unsigned workers_dead; /* before their time */
	char obituary[128];    /* of the last of them */
};

/*
 * Say in words why connections ended as they did and what can be done about
 * it, as far as that can be known from here: of a server elsewhere neither
 * its queues nor its counters. To be called after judge: what it adds comes
 * after the verdict's own reasons, and where hail itself had no time left it
 * takes back the blame of a server that was only too late: INVALID.
 */
void evidence_explain(const struct evidence *, struct result *);

#endif
