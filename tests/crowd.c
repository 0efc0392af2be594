#include "crowd.h"

#include <sys/resource.h>

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon.h"
#include "peer.h"

static void
raise_descriptors(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void
crowd_come(struct crowd *crowd, unsigned port, unsigned count)
{
	unsigned i;

	raise_descriptors();
	crowd->conns = calloc(count, sizeof(int));
	crowd->count = count;
	cr_assert_not_null(crowd->conns);
	for (i = 0; i < count; i++) {
		crowd->conns[i] = peer_connect(port);
		peer_expect(crowd->conns[i], DAEMON_GREETING, DAEMON_LENGTH);
	}
}

void
crowd_leave(struct crowd *crowd, unsigned count)
{
	for (; count > 0; count--)
		close(crowd->conns[--crowd->count]);
}

void
crowd_free(struct crowd *crowd)
{
	crowd_leave(crowd, crowd->count);
	free(crowd->conns);
}
