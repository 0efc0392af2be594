#include "haild/steering.h"

#include <sys/socket.h>

#include <linux/filter.h>
#include <netinet/ip6.h>

/*
 * The packet seen by the program begins behind the TCP header, so the
 * source port is found from the network header. Clients of one host use
 * every other port (ip_local_port_range, connect(2)): without the shift half
 * of the sockets would stay empty. An index out of range falls to the hash.
 */
#define SPREAD(sockets)                             \
	BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 1),     \
	BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, (sockets)), \
	BPF_STMT(BPF_RET | BPF_A, 0)

static int
attach(int listener, struct sock_filter *code, unsigned short length)
{
	const struct sock_fprog program = { .len = length, .filter = code };

	return setsockopt(listener, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF,
	    &program, sizeof(program));
}

int
steering_attach(int listener, int family, unsigned sockets)
{
	struct sock_filter v4[] = {
		/* X = length of the IPv4 header */
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, (__u32)SKF_NET_OFF),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, (__u32)SKF_NET_OFF),
		SPREAD(sockets),
	};
	struct sock_filter v6[] = {
		/* Extension headers are rare; then this spreads less well. */
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS,
		    (__u32)SKF_NET_OFF + sizeof(struct ip6_hdr)),
		SPREAD(sockets),
	};

	if (family == AF_INET6)
		return attach(listener, v6, sizeof(v6) / sizeof(v6[0]));
	return attach(listener, v4, sizeof(v4) / sizeof(v4[0]));
}
