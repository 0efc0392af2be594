#include "haild/permission.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "survey.h"

/*
 * What a role may call, found out by calling all there is, so that nobody
 * widens the table without a word here.
 */

static bool
has_word(const char *words, const char *word)
{
	const size_t length = strlen(word);
	const char *at = words;

	while ((at = strstr(at, word)) != NULL) {
		if ((at == words || at[-1] == ' ') &&
		    (at[length] == ' ' || at[length] == '\0'))
			return true;
		at += length;
	}
	return false;
}

/* --- whatever the arguments ------------------------------------------------
 */

#define TO_WAIT "restart_syscall exit_group getpid"
#define TO_USE                                                           \
	"poll ppoll clock_gettime futex close write recvmsg getsockopt " \
	"brk munmap mremap set_robust_list"
#define TO_GREET "getppid close_range shutdown recvfrom"
#define TO_REAP	 "rt_sigtimedwait wait4"
#define TO_ACCEPT                                                \
	"epoll_ctl epoll_wait epoll_pwait accept4 sendmsg rseq " \
	"rt_sigprocmask exit listen bind getsockname connect"
#define TO_RECRUIT "epoll_create1 getrandom seccomp clone3"
#define TO_READ	   "fstat lseek read pread64"
#define TO_REMOVE  "read unlink unlinkat"

/*
 * uretprobe(2) and uprobe(2): newer kernels let them through all filters. For
 * whoever is not being probed they do nothing, or end the process.
 */
static bool
filters_do_not_matter(unsigned number)
{
#ifdef __x86_64__
	return number == 335 || number == 336;
#else
	(void)number;
	return false;
#endif
}

/* Those that need certain arguments are below. */
static const char *const permitted[SANDBOX_ROLES] = {
    [SANDBOX_PARENT] = TO_WAIT " " TO_USE " " TO_GREET " " TO_REAP " " TO_ACCEPT
			       " " TO_RECRUIT " " TO_READ,
    [SANDBOX_SERVING] = TO_WAIT " " TO_USE " " TO_GREET " " TO_REAP,
    [SANDBOX_ACCEPTOR] = TO_WAIT " " TO_USE " " TO_ACCEPT,
    [SANDBOX_KEEPER] = TO_WAIT " " TO_REMOVE,
};

ParameterizedTestParameters(permission, each_role_may_call_these_and_no_more)
{
	static enum sandbox_role roles[] = {
	    SANDBOX_PARENT,
	    SANDBOX_SERVING,
	    SANDBOX_ACCEPTOR,
	    SANDBOX_KEEPER,
	};

	return cr_make_param_array(enum sandbox_role, roles, SANDBOX_ROLES);
}

ParameterizedTest(
    enum sandbox_role *role, permission, each_role_may_call_these_and_no_more)
{
	/* No descriptor, address, length or process there is. */
	static const struct survey all = {
	    .call = SURVEY_CALLS,
	    .arguments = {-1, -1, -1, -1, -1, -1},
	    .count = 1024,
	};
	struct survey *survey;
	unsigned i;
	char *name;

	survey = survey_take(&all, *role);
	for (i = 0; i < survey->count; i++) {
		if (filters_do_not_matter(i))
			continue;
		name =
		    seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)i);
		cr_expect_eq(survey->permitted[i],
		    name != NULL && has_word(permitted[*role], name),
		    "role %d: %s (%u) is %s", (int)*role,
		    name != NULL ? name : "what has no name", i,
		    survey->permitted[i] ? "permitted" : "forbidden");
		free(name);
	}
	survey_free(survey);
}

/* --- with some arguments only ----------------------------------------------
 */

#define PARENT	 SANDBOX_PARENT
#define SERVING	 SANDBOX_SERVING
#define ACCEPTOR SANDBOX_ACCEPTOR
#define KEEPER	 SANDBOX_KEEPER

#define NOBODY	0x7ffffffeL /* no process has this id */
#define VALUES	5
#define LAST	(-2L)
#define ANY	(-1L) /* in place of the argument that changes */
#define GENTLY	(SCHED_FIFO | SCHED_RESET_ON_FORK)
#define CHANNEL (SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC)

/* Of all numbers below count these are permitted as the argument. */
struct condition {
	enum sandbox_role role;
	long call;
	long arguments[6];
	unsigned count;
	long values[VALUES + 1];
};

