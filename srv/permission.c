#include "haild/permission.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <linux/sockios.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>

/* The columns of the table. What serving and acceptor may, parent may. */
#define SERVING	 (1U << SANDBOX_SERVING)
#define ACCEPTOR (1U << SANDBOX_ACCEPTOR)
#define KEEPER	 (1U << SANDBOX_KEEPER)
#define PARENT	 (1U << SANDBOX_PARENT)
#define BOTH	 (SERVING | ACCEPTOR)
#define ALL	 (BOTH | KEEPER)

#define CONDITIONS 2

struct permission {
	int call;
	unsigned roles;
	struct scmp_arg_cmp when[CONDITIONS]; /* op 0: no condition */
};

/* Arguments are compared as the kernel reads them, as 32 bits. */
#define IS(argument, value)                                        \
	{                                                          \
		argument, SCMP_CMP_MASKED_EQ, 0xffffffffU, (value) \
	}
#define WITHOUT(argument, bits)                         \
	{                                               \
		argument, SCMP_CMP_MASKED_EQ, (bits), 0 \
	}
#define IS_NULL(argument)                   \
	{                                   \
		argument, SCMP_CMP_EQ, 0, 0 \
	}

/* The flags of glibc's fork(3) and pthread_create(3). */
#define FORK (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD)
#define THREAD                                                              \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | \
	    CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |            \
	    CLONE_CHILD_CLEARTID)

/* For the guards of stacks, in glibc 2.42 and later. */
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

#define CHANNEL (SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC)

