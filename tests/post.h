#ifndef TESTS_POST_H
#define TESTS_POST_H

#include <stddef.h>

#define POST_MOST 7

/*
 * Send a message that handover.c would not send: any bytes, with up to
 * POST_MOST copies of a descriptor. Aborts if it cannot be sent.
 */
void post_message(int channel, const void *bytes, size_t length, int descriptor,
    unsigned copies);

/* The number that the next descriptor to be opened would get. */
int post_next_descriptor(void);

#endif
