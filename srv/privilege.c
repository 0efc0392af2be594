#include "haild/privilege.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

int
privilege_find(struct identity *identity, const char *name, struct reason *why)
{
	const bool root = geteuid() == 0;
	const struct passwd *user;

	*identity = (struct identity){.change = false};
	if (!root && name == NULL)
		return 0;
	if (name == NULL)
		name = "nobody";
	user = getpwnam(name);
	if (user == NULL)
		return reason_set(why, EX_NOUSER, "-u %s: no such user", name);
	if (!root && user->pw_uid != geteuid())
		return reason_set(why, EX_NOPERM,
		    "-u %s: only root can serve as somebody else", name);
	identity->change = root && user->pw_uid != 0;
	identity->uid = user->pw_uid;
	identity->gid = user->pw_gid;
	strlcpy(identity->name, name, sizeof(identity->name));
	return 0;
}

unsigned
privilege_raise_limits(void)
{
	struct rlimit limit = {.rlim_cur = 1, .rlim_max = 1};

	setrlimit(RLIMIT_RTPRIO, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur > INT_MAX ? INT_MAX : (unsigned)limit.rlim_cur;
}

int
privilege_drop(const struct identity *identity, struct reason *why)
{
	/* An acceptor that takes over is forked by a parent that did it. */
	if (!identity->change || getuid() == identity->uid)
		return 0;
	if (setgroups(1, &identity->gid) == -1 ||
	    setresgid(identity->gid, identity->gid, identity->gid) == -1 ||
	    setresuid(identity->uid, identity->uid, identity->uid) == -1)
		return reason_set(why, EX_OSERR, "cannot become %s: %s",
		    identity->name, strerror(errno));
	/* Trust, but verify: there must be no way back. */
	if (setresuid(0, 0, 0) != -1)
		return reason_set(why, EX_OSERR,
		    "became %s, but could become root again", identity->name);
	return 0;
}

static const struct sched_param lowest = {.sched_priority = 1};

bool
privilege_real_time(void)
{
	return sched_setscheduler(0, SCHED_FIFO, &lowest) == 0;
}

void
privilege_keep_real_time(void)
{
	if (sched_getscheduler(0) == SCHED_FIFO)
		sched_setscheduler(
		    0, SCHED_FIFO | SCHED_RESET_ON_FORK, &lowest);
}

bool
privilege_die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return getppid() == parent;
}
