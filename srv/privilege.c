#include "haild/privilege.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <linux/capability.h>

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
	identity->change = root;
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

static int
become(const struct identity *identity, struct reason *why)
{
	if (setgroups(1, &identity->gid) == -1 ||
	    setresgid(identity->gid, identity->gid, identity->gid) == -1 ||
	    setresuid(identity->uid, identity->uid, identity->uid) == -1)
		return reason_set(why, EX_OSERR, "cannot become %s: %s",
		    identity->name, strerror(errno));
	/* Trust, but verify: there must be no way back. */
	if (identity->uid != 0 && setresuid(0, 0, 0) != -1)
		return reason_set(why, EX_OSERR,
		    "became %s, but could become root again", identity->name);
	return 0;
}

/* What a program that is executed could get; as far as permitted. */
static void
empty_bounding_set(void)
{
	unsigned long capability = 0;

	while (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0)
		capability++;
}

int
privilege_drop(const struct identity *identity, struct reason *why)
{
	struct __user_cap_header_struct header = {
	    .version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {
	    {.effective = 0},
	};

	empty_bounding_set();
	if (identity->change && become(identity, why) == -1)
		return -1;
	/* The ambient set goes with the others, capabilities(7). */
	if (syscall(SYS_capset, &header, none) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return reason_set(why, EX_OSERR, "cannot drop capabilities: %s",
		    strerror(errno));
	return 0;
}

static const struct sched_param lowest = {.sched_priority = 1};

/* Microseconds: until SIGXCPU, and until SIGKILL for who does not mind it. */
static const struct rlimit busy = {.rlim_cur = 2000000, .rlim_max = 3000000};

bool
privilege_real_time(void)
{
	if (sched_setscheduler(0, SCHED_FIFO, &lowest) == -1)
		return false;
	/* Where that is not permitted there is a lower limit already. */
	setrlimit(RLIMIT_RTTIME, &busy);
	return true;
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
