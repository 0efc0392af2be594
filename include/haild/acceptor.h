#ifndef HAILD_ACCEPTOR_H
#define HAILD_ACCEPTOR_H

#include <sys/types.h>

#include "haild/ledger.h"
#include "haild/listen.h"
#include "haild/privilege.h"

/*
 * What an acceptor works with. By value: the parent's own memory is not
 * inherited (parent.h). The ledger is shared.
 */
struct acceptor_task {
	struct listeners listeners; /* their sockets are filled in, copied */
	int shelf;		    /* from here */
	struct identity identity;
	struct ledger *ledger;
	int channel;	     /* its end of the hand-over */
	unsigned max_queued; /* connections accepted and not yet received */
	bool first;	     /* it still has all privileges */
	bool filters;	     /* sandbox.h */
};

/*
 * Fork the process that does nothing but accept, queue and hand over. It
 * takes SCHED_FIFO, becomes identity and sends NOTE_READY when it accepts;
 * after NOTE_STOP it lets nobody new in, hands over what it has and exits 0.
 * It ends with its parent, whose other descriptors it closes; with filters it
 * cannot write to standard output or error from then on. The caller closes
 * its copy of the channel. Returns the process id, or -1 with errno.
 */
pid_t acceptor_start(struct acceptor_task *);

#endif
