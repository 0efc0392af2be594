#ifndef TESTS_FAULT_H
#define TESTS_FAULT_H

#include <sys/resource.h>
#include <sys/types.h>

/* What may happen to a running process. All needs its user or root. */

/*
 * Change a soft limit (RLIMIT_...) of a process; only its own user may, who
 * for that moment has one process more.
 */
void fault_limit(pid_t, int resource, rlim_t soft);

/* Some process of this user, which holds so many descriptors in flight. */
pid_t fault_descriptors_in_flight(uid_t, unsigned count);

/* End a process that was made here. */
void fault_end(pid_t);

#endif
