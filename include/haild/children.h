#ifndef HAILD_CHILDREN_H
#define HAILD_CHILDREN_H

#include "haild/parent.h"

/* May one more connection be taken in? */
bool children_room(const struct parent *);

/*
 * Have a connection served: by a child; while fork(2) fails by the parent
 * itself (standin.h), else held until fork works again. After the stop's
 * deadline it is closed and booked as lost. Takes the connection over. Only
 * when children_room.
 */
void children_serve(struct parent *, const struct connection *);

/* Try again to serve the connection that is held, if it is time. */
void children_retry(struct parent *);

/* A signal says that this one has ended: reap it and book how. */
void children_reap(struct parent *, pid_t);

/*
 * Once a second, look for those whose signal was lost, and end with SIGKILL
 * those that have not ended long after their deadlines.
 */
void children_sweep(struct parent *);
int64_t children_alarm(const struct parent *);

/* SIGKILL for all, once the parent has cut them off. */
void children_kill(struct parent *);

#endif
