#include "machine.h"

#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <grp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "duration.h"

#include "scratch.h"

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

uid_t
machine_fresh_user_or_skip(void)
{
	machine_root_or_skip();
	/* Each test is a process, so that no two have the same. */
	return 0x10000000 + (uid_t)getpid();
}

void
machine_be_fresh_user_or_skip(void)
{
	const uid_t user = machine_fresh_user_or_skip();

	cr_assert_eq(setgroups(0, NULL), 0, "%m");
	cr_assert_eq(setresuid(user, user, user), 0, "%m");
	/* Who has changed its user may not be traced, as LeakSanitizer does. */
	prctl(PR_SET_DUMPABLE, 1);
}

void
machine_limit(int resource, rlim_t soft)
{
	struct rlimit limit;

	getrlimit((__rlimit_resource_t)resource, &limit);
	limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
	cr_assert_eq(setrlimit((__rlimit_resource_t)resource, &limit), 0, "%m");
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

void
machine_own_network_or_skip(void)
{
	struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int control;

	/*
	 * A user namespace would do without root, but only for a process of
	 * one thread, and Criterion's have more.
	 */
	machine_root_or_skip();
	if (unshare(CLONE_NEWNET) == -1)
		cr_skip_test("no network namespaces here: %m");
	control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(ioctl(control, SIOCSIFFLAGS, &loopback), 0, "lo: %m");
	close(control);
}

void
machine_own_hosts_or_skip(const char *text)
{
	char path[SCRATCH_PATH];

	machine_root_or_skip();
	scratch_write("hosts", text, strlen(text), path);
	if (unshare(CLONE_NEWNS) == -1)
		cr_skip_test("no mount namespaces here: %m");
	cr_assert_eq(
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0, "/: %m");
	cr_assert_eq(mount(path, "/etc/hosts", NULL, MS_BIND, NULL), 0,
	    "/etc/hosts: %m");
}

/* A new address is tentative until the kernel has thought about it. */
static void
await_ipv6(const struct in6_addr *address)
{
	const struct sockaddr_in6 name = {
	    .sin6_family = AF_INET6, .sin6_addr = *address};
	const int64_t until = deadline_from_now();
	int probe, result;

	do {
		cr_assert_lt(monotonic_now(), until, "it stays tentative");
		probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
		result =
		    bind(probe, (const struct sockaddr *)&name, sizeof(name));
		close(probe);
	} while (result == -1);
}

void
machine_add_ipv6(const char *address)
{
	/* As the kernel wants it, see netdevice(7). */
	struct {
		struct in6_addr address;
		uint32_t prefix;
		int interface;
	} wish = {.prefix = 128, .interface = (int)if_nametoindex("lo")};
	int control;

	cr_assert_eq(inet_pton(AF_INET6, address, &wish.address), 1);
	control = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(ioctl(control, SIOCSIFADDR, &wish), 0, "%s: %m", address);
	close(control);
	await_ipv6(&wish.address);
}
