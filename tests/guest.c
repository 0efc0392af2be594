#include "guest.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

int
guest_hold(const struct daemon *daemon, const char *source)
{
	int conn = peer_connect_from(source, daemon->port);

	peer_expect(conn, DAEMON_GREETING, DAEMON_LENGTH);
	return conn;
}

void
guest_visit(const struct daemon *daemon, const char *source)
{
	close(guest_hold(daemon, source));
}

void
guest_visit_from(const struct daemon *daemon, int network, int i)
{
	char source[32];

	snprintf(source, sizeof(source), "127.%d.%d.%d", network, i / 250,
	    i % 250 + 1);
	guest_visit(daemon, source);
}

void
guest_is_refused(
    const struct daemon *daemon, const char *source, const char *message)
{
	int conn = peer_connect_from(source, daemon->port);

	peer_expect(conn, message, strlen(message));
	close(conn);
}

bool
guest_waits(int conn)
{
	struct pollfd event = {.fd = conn, .events = POLLIN};

	return poll(&event, 1, 0) == 0;
}
