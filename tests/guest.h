#ifndef TESTS_GUEST_H
#define TESTS_GUEST_H

#include <stdbool.h>

#include "daemon.h"

/*
 * Clients of a haild on 127.0.0.1 (::1), each from an address of its own:
 * all of 127.0.0.0/8 is this machine.
 */

/* Connect and be greeted; the connection is the caller's to close. */
int guest_hold(const struct daemon *, const char *source);

/* The same and close. */
void guest_visit(const struct daemon *, const char *source);

/* A visit from the i-th address of 127.network.0.0. */
void guest_visit_from(const struct daemon *, int network, int i);

/* Connect, and get this message instead of the greeting; "" for none. */
void guest_is_refused(
    const struct daemon *, const char *source, const char *message);

/* Has nothing come on a connection yet, not even its end? */
bool guest_waits(int conn);

#endif
