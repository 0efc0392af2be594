#ifndef HAILD_STEERING_H
#define HAILD_STEERING_H

/*
 * Which socket of a SO_REUSEPORT group gets a new connection: decided by a
 * classic BPF program (SO_ATTACH_REUSEPORT_CBPF, socket(7); no privilege
 * needed) that is attached to the group through any one of its sockets, or
 * to its first while it is not bound. Sockets are numbered in the order in
 * which they began to listen. family is AF_INET or AF_INET6. Each returns 0,
 * or -1 with errno.
 */

/*
 * Spread connections evenly over the first sockets of the group. The kernel
 * would choose by hash, and of 171 queues of six the unluckiest overflows
 * long before the burst is 1,024.
 */
int steering_spread(int listener, int family, unsigned sockets);

/* The same, but for the client at this port, who gets the one after them. */
int steering_divert(int listener, int family, unsigned port, unsigned sockets);

/* All to one. */
int steering_all(int listener, unsigned to);

#endif
