#include "fault.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PER_MESSAGE 200 /* SCM_MAX_FD is 253 */

/* Fork as this user. Returns as fork(2) does, in the child once it is. */
static pid_t
fork_as(uid_t uid, gid_t gid)
{
	const pid_t test = getpid();
	pid_t pid;

	pid = fork();
	cr_assert_neq(pid, -1, "fork: %m");
	if (pid != 0)
		return pid;
	if (uid != geteuid() &&
	    (setgroups(0, NULL) == -1 || setresgid(gid, gid, gid) == -1 ||
		setresuid(uid, uid, uid) == -1))
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != test)
		_exit(1);
	return 0;
}

void
fault_limit(pid_t pid, int resource, rlim_t soft)
{
	struct stat owner;
	struct rlimit limit;
	char path[32];
	pid_t helper;
	int status;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	cr_assert_eq(stat(path, &owner), 0, "%s: %m", path);
	helper = fork_as(owner.st_uid, owner.st_gid);
	if (helper == 0) {
		if (prlimit(pid, (__rlimit_resource_t)resource, NULL, &limit) ==
		    -1)
			_exit(2);
		limit.rlim_cur = soft;
		_exit(prlimit(
			  pid, (__rlimit_resource_t)resource, &limit, NULL) == 0
			? 0
			: 3);
	}
	cr_assert_eq(waitpid(helper, &status, 0), helper);
	cr_assert_eq(status, 0, "prlimit of %d: %#x", (int)pid, status);
}

/* Send count copies of a descriptor to an end that nobody reads. */
static void
send_copies(unsigned count)
{
	char byte = 0, control[CMSG_SPACE(PER_MESSAGE * sizeof(int))];
	struct iovec data = {&byte, 1};
	int ends[2], copies[PER_MESSAGE] = {0};
	struct msghdr message = {
	    .msg_iov = &data,
	    .msg_iovlen = 1,
	    .msg_control = control,
	};
	struct cmsghdr *header = (void *)control;
	unsigned lot;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == -1)
		_exit(2);
	for (; count > 0; count -= lot) {
		lot = count < PER_MESSAGE ? count : PER_MESSAGE;
		message.msg_controllen = CMSG_SPACE(lot * sizeof(int));
		header->cmsg_len = CMSG_LEN(lot * sizeof(int));
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(header), copies, lot * sizeof(int));
		if (sendmsg(ends[0], &message, 0) == -1)
			_exit(3);
	}
}

pid_t
fault_descriptors_in_flight(uid_t user, unsigned count)
{
	int ready[2];
	char byte;
	pid_t pid;

	cr_assert_eq(pipe(ready), 0, "pipe: %m");
	pid = fork_as(user, (gid_t)user);
	if (pid == 0) {
		send_copies(count);
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(4);
	}
	close(ready[1]);
	cr_assert_eq(read(ready[0], &byte, 1), 1, "nothing is in flight");
	close(ready[0]);
	return pid;
}

void
fault_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
