#ifndef HAILD_PRIVILEGE_H
#define HAILD_PRIVILEGE_H

#include <sys/types.h>

#include <stdbool.h>

#include "reason.h"

/* Whom to serve as. */
struct identity {
	bool change; /* false: stay who we are */
	uid_t uid;
	gid_t gid;
	char name[64];
};

/*
 * Find out whom to become: name, or nobody when name is NULL and we are
 * root. Returns 0, or -1 with a reason: EX_NOUSER, or EX_NOPERM when we are
 * not root and name is somebody else.
 */
int privilege_find(struct identity *, const char *name, struct reason *);

/*
 * Raise the limits that serving needs, as far as permitted: RLIMIT_NOFILE to
 * its hard limit, RLIMIT_RTPRIO so that an acceptor may ask for SCHED_FIFO
 * after the privileges are gone. Returns the number of descriptors.
 */
unsigned privilege_raise_limits(void);

/*
 * Become identity for good: groups, group, user. Whoever that is, root too,
 * has no capability afterwards, and no program it executes gains one
 * (PR_SET_NO_NEW_PRIVS). For a process of one thread. Returns 0, or -1 with
 * a reason (EX_OSERR).
 */
int privilege_drop(const struct identity *, struct reason *);

/*
 * Ask for SCHED_FIFO priority 1 (sched(7)). Returns whether it was granted.
 * Who has it and does not wait for anything for two seconds of a processor's
 * time is ended by the kernel (RLIMIT_RTTIME): nobody else would get it back.
 * Threads inherit it, and so would children, until each thread says that
 * they shall not (SCHED_RESET_ON_FORK), for which it needs no privilege.
 */
bool privilege_real_time(void);
void privilege_keep_real_time(void);

/*
 * Die with the parent (PR_SET_PDEATHSIG), which must still be alive: returns
 * false if it is not. To be called after privilege_drop, which resets it.
 */
bool privilege_die_with(pid_t parent);

#endif
