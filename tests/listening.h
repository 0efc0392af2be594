#ifndef TESTS_LISTENING_H
#define TESTS_LISTENING_H

#include "haild/handover.h"
#include "haild/listen.h"

/*
 * The listening sockets of a server without the server. What goes wrong
 * fails the test.
 */

/* The loopback address of a family, with any free port; may skip IPv6. */
struct address listening_loopback(int family);

/* So many there, of backlog 5, that hear. */
void listening_open(struct listeners *, int family, unsigned each);

/* Wait for a connection and take it. Returns at which of the sockets. */
size_t listening_accept(const struct listeners *, struct connection *);

/*
 * A SYN to them is on its way: wait until it has arrived, whatever became
 * of it. Over loopback packets do not overtake each other.
 */
void listening_await_syn(void);

#endif
