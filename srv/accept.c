#include "haild/accept.h"

#include <errno.h>

enum accepted
accept_decide(int error)
{
	switch (error) {
	case EAGAIN:
		return ACCEPT_EMPTY;
	/* The client gave up, or a signal came. */
	case ECONNABORTED:
	case EINTR:
	/* Errors of the new connection, which Linux passes on: accept(2). */
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case ENETDOWN:
	case ENETUNREACH:
	case ENONET:
	case ENOPROTOOPT:
	case EOPNOTSUPP:
	case EPROTO:
	case ETIMEDOUT:
	/* A security module forbids this one. */
	case EPERM:
	case EACCES:
		return ACCEPT_AGAIN;
	case EBADF:
	case EFAULT:
	case EINVAL:
	case ENOTSOCK:
		return ACCEPT_BROKEN;
	/*
	 * EMFILE, ENFILE, ENOBUFS, ENOMEM: the connection stays in the
	 * kernel's queue. What accept(2) does not name is safest here too.
	 */
	default:
		return ACCEPT_PAUSE;
	}
}

enum accepted
accept_one(int listener, struct connection *connection)
{
	connection->peer.length = sizeof(connection->peer.storage);
	connection->descriptor =
	    accept4(listener, (struct sockaddr *)&connection->peer.storage,
		&connection->peer.length, SOCK_CLOEXEC | SOCK_NONBLOCK);
	return connection->descriptor == -1 ? accept_decide(errno)
					    : ACCEPT_TAKEN;
}
