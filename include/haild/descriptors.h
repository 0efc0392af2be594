#ifndef HAILD_DESCRIPTORS_H
#define HAILD_DESCRIPTORS_H

/*
 * Open /dev/null in place of a closed standard input, output or error, so
 * that no socket ever gets the number of one. Returns 0, or -1 with errno.
 */
int descriptors_fill_standard(void);

/*
 * Have an epoll(7) instead of standard input, output and error: the numbers
 * stay taken, and nothing can be written to it.
 */
void descriptors_silence(int epoll);

/* Close all but this one, which is above 2. */
void descriptors_keep(int one);

/*
 * Give a descriptor above 2 the lowest number that is free: what fork(2)
 * copies goes by the highest one. It keeps its number if that fails.
 */
void descriptors_lower(int *descriptor);

/* Close all above 2 but these two, which may be the same. */
void descriptors_close_but(int one, int other);

#endif
