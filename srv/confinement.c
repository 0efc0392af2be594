#include "haild/confinement.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "haild/privilege.h"
#include "haild/sandbox.h"
#include "haild/steward.h"
#include "haild/violation.h"

int
confinement_begin(struct parent *parent, struct reason *why)
{
	parent->filters = SANDBOX_POSSIBLE && !parent->options.no_sandbox;
	if (parent->filters && violation_watch() == -1)
		return reason_set(why, EX_OSERR, "%s", strerror(errno));
	return 0;
}

int
confinement_of_paths(struct parent *parent, struct reason *why)
{
	const char *directory = parent->options.directory;

	if (directory == NULL && (!parent->filters || geteuid() != 0))
		return 0;
	return sandbox_chroot(directory, why);
}

static void
say_what_is_missing(struct parent *parent)
{
	log_line(&parent->log,
	    "%s: no filter of system calls%s: this is for debugging only",
	    SANDBOX_POSSIBLE ? "--no-sandbox" : "built with sanitizers",
	    parent->options.directory == NULL ? " and no chroot" : "");
}

int
confinement_of_calls(
    struct parent *parent, const struct identity *identity, struct reason *why)
{
	if (privilege_drop(identity, why) == -1)
		return -1;
	if (!parent->filters) {
		say_what_is_missing(parent);
		return 0;
	}
	/* The steward keeps the first filter; this thread adds two. */
	if (steward_start(why) == -1 ||
	    sandbox_enter(SANDBOX_PARENT, why) == -1)
		return -1;
	parent->pass = pass_require(why);
	if (parent->pass == NULL || sandbox_enter(SANDBOX_SERVING, why) == -1)
		return -1;
	/* What the filters were made of: each page costs every fork. */
	malloc_trim(0);
	return 0;
}
