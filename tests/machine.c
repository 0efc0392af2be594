#include "machine.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <criterion/criterion.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool
machine_is_root(void)
{
	return geteuid() == 0;
}

void
machine_root_or_skip(void)
{
	if (!machine_is_root())
		cr_skip_test("only root may do what is tested here");
}

bool
machine_has_ipv6(void)
{
	const struct sockaddr_in6 loopback = {
	    .sin6_family = AF_INET6,
	    .sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	bool has;
	int probe;

	probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (probe == -1)
		return false;
	has = bind(probe, (const struct sockaddr *)&loopback,
		  sizeof(loopback)) == 0;
	close(probe);
	return has;
}

void
machine_ipv6_or_skip(void)
{
	if (!machine_has_ipv6())
		cr_skip_test("this machine has no IPv6");
}

static void
write_file(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);

	cr_assert_neq(file, -1, "%s: %m", path);
	cr_assert_eq(write(file, text, strlen(text)), (ssize_t)strlen(text),
	    "%s: %m", path);
	close(file);
}

/* Root and others have the same numbers inside as outside. */
static void
keep_identity(uid_t uid, gid_t gid)
{
	char map[64];

	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	write_file("/proc/self/uid_map", map);
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	write_file("/proc/self/gid_map", map);
}

void
machine_own_network_or_skip(void)
{
	struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	uid_t uid = getuid();
	gid_t gid = getgid();
	int control;

	if (machine_is_root()) {
		if (unshare(CLONE_NEWNET) == -1)
			cr_skip_test("no network namespaces here: %m");
	} else {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == -1)
			cr_skip_test("no user namespaces here: %m");
		keep_identity(uid, gid);
	}
	control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(ioctl(control, SIOCSIFFLAGS, &loopback), 0, "lo: %m");
	close(control);
}
