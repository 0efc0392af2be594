#ifndef TESTS_PEER_H
#define TESTS_PEER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "address.h"

/*
 * One client, driven step by step. Every call that waits has the deadline of
 * deadline.h; whatever goes wrong fails the test. conn is the caller's.
 */

/* Connect to 127.0.0.1, or to an address; a new descriptor. */
int peer_connect(unsigned port);
int peer_connect_to(const struct address *);

/* From this address of the machine: to 127.0.0.1, or ::1 if it is IPv6. */
int peer_connect_from(const char *source, unsigned port);

/* To 127.0.0.1 with a receive buffer as small as the kernel allows. */
int peer_connect_slowly(unsigned port);

/*
 * Knock until somebody listens. Only for a server that has no way to say
 * when it does: each knock is an answer of the kernel's, none is a pause.
 */
void peer_await_listener(unsigned port);

/* Our own address, as a server logs it. */
char *peer_name(int conn, char name[ADDRESS_STRLEN]);

void peer_send(int conn, const void *bytes, size_t length);

/* Wait for at most size bytes; 0 at the end. */
size_t peer_read(int conn, void *bytes, size_t size);

/* Wait until at least this much has come; reads nothing. */
void peer_await_input(int conn, int bytes);

/* Read to the end; fails if there is more than size. Returns the length. */
size_t peer_read_all(int conn, void *bytes, size_t size);

/* Read to the end, and it must be exactly this. */
void peer_expect(int conn, const void *bytes, size_t length);

/* Close with RST. */
void peer_reset(int conn);

/* Whether the peer has reset the connection; takes in nothing. */
bool peer_was_reset(int conn);

/* A whole visit to 127.0.0.1: connect, expect these bytes, close. */
void peer_visit(unsigned port, const void *bytes, size_t length);

#endif
