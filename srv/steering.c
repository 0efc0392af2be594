#include "haild/steering.h"

#include <sys/socket.h>

#include <linux/filter.h>
#include <netinet/ip6.h>

#define STATEMENTS 8

/* A program in the making. */
struct program {
	struct sock_filter code[STATEMENTS];
	unsigned short length;
};

static void
add(struct program *program, unsigned code, unsigned k)
{
	program->code[program->length++] =
	    (struct sock_filter)BPF_STMT((__u16)code, k);
}

/*
 * A = the client's port. The packet as the program sees it begins behind the
 * TCP header, so the port is found from the network header. Behind the
 * extension headers of IPv6, which are rare, it is some other number.
 */
static void
load_port(struct program *program, int family)
{
	const unsigned network = (unsigned)SKF_NET_OFF;

	if (family == AF_INET6) {
		add(program, BPF_LD | BPF_H | BPF_ABS,
		    network + (unsigned)sizeof(struct ip6_hdr));
		return;
	}
	/* X = the length of the IPv4 header. */
	add(program, BPF_LDX | BPF_B | BPF_MSH, network);
	add(program, BPF_LD | BPF_H | BPF_IND, network);
}

static int
attach(int listener, struct program *program)
{
	const struct sock_fprog attached = {
	    .len = program->length,
	    .filter = program->code,
	};

	return setsockopt(listener, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF,
	    &attached, sizeof(attached));
}

/*
 * Clients of one host use every other port (ip_local_port_range, ip(7)):
 * unshifted, half of the sockets would stay empty.
 */
static void
spread_port(struct program *program, unsigned sockets)
{
	add(program, BPF_ALU | BPF_RSH | BPF_K, 1);
	add(program, BPF_ALU | BPF_MOD | BPF_K, sockets);
	add(program, BPF_RET | BPF_A, 0);
}

int
steering_spread(int listener, int family, unsigned sockets)
{
	struct program program = {.length = 0};

	load_port(&program, family);
	spread_port(&program, sockets);
	return attach(listener, &program);
}

int
steering_divert(int listener, int family, unsigned port, unsigned sockets)
{
	struct program program = {.length = 0};

	load_port(&program, family);
	program.code[program.length++] =
	    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1);
	add(&program, BPF_RET | BPF_K, sockets);
	spread_port(&program, sockets);
	return attach(listener, &program);
}

int
steering_all(int listener, unsigned to)
{
	struct program program = {.length = 0};

	add(&program, BPF_RET | BPF_K, to);
	return attach(listener, &program);
}
