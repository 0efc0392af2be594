#include "load.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "duration.h"
#include "greeting.h"

#define MOST 8000

static const char greeting[] = GREETING_DEFAULT;

struct visit {
	int conn; /* -1: free */
	bool connected;
	size_t have;
	int64_t deadline;
};

struct client {
	struct address server;
	unsigned at_once, live;
	uint64_t left;
	uint64_t begun;
	unsigned per_second; /* to begin; 0: no matter when */
	int64_t started;
	struct load_counts *counts;
	int events, ends;
	struct visit visits[MOST];
};

static void
finish(struct client *client, struct visit *visit, uint64_t *count)
{
	const uint64_t one = 1;

	close(visit->conn);
	visit->conn = -1;
	client->live--;
	__atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
	if (write(client->ends, &one, sizeof(one)) != sizeof(one))
		_exit(1);
}

static void
begin(struct client *client, struct visit *visit)
{
	struct epoll_event event = {
	    .events = EPOLLIN | EPOLLOUT | EPOLLET,
	    .data.ptr = visit,
	};

	visit->conn = socket(
	    client->server.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (visit->conn == -1)
		_exit(1);
	visit->connected = false;
	visit->have = 0;
	visit->deadline = deadline_from_now();
	client->live++;
	client->left--;
	client->begun++;
	if (connect(visit->conn, (struct sockaddr *)&client->server.storage,
		client->server.length) == -1 &&
	    errno != EINPROGRESS) {
		finish(client, visit, &client->counts->refused);
		return;
	}
	epoll_ctl(client->events, EPOLL_CTL_ADD, visit->conn, &event);
}

/* Read what is there; the end of the connection is the end of the visit. */
static void
read_on(struct client *client, struct visit *visit)
{
	char bytes[256];
	ssize_t got;

	for (;;) {
		got = recv(visit->conn, bytes, sizeof(bytes), 0);
		if (got <= 0)
			break;
		if (visit->have + (size_t)got > sizeof(greeting) - 1 ||
		    memcmp(bytes, greeting + visit->have, (size_t)got) != 0) {
			finish(client, visit, &client->counts->wrong);
			return;
		}
		visit->have += (size_t)got;
	}
	if (got == -1 && errno == EAGAIN)
		return;
	finish(client, visit,
	    got == -1				      ? &client->counts->reset
		: visit->have == sizeof(greeting) - 1 ? &client->counts->greeted
						      : &client->counts->wrong);
}

/* Why a connection that was never seen established has failed. */
static uint64_t *
failed_early(struct client *client, const struct visit *visit)
{
	int error = 0;

	getsockopt(visit->conn, SOL_SOCKET, SO_ERROR, &error,
	    &(socklen_t){sizeof(error)});
	switch (error) {
	case ECONNREFUSED:
		return &client->counts->refused;
	case ECONNRESET:
		return &client->counts->reset;
	default:
		return &client->counts->unconnected;
	}
}

static void
go_on(struct client *client, struct visit *visit, uint32_t happened)
{
	if (!visit->connected && (happened & EPOLLERR) != 0) {
		finish(client, visit, failed_early(client, visit));
		return;
	}
	/* Writable at last: the handshake is complete on our side. */
	visit->connected = true;
	read_on(client, visit);
}

static void
give_up_late_ones(struct client *client)
{
	struct load_counts *counts = client->counts;
	struct visit *visit;
	unsigned i;

	for (i = 0; i < client->at_once; i++) {
		visit = &client->visits[i];
		if (visit->conn != -1 && monotonic_now() > visit->deadline)
			finish(client, visit,
			    visit->connected ? &counts->stranded
					     : &counts->unconnected);
	}
}

/* Is it time for one more? */
static bool
is_due(const struct client *client)
{
	const double seconds =
	    (double)(monotonic_now() - client->started) / NS_PER_S;

	if (client->left == 0 || client->live == client->at_once)
		return false;
	return client->per_second == 0 ||
	    (double)client->begun < seconds * client->per_second;
}

static void
visit_all(struct client *client, int stop)
{
	struct epoll_event events[256], asked = {.events = EPOLLIN};
	int ready, i;
	unsigned k;

	epoll_ctl(client->events, EPOLL_CTL_ADD, stop, &asked);
	for (;;) {
		for (k = 0; k < client->at_once && is_due(client); k++)
			if (client->visits[k].conn == -1)
				begin(client, &client->visits[k]);
		if (client->live == 0 && client->left == 0)
			return;
		ready = epoll_wait(
		    client->events, events, 256, client->per_second ? 1 : 1000);
		for (i = 0; i < ready; i++) {
			if (events[i].data.ptr != NULL) {
				go_on(client, events[i].data.ptr,
				    events[i].events);
				continue;
			}
			client->left = 0;
			epoll_ctl(client->events, EPOLL_CTL_DEL, stop, NULL);
		}
		if (ready == 0)
			give_up_late_ones(client);
	}
}

/* What is asked of a load. */
struct order {
	struct address server;
	unsigned at_once, per_second;
	uint64_t total;
};

static void
live(struct load *load, const struct order *order)
{
	static struct client client;
	struct rlimit descriptors;
	unsigned i;

	getrlimit(RLIMIT_NOFILE, &descriptors);
	descriptors.rlim_cur = descriptors.rlim_max;
	setrlimit(RLIMIT_NOFILE, &descriptors);

	client.server = order->server;
	client.at_once = order->at_once;
	client.per_second = order->per_second;
	client.started = monotonic_now();
	client.left = order->total != 0 ? order->total : UINT64_MAX;
	client.counts = load->counts;
	client.ends = load->ends;
	client.events = epoll_create1(0);
	for (i = 0; i < MOST; i++)
		client.visits[i].conn = -1;
	visit_all(&client, load->stop);
}

static void
start(struct load *load, const struct order *order)
{
	pid_t test = getpid();

	cr_assert_leq(order->at_once, MOST);
	load->counts = mmap(NULL, sizeof(*load->counts), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(load->counts, MAP_FAILED, "mmap: %m");
	load->ends = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
	load->stop = eventfd(0, EFD_CLOEXEC);
	load->pid = fork();
	cr_assert_neq(load->pid, -1, "fork: %m");
	if (load->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != test)
			_exit(1);
		live(load, order);
		_exit(0);
	}
}

static struct address
on_loopback(unsigned port)
{
	struct address address = {.length = sizeof(struct sockaddr_in)};
	struct sockaddr_in *v4 = (void *)&address.storage;

	v4->sin_family = AF_INET;
	v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address_set_port(&address, port);
	return address;
}

void
load_start_at(struct load *load, const struct address *server, unsigned at_once,
    uint64_t total)
{
	start(load,
	    &(struct order){
		.server = *server,
		.at_once = at_once,
		.total = total,
	    });
}

void
load_start(struct load *load, unsigned port, unsigned at_once, uint64_t total)
{
	const struct address server = on_loopback(port);

	load_start_at(load, &server, at_once, total);
}

void
load_start_evenly(struct load *load, unsigned port, unsigned per_second)
{
	start(load,
	    &(struct order){
		.server = on_loopback(port),
		.at_once = MOST,
		.per_second = per_second,
	    });
}

/* Wait until one more connection has ended, or the load has: false. */
static bool
await_end(struct load *load, int gone)
{
	struct pollfd events[] = {
	    {.fd = load->ends, .events = POLLIN},
	    {.fd = gone, .events = POLLIN},
	};
	uint64_t one;

	cr_assert_gt(poll(events, 2, poll_timeout(deadline_from_now())), 0,
	    "the load makes no progress");
	if (events[0].revents == 0)
		return false;
	cr_assert_eq(read(load->ends, &one, sizeof(one)), (ssize_t)sizeof(one));
	return true;
}

void
load_await(struct load *load, uint64_t ends)
{
	for (; ends > 0; ends--)
		await_end(load, -1);
}

struct load_counts
load_finish(struct load *load)
{
	const int gone = pidfd_open(load->pid, 0);
	struct load_counts counts;
	int status;

	while (await_end(load, gone))
		continue;
	close(gone);
	cr_assert_eq(waitpid(load->pid, &status, 0), load->pid);
	cr_assert_eq(status, 0, "the load ended with status %#x", status);
	counts = *load->counts;
	munmap(load->counts, sizeof(*load->counts));
	close(load->ends);
	close(load->stop);
	return counts;
}

struct load_counts
load_stop(struct load *load)
{
	const uint64_t one = 1;

	cr_assert_eq(
	    write(load->stop, &one, sizeof(one)), (ssize_t)sizeof(one));
	return load_finish(load);
}
