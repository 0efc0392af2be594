#ifndef HAILD_SIGNALS_H
#define HAILD_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Block the signals that the parent reads, in it and in all it forks. */
void signals_block(void);

/* A descriptor to poll(2) for them, closed on exec; -1 with errno. */
int signals_open(void);

/* Take the next one that has come, if there is one, without blocking. */
bool signals_take(siginfo_t *);

#endif
