#ifndef HAILD_PERMISSION_H
#define HAILD_PERMISSION_H

#include <seccomp.h>

#include "haild/sandbox.h"

/*
 * Which system calls each role may make, and with which arguments: the one
 * table of it. Open, socket, execve, ptrace and all that changes users or
 * mounts are in nobody's. Whoever calls something new adds it here; until
 * then the log names the call (violation.h).
 */

/*
 * Allow in filter what role may do. Returns 0 or, as libseccomp does, a
 * negative errno.
 */
int permission_grant(scmp_filter_ctx filter, enum sandbox_role);

#endif
