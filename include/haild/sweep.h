#ifndef HAILD_SWEEP_H
#define HAILD_SWEEP_H

#include "haild/parent.h"

/*
 * If it is time, look at some of the children: reap those whose signal was
 * lost, and end with SIGKILL those that have not ended long after their
 * deadlines.
 */
void sweep_some(struct parent *);
int64_t sweep_alarm(const struct parent *);

/* SIGKILL for all, once the parent has cut them off. */
void sweep_out(struct parent *);

#endif