static const struct condition conditions[] = {
    {PARENT, SYS_madvise, {0, 0, ANY}, 256,
	{MADV_DONTNEED, MADV_DONTFORK, MADV_DOFORK, 102, LAST}},
    {SERVING, SYS_madvise, {0, 0, ANY}, 256, {MADV_DONTNEED, LAST}},
    {ACCEPTOR, SYS_madvise, {0, 0, ANY}, 256, {MADV_DONTNEED, LAST}},
    {KEEPER, SYS_madvise, {0, 0, ANY}, 256, {LAST}},
    {PARENT, SYS_mprotect, {0, 0, ANY}, 8, {0, 1, 2, 3, LAST}},
    {SERVING, SYS_mprotect, {0, 0, ANY}, 8, {LAST}},
    {ACCEPTOR, SYS_mprotect, {0, 0, ANY}, 8, {LAST}},
    {PARENT, SYS_mmap, {0, 0, ANY}, 8, {0, 1, 2, 3, LAST}},
    {SERVING, SYS_mmap, {0, 0, ANY}, 8, {0, 1, 2, 3, LAST}},
    {ACCEPTOR, SYS_mmap, {0, 0, ANY}, 8, {0, 1, 2, 3, LAST}},
    {KEEPER, SYS_mmap, {0, 0, ANY}, 8, {LAST}},
    {PARENT, SYS_kill, {NOBODY, ANY}, 256, {SIGKILL, SIGCONT, LAST}},
    {SERVING, SYS_kill, {NOBODY, ANY}, 256, {LAST}},
    {ACCEPTOR, SYS_kill, {NOBODY, ANY}, 256, {LAST}},
    {KEEPER, SYS_kill, {NOBODY, ANY}, 256, {LAST}},
    {PARENT, SYS_prctl, {ANY, SIGKILL}, 256,
	{PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, LAST}},
    {SERVING, SYS_prctl, {ANY, SIGKILL}, 256, {PR_SET_PDEATHSIG, LAST}},
    {SERVING, SYS_prctl, {PR_SET_PDEATHSIG, ANY}, 256, {SIGKILL, LAST}},
    {ACCEPTOR, SYS_prctl, {ANY, SIGKILL}, 256, {LAST}},
    {KEEPER, SYS_prctl, {ANY, SIGKILL}, 256, {LAST}},
    {PARENT, SYS_setsockopt, {-2, SOL_SOCKET, ANY}, 256,
	{SO_REUSEPORT, SO_LINGER, SO_SNDBUF, SO_SNDBUFFORCE, SO_PEEK_OFF,
	    SO_ATTACH_REUSEPORT_CBPF}},
    {SERVING, SYS_setsockopt, {-2, SOL_SOCKET, ANY}, 256, {SO_LINGER, LAST}},
    {ACCEPTOR, SYS_setsockopt, {-2, SOL_SOCKET, ANY}, 256,
	{SO_REUSEPORT, SO_ATTACH_REUSEPORT_CBPF, LAST}},
    {ACCEPTOR, SYS_setsockopt, {-2, IPPROTO_IP, ANY}, 256, {IP_MINTTL, LAST}},
    {ACCEPTOR, SYS_setsockopt, {-2, IPPROTO_IPV6, ANY}, 256,
	{IPV6_MINHOPCOUNT, LAST}},
    {ACCEPTOR, SYS_setsockopt, {-2, IPPROTO_TCP, ANY}, 256, {LAST}},
    {SERVING, SYS_sendto, {-2, 0, 0, 0, ANY}, 256, {0, LAST}},
    {ACCEPTOR, SYS_sendto, {-2, 0, 0, 0, ANY}, 256, {0, LAST}},
    {SERVING, SYS_ioctl, {-2, ANY}, SURVEY_MOST, {SIOCOUTQ, LAST}},
    {PARENT, SYS_ioctl, {-2, ANY}, SURVEY_MOST, {SIOCOUTQ, LAST}},
    {PARENT, SYS_fcntl, {-2, ANY}, 2048, {F_GETFL, F_DUPFD_CLOEXEC, LAST}},
    {PARENT, SYS_newfstatat, {-2, 0, 0, ANY}, SURVEY_MOST,
	{AT_EMPTY_PATH, LAST}},
    {PARENT, SYS_socketpair, {ANY, CHANNEL}, 256, {AF_UNIX, LAST}},
    /* Of whom: of nobody but who calls. */
    {PARENT, SYS_sched_getaffinity, {ANY, 8, -2}, 2048, {0, LAST}},
    {PARENT, SYS_sched_setscheduler, {ANY, SCHED_FIFO}, 2048, {0, LAST}},
    {ACCEPTOR, SYS_sched_setscheduler, {ANY, GENTLY}, 2048, {0, LAST}},
    {ACCEPTOR, SYS_sched_getscheduler, {ANY}, 2048, {0, LAST}},
    {ACCEPTOR, SYS_sched_setaffinity, {ANY, 8, -2}, 2048, {0, LAST}},
    {KEEPER, SYS_shutdown, {-2, ANY}, 256, {SHUT_WR, LAST}},
    {ACCEPTOR, SYS_dup3, {-2, ANY}, 2048, {0, 1, 2, 3, LAST}},
    {PARENT, SYS_prlimit64, {ANY, RLIMIT_RTTIME}, 2048, {0, LAST}},
    {PARENT, SYS_prlimit64, {0, ANY}, 256, {RLIMIT_RTTIME, LAST}},
    {ACCEPTOR, SYS_prlimit64, {0, ANY}, 256, {LAST}},
    {PARENT, SYS_sched_setscheduler, {0, ANY}, 256, {SCHED_FIFO, LAST}},
    {ACCEPTOR, SYS_sched_setscheduler, {0, ANY}, 256, {LAST}},
};

static bool
has_value(const long values[VALUES + 1], unsigned wanted)
{
	int i;

	for (i = 0; i <= VALUES && values[i] != LAST; i++)
		if (values[i] == (long)wanted)
			return true;
	return false;
}

static void
assert_met(const struct condition *condition)
{
	struct survey plan = {
	    .call = condition->call,
	    .count = condition->count,
	};
	struct survey *survey;
	unsigned i;

	memcpy(plan.arguments, condition->arguments, sizeof(plan.arguments));
	while (plan.arguments[plan.at] != ANY)
		plan.at++;
	survey = survey_take(&plan, condition->role);
	for (i = 0; i < survey->count; i++)
		cr_expect_eq(survey->permitted[i],
		    has_value(condition->values, i),
		    "role %d: call %ld with %u is %s", (int)condition->role,
		    condition->call, i,
		    survey->permitted[i] ? "permitted" : "forbidden");
	survey_free(survey);
}

Test(permission, these_arguments_and_no_others)
{
	size_t i;

	for (i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		assert_met(&conditions[i]);
}
