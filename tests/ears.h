#ifndef TESTS_EARS_H
#define TESTS_EARS_H

/*
 * A TCP socket that hears nothing: whatever comes is dropped, as if the
 * network had lost it. Skips the test where sockets may have no filters.
 */
void ears_shut(int socket);
void ears_open(int socket);

#endif
