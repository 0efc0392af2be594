#ifndef HAILD_RECRUIT_H
#define HAILD_RECRUIT_H

#include "haild/intake.h"

/*
 * Make a channel and fork an acceptor at its other end; both are filled in.
 * The first, or another one, which the steward forks. Returns 0, or -1 with
 * errno.
 */
int recruit_acceptor(struct intake *, bool first);

#endif
