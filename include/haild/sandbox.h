#ifndef HAILD_SANDBOX_H
#define HAILD_SANDBOX_H

#include <stdbool.h>

#include "reason.h"

/*
 * What a process of haild has no need for once it serves is taken from it,
 * so that whoever takes a process over gets little: no file, socket, program
 * or privilege that it does not have already. A system call that is not
 * permitted (permission.h) is not carried out: it ends the process
 * (violation.h).
 *
 * A seccomp filter belongs to a thread and is inherited by what the thread
 * forks, and more can be added, but none taken away. To add one costs 9 us,
 * a seventh of all that a child costs, so a child adds none: it inherits the
 * filter of the thread that serves, which is made to suit both. What the
 * parent must be able to do beyond that, another thread does (steward.h);
 * and only who knows the pass may fork (pass.h).
 */
enum sandbox_role {
	SANDBOX_PARENT, /* whatever any of its threads, or who it forks, does */
	SANDBOX_SERVING,  /* the thread that serves, and the children */
	SANDBOX_ACCEPTOR, /* once it accepts */
	SANDBOX_KEEPER,	  /* of the pid file */
	SANDBOX_ROLES
};

/* The runtime of a sanitizer opens files, clones and traces. */
#ifdef HAIL_SANITIZED
#define SANDBOX_POSSIBLE false
#else
#define SANDBOX_POSSIBLE true
#endif

/*
 * Install the filter of a role, for good: for SANDBOX_SERVING in this thread,
 * otherwise in all of the process. Whoever adds a filter to one that it has
 * must be permitted to, which is SANDBOX_PARENT alone. Returns 0, or -1 with
 * a reason (EX_OSERR).
 */
int sandbox_enter(enum sandbox_role, struct reason *);

/*
 * Make directory the root of all paths (chroot(2)). NULL is an empty one
 * that has no name any more, in which nobody can make anything. Returns 0,
 * or -1 with a reason (EX_NOPERM, EX_NOINPUT, EX_OSERR).
 */
int sandbox_chroot(const char *directory, struct reason *);

#endif
