#include "link.h"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "duration.h"
#include "machine.h"

#define PACKET 2048
#define WINDOW 4096 /* packets under way, each way */

static void
set_address(
    int control, struct ifreq *device, unsigned long what, const char *address)
{
	struct sockaddr_in *in = (void *)&device->ifr_addr;

	memset(in, 0, sizeof(*in));
	in->sin_family = AF_INET;
	inet_pton(AF_INET, address, &in->sin_addr);
	cr_assert_eq(ioctl(control, what, device), 0, "%s: %m", address);
}

/* A host of its own for the test, with one device; returns its other end. */
static int
make_host(const char *address)
{
	struct ifreq device = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int end, control;

	machine_own_network_or_skip();
	end = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (end == -1 || ioctl(end, TUNSETIFF, &device) == -1)
		cr_skip_test("no tun devices here: %m");
	control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	set_address(control, &device, SIOCSIFADDR, address);
	set_address(control, &device, SIOCSIFNETMASK, "255.255.255.0");
	device.ifr_flags = IFF_UP;
	cr_assert_eq(ioctl(control, SIOCSIFFLAGS, &device), 0, "up: %m");
	close(control);
	return end;
}

/* One direction of the wire. */
struct way {
	int from, to;
	struct packet {
		int64_t due;
		ssize_t length;
		char bytes[PACKET];
	} * packets; /* a ring of WINDOW */
	unsigned first, count;
};

static void
take_in(struct way *way, const struct link_quality *quality)
{
	struct packet *packet;

	for (;;) {
		packet = &way->packets[(way->first + way->count) % WINDOW];
		packet->length = read(way->from, packet->bytes, PACKET);
		if (packet->length <= 0)
			return;
		packet->due = monotonic_now() + quality->delay;
		/* A full window loses packets as any router does. */
		if (way->count < WINDOW - 1 &&
		    (unsigned)(random() % 1000) >= quality->lost)
			way->count++;
	}
}

/* Returns when the next is due. */
static int64_t
deliver(struct way *way)
{
	struct packet *packet;

	for (; way->count > 0; way->count--) {
		packet = &way->packets[way->first];
		if (packet->due > monotonic_now())
			return packet->due;
		if (write(way->to, packet->bytes, (size_t)packet->length) == -1)
			continue;
		way->first = (way->first + 1) % WINDOW;
	}
	return NEVER;
}

static void
carry(int server, int client, int quality_pipe, struct link_quality quality)
{
	struct way ways[2] = {
	    {.from = server, .to = client},
	    {.from = client, .to = server},
	};
	struct pollfd events[3] = {
	    {.fd = server, .events = POLLIN},
	    {.fd = client, .events = POLLIN},
	    {.fd = quality_pipe, .events = POLLIN},
	};
	int64_t due[2];
	int i;

	srandom(1);
	for (i = 0; i < 2; i++)
		ways[i].packets = calloc(WINDOW, sizeof(*ways[i].packets));
	for (;;) {
		for (i = 0; i < 2; i++)
			due[i] = deliver(&ways[i]);
		poll(
		    events, 3, poll_timeout(due[0] < due[1] ? due[0] : due[1]));
		if (events[2].revents != 0 &&
		    read(quality_pipe, &quality, sizeof(quality)) <= 0)
			return;
		for (i = 0; i < 2; i++)
			take_in(&ways[i], &quality);
	}
}

static int
this_host(void)
{
	int host = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	cr_assert_neq(host, -1, "%m");
	return host;
}

void
link_open_or_skip(struct link *link, struct link_quality quality)
{
	const pid_t test = getpid();
	int server, client, ends[2];

	server = make_host(LINK_SERVER);
	link->hosts[0] = this_host();
	client = make_host(LINK_CLIENT);
	link->hosts[1] = this_host();
	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	link->carrier = fork();
	cr_assert_neq(link->carrier, -1, "fork: %m");
	if (link->carrier == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[1]);
		if (getppid() == test)
			carry(server, client, ends[0], quality);
		_exit(0);
	}
	close(server);
	close(client);
	close(ends[0]);
	link->quality = ends[1];
	link_go_to_server(link);
}

void
link_change(struct link *link, struct link_quality quality)
{
	cr_assert_eq(write(link->quality, &quality, sizeof(quality)),
	    (ssize_t)sizeof(quality));
}

static void
go_to(int host)
{
	cr_assert_eq(setns(host, CLONE_NEWNET), 0, "setns: %m");
}

void
link_go_to_server(const struct link *link)
{
	go_to(link->hosts[0]);
}

void
link_go_to_client(const struct link *link)
{
	go_to(link->hosts[1]);
}

struct address
link_server(unsigned port)
{
	struct address address = {.length = sizeof(struct sockaddr_in)};
	struct sockaddr_in *in = (void *)&address.storage;

	in->sin_family = AF_INET;
	inet_pton(AF_INET, LINK_SERVER, &in->sin_addr);
	address_set_port(&address, port);
	return address;
}

unsigned
link_handshakes(const struct link *link)
{
	unsigned state, count = 0;
	char line[512];
	FILE *file;

	link_go_to_server(link);
	file = fopen("/proc/thread-self/net/tcp", "re");
	cr_assert_not_null(file, "%m");
	while (fgets(line, sizeof(line), file) != NULL)
		/* TCP_SYN_RECV */
		if (sscanf(line, " %*u: %*s %*s %x", &state) == 1 && state == 3)
			count++;
	fclose(file);
	return count;
}
