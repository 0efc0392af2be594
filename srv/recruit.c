#include "haild/recruit.h"

#include <unistd.h>

#include "duration.h"
#include "haild/steward.h"

/* What the steward is asked for, and what comes of it. */
struct request {
	struct intake *intake;
	bool first;
	int result;
};

static int
start(struct intake *intake, bool first)
{
	int ends[2];

	if (handover_open(ends, intake->max_queued) == -1)
		return -1;
	ledger_share(intake->ledger, true);
	steward_share(true);
	intake->acceptor = acceptor_start(&(struct acceptor_task){
	    .listeners = intake->listeners,
	    .shelf = intake->shelf,
	    .identity = intake->identity,
	    .ledger = intake->ledger,
	    .channel = ends[1],
	    .max_queued = intake->max_queued,
	    .first = first,
	    .filters = intake->filters,
	});
	steward_share(false);
	ledger_share(intake->ledger, false);
	close(ends[1]);
	if (intake->acceptor == -1) {
		intake->acceptor = 0;
		close(ends[0]);
		return -1;
	}
	intake->lineage.channel = ends[0];
	intake->started = monotonic_now();
	intake->heard = false;
	return 0;
}

static void
comply(void *argument)
{
	struct request *request = argument;

	request->result = start(request->intake, request->first);
}

int
recruit_acceptor(struct intake *intake, bool first)
{
	struct request request = {.intake = intake, .first = first};

	steward_do(comply, &request);
	return request.result;
}
