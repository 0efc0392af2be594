#ifndef HAILD_STEERING_H
#define HAILD_STEERING_H

/*
 * Spread the connections to a SO_REUSEPORT group evenly over its sockets, by
 * a classic BPF program (SO_ATTACH_REUSEPORT_CBPF, socket(7); no privilege
 * needed) that is attached to the group through any one of them. The kernel
 * would choose by hash, and of 171 queues of six the unluckiest overflows
 * long before the burst is 1,024.
 *
 * family is AF_INET or AF_INET6, sockets the size of the group.
 * Returns 0, or -1 with errno.
 */
int steering_attach(int listener, int family, unsigned sockets);

#endif
