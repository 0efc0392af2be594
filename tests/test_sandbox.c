#include "haild/sandbox.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "haild/privilege.h"
#include "intruder.h"

/* How a process ends: its exit status, or -signal. */
static int
end_of(pid_t pid)
{
	int status;

	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Enter a role and call; what calling fails with is the exit status. */
static int
end_in_role(enum sandbox_role role, long number, const long arguments[6])
{
	struct reason why;
	pid_t pid = fork();

	if (pid == 0) {
		if (sandbox_enter(role, &why) == -1)
			_exit(200);
		errno = 0;
		syscall(number, arguments[0], arguments[1], arguments[2],
		    arguments[3], arguments[4], arguments[5]);
		_exit(errno);
	}
	return end_of(pid);
}

Test(sandbox, no_role_may_open_connect_execute_trace_or_kill)
{
	const struct intruder_call *calls;
	size_t count = intruder_calls(&calls), i;
	int role;

	for (role = 0; role < SANDBOX_ROLES; role++)
		for (i = 0; i < count; i++)
			cr_expect_eq(end_in_role((enum sandbox_role)role,
					 calls[i].number, calls[i].arguments),
			    -SIGSYS, "role %d: %s", role, calls[i].name);
}

/* One call with these arguments: may a role make it? */
struct row {
	enum sandbox_role role;
	int end; /* the errno that the kernel gives, or -SIGSYS */
	long number, arguments[6];
};

#define P SANDBOX_PARENT
#define S SANDBOX_SERVING
#define A SANDBOX_ACCEPTOR
#define K SANDBOX_KEEPER

#define RWX (PROT_READ | PROT_WRITE | PROT_EXEC)
#define OWN (MAP_PRIVATE | MAP_ANONYMOUS)
#define UP  (1L << 32) /* which the kernel does not read */

ParameterizedTestParameters(sandbox, arguments_matter)
{
	static struct row rows[] = {
	    {S, 0, SYS_prctl, {PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0}},
	    {S, 0, SYS_prctl, {PR_SET_PDEATHSIG | UP, SIGKILL, 0, 0, 0, 0}},
	    /* Nobody may decide to outlive the parent. */
	    {S, -SIGSYS, SYS_prctl, {PR_SET_PDEATHSIG, 0, 0, 0, 0, 0}},
	    {S, -SIGSYS, SYS_prctl, {PR_SET_DUMPABLE, 1, 0, 0, 0, 0}},
	    {A, -SIGSYS, SYS_prctl, {PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0}},
	    {S, EBADF, SYS_sendto, {-1, 0, 0, 0, 0, 0}},
	    /* Not to somebody else. */
	    {S, -SIGSYS, SYS_sendto, {-1, 0, 0, 0, 4096, 16}},
	    {S, EBADF, SYS_setsockopt, {-1, SOL_SOCKET, SO_LINGER, 0, 0, 0}},
	    {S, -SIGSYS, SYS_setsockopt, {-1, SOL_SOCKET, SO_MARK, 0, 0, 0}},
	    {S, -SIGSYS, SYS_setsockopt, {-1, 6, SO_LINGER, 0, 0, 0}},
	    {A, -SIGSYS, SYS_setsockopt, {-1, SOL_SOCKET, SO_LINGER, 0, 0, 0}},
	    {S, -SIGSYS, SYS_ioctl, {-1, 0x5401, 0, 0, 0, 0}},
	    {S, 0, SYS_mmap, {0, 4096, PROT_READ, OWN, -1, 0}},
	    {S, -SIGSYS, SYS_mmap, {0, 4096, RWX, OWN, -1, 0}},
	    {P, -SIGSYS, SYS_mmap, {0, 4096, RWX, OWN, -1, 0}},
	    {P, 0, SYS_mprotect, {0, 0, PROT_READ, 0, 0, 0}},
	    {P, -SIGSYS, SYS_mprotect, {0, 0, PROT_EXEC, 0, 0, 0}},
	    {A, -SIGSYS, SYS_mprotect, {0, 0, PROT_READ, 0, 0, 0}},
	    {S, -SIGSYS, SYS_mprotect, {0, 0, PROT_READ, 0, 0, 0}},
	    /* A namespace, a thread; a fork needs a pass besides. */
	    {S, -SIGSYS, SYS_clone, {SIGCHLD | CLONE_NEWUSER, 0, 0, 0, 0, 0}},
	    {S, -SIGSYS, SYS_clone, {CLONE_VM | SIGCHLD, 0, 0, 0, 0, 0}},
	    {P, -SIGSYS, SYS_clone, {CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0, 0}},
	    {P, ENOSYS, SYS_clone3, {0, 0, 0, 0, 0, 0}},
	    {S, -SIGSYS, SYS_clone3, {0, 0, 0, 0, 0, 0}},
	    {A, -SIGSYS, SYS_clone, {SIGCHLD, 0, 0, 0, 0, 0}},
	    {P, ESRCH, SYS_kill, {0x7ffffffe, SIGKILL, 0, 0, 0, 0}},
	    {P, ESRCH, SYS_kill, {0x7ffffffe, SIGCONT, 0, 0, 0, 0}},
	    {P, -SIGSYS, SYS_kill, {0x7ffffffe, SIGTERM, 0, 0, 0, 0}},
	    {S, -SIGSYS, SYS_kill, {0x7ffffffe, SIGKILL, 0, 0, 0, 0}},
	    {A, -SIGSYS, SYS_kill, {0x7ffffffe, SIGKILL, 0, 0, 0, 0}},
	    {P, -SIGSYS, SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, 0, 0, 0}},
	    {S, -SIGSYS, SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, 0, 0, 0}},
	    {S, -SIGSYS, SYS_connect, {-1, 0, 0, 0, 0, 0}},
	    {A, EBADF, SYS_connect, {-1, 0, 0, 0, 0, 0}},
	    {A, -SIGSYS, SYS_sched_setscheduler, {0, SCHED_RR, 0, 0, 0, 0}},
	    {S, -SIGSYS, SYS_seccomp, {1, 0, 0, 0, 0, 0}},
	    {K, EFAULT, SYS_unlink, {0, 0, 0, 0, 0, 0}},
	    {P, -SIGSYS, SYS_unlink, {0, 0, 0, 0, 0, 0}},
	    {K, -SIGSYS, SYS_write, {1, 0, 0, 0, 0, 0}},
	    {K, -SIGSYS, SYS_mmap, {0, 4096, PROT_READ, OWN, -1, 0}},
	};

	return cr_make_param_array(
	    struct row, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(struct row *row, sandbox, arguments_matter)
{
	if (!SANDBOX_POSSIBLE)
		cr_skip_test("built with sanitizers: no sandbox");
	cr_expect_eq(end_in_role(row->role, row->number, row->arguments),
	    row->end, "role %d, call %ld", (int)row->role, row->number);
}

/* Numbers of another architecture are other calls: none is permitted. */
Test(sandbox, calls_by_the_numbers_of_others_kill)
{
#ifdef __x86_64__
	const long none[6] = {0};

	/* x32, where the kernel has it, and where not. */
	cr_expect_eq(
	    end_in_role(SANDBOX_SERVING, 0x40000000 | SYS_getppid, none),
	    -SIGSYS);
#else
	cr_skip_test("only where there is such another one");
#endif
}

/* --- what an acceptor does that the steward forks ---------------------------
 */

static void *
look_around(void *nothing)
{
	cpu_set_t set;

	sched_getaffinity(0, sizeof(set), &set);
	sched_setaffinity(0, sizeof(set), &set);
	privilege_keep_real_time();
	return nothing;
}

static _Noreturn void
be_later_acceptor(void)
{
	struct reason why;
	pthread_t thread;

	privilege_real_time();
	if (pthread_create(&thread, NULL, look_around, NULL) != 0 ||
	    sandbox_enter(SANDBOX_ACCEPTOR, &why) == -1)
		_exit(1);
	pthread_join(thread, NULL);
	_exit(0);
}

Test(sandbox, a_later_acceptor_can_have_threads)
{
	struct reason why;
	int status;
	pid_t pid;

	if (!SANDBOX_POSSIBLE)
		cr_skip_test("built with sanitizers: no sandbox");
	pid = fork();
	if (pid == 0) {
		if (sandbox_enter(SANDBOX_PARENT, &why) == -1)
			_exit(100);
		pid = fork();
		if (pid == 0)
			be_later_acceptor();
		waitpid(pid, &status, 0);
		_exit(
		    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	}
	cr_expect_eq(end_of(pid), 0);
}
