#include "haild/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "haild/permission.h"

/* Returns 0 or a negative errno, as libseccomp does. */
static int
fill(scmp_filter_ctx filter, enum sandbox_role role)
{
	int error;

	/* By another architecture's numbers: no handler needs to know. */
	error = seccomp_attr_set(
	    filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (error == 0 && role != SANDBOX_SERVING)
		error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	return error != 0 ? error : permission_grant(filter, role);
}

int
sandbox_enter(enum sandbox_role role, struct reason *why)
{
	scmp_filter_ctx filter;
	int error = -ENOMEM;

	/* Whatever is not permitted raises SIGSYS. */
	filter = seccomp_init(SCMP_ACT_TRAP);
	if (filter != NULL) {
		error = fill(filter, role);
		if (error == 0)
			error = seccomp_load(filter);
		seccomp_release(filter);
	}
	if (error == 0)
		return 0;
	return reason_set(why, EX_OSERR,
	    "cannot install a seccomp filter: %s (--no-sandbox serves without)",
	    strerror(-error));
}

/* A new directory; whoever is in it when it is removed stays in it. */
static int
enter_empty(char path[])
{
	return mkdtemp(path) == NULL || chdir(path) == -1 || rmdir(path) == -1
	    ? -1
	    : 0;
}

static int
enter(const char *directory, struct reason *why)
{
	char run[] = "/run/haild.XXXXXX", tmp[] = "/tmp/haild.XXXXXX";

	if (directory != NULL && chdir(directory) == -1)
		return reason_set(why, reason_status(errno), "--chroot %s: %s",
		    directory, strerror(errno));
	if (directory == NULL && enter_empty(run) == -1 &&
	    enter_empty(tmp) == -1)
		return reason_set(why, EX_OSERR,
		    "no empty directory to confine haild to can be made in "
		    "/run or /tmp: %s (--chroot names another)",
		    strerror(errno));
	return 0;
}

int
sandbox_chroot(const char *directory, struct reason *why)
{
	if (enter(directory, why) == -1)
		return -1;
	if (chroot(".") == -1 || chdir("/") == -1)
		return reason_set(why, reason_status(errno),
		    "--chroot %s: %s (needs root or CAP_SYS_CHROOT)",
		    directory != NULL ? directory : "to an empty directory",
		    strerror(errno));
	return 0;
}
