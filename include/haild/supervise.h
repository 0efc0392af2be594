#ifndef HAILD_SUPERVISE_H
#define HAILD_SUPERVISE_H

#include "haild/intake.h"

/*
 * The life of the acceptor: there is to be one, and never two. One that ends
 * is replaced, at once the first time and then after pauses that grow.
 */

/*
 * SIGCHLD: if the acceptor has ended, reap it and plan for the next. If it
 * was stopped (SIGSTOP), say so, and no more: connections wait for whoever
 * did that.
 */
void supervise_look(struct intake *);

/* Start the next acceptor if it is time. */
void supervise_tend(struct intake *);
int64_t supervise_alarm(const struct intake *);

/*
 * Let nobody new in: the acceptor finishes what it has, and ends. Should it
 * die of something else, another one does so.
 */
void supervise_stop(struct intake *);

/* End the acceptor at once; what it has is lost. Only after supervise_stop. */
void supervise_cut(struct intake *);

#endif