static const struct permission table[] = {
    /* To wait, to tell the time, to end. */
    {SCMP_SYS(restart_syscall), ALL, {}},
    {SCMP_SYS(exit_group), ALL, {}},
    {SCMP_SYS(getpid), ALL, {}},
    {SCMP_SYS(poll), BOTH, {}},
    {SCMP_SYS(ppoll), BOTH, {}},
    {SCMP_SYS(clock_gettime), BOTH, {}},
    {SCMP_SYS(futex), BOTH, {}},
    {SCMP_SYS(close), BOTH, {}},
    {SCMP_SYS(write), BOTH, {}},
    {SCMP_SYS(recvmsg), BOTH, {}},
    {SCMP_SYS(getsockopt), BOTH, {}},
    /* Memory, but no code in it. */
    {SCMP_SYS(brk), BOTH, {}},
    {SCMP_SYS(mmap), BOTH, {WITHOUT(2, PROT_EXEC)}},
    {SCMP_SYS(munmap), BOTH, {}},
    {SCMP_SYS(mremap), BOTH, {}},
    /*
     * Of all that they could do to memory no more than malloc_trim(3) does:
     * by MADV_REMOVE or mprotect(2) one of those who share the pages of the
     * greeting, read-only as they are, could change it for everybody.
     */
    {SCMP_SYS(madvise), BOTH, {IS(2, MADV_DONTNEED)}},

    /* A child: live no longer than the parent, greet, hang up. */
    {SCMP_SYS(set_robust_list), BOTH, {}},
    {SCMP_SYS(prctl), SERVING, {IS(0, PR_SET_PDEATHSIG), IS(1, SIGKILL)}},
    {SCMP_SYS(getppid), SERVING, {}},
    {SCMP_SYS(close_range), SERVING, {}},
    {SCMP_SYS(sendto), BOTH, {IS_NULL(4)}},
    {SCMP_SYS(shutdown), SERVING, {}},
    {SCMP_SYS(recvfrom), SERVING, {}},
    {SCMP_SYS(ioctl), SERVING, {IS(1, SIOCOUTQ)}},
    {SCMP_SYS(setsockopt), SERVING, {IS(1, SOL_SOCKET), IS(2, SO_LINGER)}},
    /* Who serves: fork (pass.h) and reap. */
    {SCMP_SYS(clone), SERVING, {WITHOUT(0, ~0xffU)}},
    {SCMP_SYS(rt_sigtimedwait), SERVING, {}},
    {SCMP_SYS(wait4), SERVING, {}},

    /* The acceptor: accept and hand over, in threads; shut the door. */
    {SCMP_SYS(epoll_ctl), ACCEPTOR, {}},
    {SCMP_SYS(epoll_wait), ACCEPTOR, {}},
    {SCMP_SYS(epoll_pwait), ACCEPTOR, {}},
    {SCMP_SYS(accept4), ACCEPTOR, {}},
    {SCMP_SYS(sendmsg), ACCEPTOR, {}},
    {SCMP_SYS(rseq), ACCEPTOR, {}},
    {SCMP_SYS(rt_sigprocmask), ACCEPTOR, {}},
    {SCMP_SYS(sched_setaffinity), ACCEPTOR, {IS(0, 0)}},
    {SCMP_SYS(sched_getscheduler), ACCEPTOR, {IS(0, 0)}},
    {SCMP_SYS(sched_setscheduler), ACCEPTOR,
	{IS(0, 0), IS(1, SCHED_FIFO | SCHED_RESET_ON_FORK)}},
    {SCMP_SYS(exit), ACCEPTOR, {}},
    {SCMP_SYS(dup2), ACCEPTOR, {WITHOUT(1, ~3U)}},
    {SCMP_SYS(dup3), ACCEPTOR, {WITHOUT(1, ~3U)}},
    {SCMP_SYS(setsockopt), ACCEPTOR, {IS(1, SOL_SOCKET), IS(2, SO_REUSEPORT)}},
    {SCMP_SYS(setsockopt), ACCEPTOR,
	{IS(1, SOL_SOCKET), IS(2, SO_ATTACH_REUSEPORT_CBPF)}},
    {SCMP_SYS(setsockopt), ACCEPTOR, {IS(1, IPPROTO_IP), IS(2, IP_MINTTL)}},
    {SCMP_SYS(setsockopt), ACCEPTOR,
	{IS(1, IPPROTO_IPV6), IS(2, IPV6_MINHOPCOUNT)}},
    {SCMP_SYS(listen), ACCEPTOR, {}},
    {SCMP_SYS(bind), ACCEPTOR, {}},
    {SCMP_SYS(getsockname), ACCEPTOR, {}},
    {SCMP_SYS(connect), ACCEPTOR, {}},

    /* The steward: another acceptor, which narrows itself. */
    {SCMP_SYS(socketpair), PARENT, {IS(0, AF_UNIX), IS(1, CHANNEL)}},
    {SCMP_SYS(setsockopt), PARENT, {IS(1, SOL_SOCKET), IS(2, SO_SNDBUF)}},
    {SCMP_SYS(setsockopt), PARENT, {IS(1, SOL_SOCKET), IS(2, SO_SNDBUFFORCE)}},
    {SCMP_SYS(setsockopt), PARENT, {IS(1, SOL_SOCKET), IS(2, SO_PEEK_OFF)}},
    {SCMP_SYS(clone), PARENT, {IS(0, FORK)}},
    {SCMP_SYS(clone), PARENT, {IS(0, THREAD)}},
    {SCMP_SYS(mprotect), PARENT, {WITHOUT(2, PROT_EXEC)}},
    {SCMP_SYS(madvise), PARENT, {IS(2, MADV_GUARD_INSTALL)}},
    {SCMP_SYS(madvise), PARENT, {IS(2, MADV_DONTFORK)}},
    {SCMP_SYS(madvise), PARENT, {IS(2, MADV_DOFORK)}},
    {SCMP_SYS(sched_setscheduler), PARENT, {IS(0, 0), IS(1, SCHED_FIFO)}},
    {SCMP_SYS(prlimit64), PARENT, {IS(0, 0), IS(1, RLIMIT_RTTIME)}},
    {SCMP_SYS(sched_getaffinity), PARENT, {IS(0, 0)}},
    {SCMP_SYS(fcntl), PARENT, {IS(1, F_DUPFD_CLOEXEC)}},
    {SCMP_SYS(epoll_create1), PARENT, {}},
    {SCMP_SYS(getrandom), PARENT, {}},
    {SCMP_SYS(prctl), PARENT, {IS(0, PR_SET_NO_NEW_PRIVS)}},
    {SCMP_SYS(seccomp), PARENT, {}},
    /* The steward: end the children and the acceptor, or let it go on. */
    {SCMP_SYS(kill), PARENT, {IS(1, SIGKILL)}},
    {SCMP_SYS(kill), PARENT, {IS(1, SIGCONT)}},
    /* The steward: read again what is open. */
    {SCMP_SYS(fstat), PARENT, {}},
    {SCMP_SYS(newfstatat), PARENT, {IS(3, AT_EMPTY_PATH)}},
    {SCMP_SYS(fcntl), PARENT, {IS(1, F_GETFL)}},
    {SCMP_SYS(lseek), PARENT, {}},
    {SCMP_SYS(read), PARENT, {}},
    {SCMP_SYS(pread64), PARENT, {}},

    /* The keeper of the pid file: say that it is one, and remove it. */
    {SCMP_SYS(shutdown), KEEPER, {IS(1, SHUT_WR)}},
    {SCMP_SYS(read), KEEPER, {}},
    {SCMP_SYS(unlink), KEEPER, {}},
    {SCMP_SYS(unlinkat), KEEPER, {}},
};

static unsigned
columns(enum sandbox_role role)
{
	return role == SANDBOX_PARENT ? PARENT | BOTH : 1U << role;
}

static int
grant(scmp_filter_ctx filter, const struct permission *permission)
{
	unsigned conditions = 0;

	while (conditions < CONDITIONS && permission->when[conditions].op != 0)
		conditions++;
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, permission->call,
	    conditions, permission->when);
}

int
permission_grant(scmp_filter_ctx filter, enum sandbox_role role)
{
	const unsigned any = columns(role);
	size_t i;
	int error;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if ((table[i].roles & any) == 0)
			continue;
		error = grant(filter, &table[i]);
		if (error != 0)
			return error;
	}
	/*
	 * What its arguments point to no filter can see; glibc does with
	 * clone(2) where the kernel has no clone3(2).
	 */
	return role != SANDBOX_PARENT
	    ? 0
	    : seccomp_rule_add(
		  filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}
