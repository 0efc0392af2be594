#ifndef HAILD_PASS_H
#define HAILD_PASS_H

#include <stdint.h>

#include "reason.h"

/*
 * Children inherit the filter of the thread that forks them, which must let
 * it fork, and must not let them. A filter cannot see who calls; but it sees
 * the arguments of clone(2), of which a fork needs one. In the third, unused
 * (parent_tid), the caller shows a pass: 64 random bits, in memory that
 * children do not inherit. Who shows another does not get a second try.
 */
typedef uint64_t pass_t;

/*
 * Have this thread, and all that it forks, need a pass to fork from now on.
 * Returns it, in memory that is not inherited, or NULL with a reason
 * (EX_OSERR). It must never be copied to memory that is.
 */
const pass_t *pass_require(struct reason *);

#endif
