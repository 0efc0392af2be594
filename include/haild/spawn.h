#ifndef HAILD_SPAWN_H
#define HAILD_SPAWN_H

#include <sys/types.h>

#include "haild/pass.h"
#include "haild/session.h"

/* Make forks of this process cheaper. Call it once, before the first. */
void spawn_prepare(void);

/*
 * Fork a child that holds the session and exits with its session_end. It has
 * no other descriptor of the parent's, but without a sandbox (pass is NULL)
 * keeps 0 to 2, and ends with the parent. The parent's copy of the connection
 * stays the caller's to close. Returns the process id, or -1 with errno.
 */
pid_t spawn_session(const struct session *, const pass_t *pass);

#endif
