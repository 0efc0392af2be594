#ifndef ADDRESS_H
#define ADDRESS_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>

#include "reason.h"

/* What address_format writes at most, with its NUL. */
#define ADDRESS_STRLEN 80

/* The most addresses that one name may have. */
#define ADDRESS_MAX 16

/* A socket address of any family, with its length. */
struct address {
	struct sockaddr_storage storage;
	socklen_t length;
};

/* What a name stands for, in the order in which to try them. */
struct address_list {
	struct address at[ADDRESS_MAX];
	size_t count;
};

/* Whether a name is resolved to connect to it or to listen on it. */
enum address_use { ADDRESS_CONNECT, ADDRESS_LISTEN };

/*
 * Split the words of the command line into host and port: "host port",
 * "host:port", "[v6]:port", "[v6] port", "v6", each with or without the
 * port. An argument that is NULL was not given; what is missing afterwards
 * takes the default. The strings are the caller's; host points into words,
 * which is changed in place.
 * Returns 0, or -1 with a reason that repeats the words (EX_USAGE).
 */
int address_split(char *words, char *port_word, const char **host,
    const char **port, struct reason *);

/*
 * Resolve host ("*" is every address, when listening) and port, a
 * number from 0 (1 when connecting) to 65535 or a service name, by
 * getaddrinfo(3). Blocks while it asks. Duplicates are left out.
 * Returns 0, or -1 with a reason: EX_NOHOST, EX_USAGE for a bad port,
 * EX_TEMPFAIL for a name server that does not answer.
 */
int address_resolve(const char *host, const char *port, enum address_use,
    struct address_list *, struct reason *);

/*
 * Write "127.0.0.1:9999" or "[::1]:9999". An IPv4-mapped address is written
 * as IPv4. Returns buf.
 */
char *address_format(const struct address *, char buf[ADDRESS_STRLEN]);

/* Is it one of this machine that no other can reach? */
bool address_is_loopback(const struct address *);

/* The port, in host byte order; 0 for a family without one. */
unsigned address_port(const struct address *);
void address_set_port(struct address *, unsigned port);

#endif
