#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

#include <sys/resource.h>
#include <sys/types.h>

#include <stdbool.h>

/* What this machine lets a test do. Those named _or_skip may end the test. */

bool machine_is_root(void);
void machine_root_or_skip(void);
bool machine_has_ipv6(void);
void machine_ipv6_or_skip(void);

/* A user of no name who owns no process; for limits that are a user's. */
uid_t machine_fresh_user_or_skip(void);

/* Be such a user from now on. Needs root. */
void machine_be_fresh_user_or_skip(void);

/*
 * Change a soft limit (RLIMIT_...), up to the hard one. Where a sanitizer
 * looks for leaks in the end it must be able to open files and to fork: undo
 * it with RLIM_INFINITY.
 */
void machine_limit(int resource, rlim_t soft);

/*
 * Move the test, and all that it starts from now on, to a network namespace
 * of its own with only loopback, up: counters from zero, every port free.
 * Needs root.
 */
void machine_own_network_or_skip(void);

/*
 * Give the test, and all that it starts from now on, an /etc/hosts of its
 * own with this text. Needs root.
 */
void machine_own_hosts_or_skip(const char *text);

/* In a network of its own: give loopback one more IPv6 address. */
void machine_add_ipv6(const char *address);

#endif
