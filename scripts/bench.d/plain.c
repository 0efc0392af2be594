/*
 * The forking server of the textbooks, for scripts/bench to compare with:
 *
 *	plain port backlog
 *
 * accept, fork, send, close; a handler of SIGCHLD reaps in a loop.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static const char message[] = "Thank you for connection\r\n";

static void
reap(int signo)
{
	const int saved = errno;

	(void)signo;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = saved;
}

static int
listen_at(const char *port, const char *backlog)
{
	const struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons((in_port_t)atoi(port)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int on = 1;
	int listener;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener == -1 ||
	    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ==
		-1 ||
	    bind(listener, (const struct sockaddr *)&address,
		sizeof(address)) == -1 ||
	    listen(listener, atoi(backlog)) == -1)
		err(1, "%s", port);
	return listener;
}

int
main(int argc, char *argv[])
{
	const struct sigaction action = {
	    .sa_handler = reap,
	    .sa_flags = SA_RESTART,
	};
	int listener, conn;

	if (argc != 3)
		errx(64, "usage: plain port backlog");
	sigaction(SIGCHLD, &action, NULL);
	listener = listen_at(argv[1], argv[2]);
	for (;;) {
		conn = accept(listener, NULL, NULL);
		if (conn == -1)
			continue;
		switch (fork()) {
		case -1:
			warn("fork");
			break;
		case 0:
			close(listener);
			send(conn, message, sizeof(message) - 1, 0);
			close(conn);
			_exit(0);
		}
		close(conn);
	}
}
