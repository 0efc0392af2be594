#include "intruder.h"

#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <elf.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "procfs.h"

static const struct intruder_call calls[] = {
    {"openat", SYS_openat, {AT_FDCWD, INTRUDER_PATH, O_RDONLY, 0, 0, 0}},
#ifdef SYS_open
    {"open", SYS_open, {INTRUDER_PATH, O_RDONLY, 0, 0, 0, 0}},
#endif
    {"socket", SYS_socket, {AF_INET, SOCK_STREAM, 0, 0, 0, 0}},
    {"execve", SYS_execve, {INTRUDER_PATH, 0, 0, 0, 0, 0}},
    {"ptrace", SYS_ptrace, {PTRACE_SEIZE, INTRUDER_PARENT, 0, 0, 0, 0}},
    {"kill", SYS_kill, {INTRUDER_PARENT, SIGTERM, 0, 0, 0, 0}},
    {"process_vm_readv", SYS_process_vm_readv,
	{INTRUDER_PARENT, 0, 0, 0, 0, 0}},
    {"setresuid", SYS_setresuid, {0, 0, 0, 0, 0, 0}},
    {"chroot", SYS_chroot, {INTRUDER_PATH, 0, 0, 0, 0, 0}},
    {"unshare", SYS_unshare, {CLONE_NEWUSER, 0, 0, 0, 0, 0}},
    {"io_uring_setup", SYS_io_uring_setup, {1, 0, 0, 0, 0, 0}},
};

size_t
intruder_calls(const struct intruder_call **all)
{
	*all = calls;
	return sizeof(calls) / sizeof(calls[0]);
}

#ifdef __x86_64__

/* Below the stack pointer and what the ABI keeps there. */
#define SCRATCH 512

static void
enter(pid_t pid, struct user_regs_struct *registers)
{
	struct iovec area = {registers, sizeof(*registers)};
	long code;
	int status;

	cr_assert_eq(ptrace(PTRACE_SEIZE, pid, NULL, NULL), 0, "%m");
	cr_assert_eq(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL), 0, "%m");
	cr_assert_eq(waitpid(pid, &status, __WALL), pid);
	cr_assert(WIFSTOPPED(status));
	cr_assert_eq(
	    ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &area), 0, "%m");
	/* It waits: right behind a syscall instruction. */
	code = ptrace(PTRACE_PEEKTEXT, pid, (void *)(registers->rip - 2), NULL);
	cr_assert_eq(code & 0xffff, 0x050f, "%d does not wait", (int)pid);
}

static long
parent_of(pid_t pid)
{
	char value[32];

	cr_assert(procfs_status(pid, "PPid", value, sizeof(value)));
	return atol(value);
}

/* What is shared and may not be written to. */
static unsigned long long
greeting_of(pid_t pid)
{
	char path[64], line[512], mode[8] = "";
	unsigned long long from = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	cr_assert_not_null(maps, "%s: %m", path);
	while (strcmp(mode, "r--s") != 0 &&
	    fgets(line, sizeof(line), maps) != NULL)
		cr_assert_eq(sscanf(line, "%llx-%*x %7s", &from, mode), 2);
	fclose(maps);
	cr_assert_str_eq(mode, "r--s", "%d shares no greeting", (int)pid);
	return from;
}

static unsigned long long
argument(pid_t pid, const struct user_regs_struct *registers, long value)
{
	const unsigned long long path = registers->rsp - SCRATCH;

	if (value == INTRUDER_PARENT)
		return (unsigned long long)parent_of(pid);
	if (value == INTRUDER_GREETING)
		return greeting_of(pid);
	if (value != INTRUDER_PATH)
		return (unsigned long long)value;
	cr_assert_eq(
	    ptrace(PTRACE_POKEDATA, pid, (void *)path, (void *)'/'), 0, "%m");
	return path;
}

void
intruder_make(pid_t pid, const struct intruder_call *call)
{
	struct user_regs_struct registers;
	struct iovec area = {&registers, sizeof(registers)};

	enter(pid, &registers);
	registers.rip -= 2;
	registers.orig_rax = (unsigned long long)-1; /* restart nothing */
	registers.rax = (unsigned long long)call->number;
	registers.rdi = argument(pid, &registers, call->arguments[0]);
	registers.rsi = argument(pid, &registers, call->arguments[1]);
	registers.rdx = argument(pid, &registers, call->arguments[2]);
	registers.r10 = argument(pid, &registers, call->arguments[3]);
	registers.r8 = argument(pid, &registers, call->arguments[4]);
	registers.r9 = argument(pid, &registers, call->arguments[5]);
	cr_assert_eq(
	    ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &area), 0, "%m");
	cr_assert_eq(ptrace(PTRACE_DETACH, pid, NULL, NULL), 0, "%m");
}

/* An instruction that jumps to itself. */
#define SPIN 0xfeebL

void
intruder_spin(pid_t pid)
{
	struct user_regs_struct registers;
	struct iovec area = {&registers, sizeof(registers)};
	long code;

	enter(pid, &registers);
	code = ptrace(PTRACE_PEEKTEXT, pid, (void *)registers.rip, NULL);
	code = (code & ~0xffffL) | SPIN;
	cr_assert_eq(
	    ptrace(PTRACE_POKETEXT, pid, (void *)registers.rip, (void *)code),
	    0, "%m");
	registers.orig_rax = (unsigned long long)-1; /* restart nothing */
	cr_assert_eq(
	    ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &area), 0, "%m");
	cr_assert_eq(ptrace(PTRACE_DETACH, pid, NULL, NULL), 0, "%m");
}

#else

void
intruder_make(pid_t pid, const struct intruder_call *call)
{
	(void)pid;
	(void)call;
	cr_skip_test("only where the registers are known");
}

void
intruder_spin(pid_t pid)
{
	(void)pid;
	cr_skip_test("only where the registers are known");
}

#endif
