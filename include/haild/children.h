#ifndef HAILD_CHILDREN_H
#define HAILD_CHILDREN_H

#include "haild/parent.h"

/* May one more connection be taken in? */
bool children_room(const struct parent *);

/*
 * Have a connection served: by a child; while fork(2) fails, or when a stop
 * takes long, by the parent itself (standin.h), else held until there can be
 * a child. After the stop's deadline it is closed and booked as lost. Takes the
 * connection over. Only when children_room.
 */
void children_serve(struct parent *, const struct connection *);

/* Try again to serve the connection that is held, if it is time. */
void children_retry(struct parent *);

/* A signal says that this one has ended: reap it and book how. */
void children_reap(struct parent *, pid_t);

#endif
