#include "rogue.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"

#define WHOLE (sizeof(ROGUE_GREETING) - 1)
#define HALF  (WHOLE / 2)

static void
say(int conn, const char *bytes, size_t length)
{
	send(conn, bytes, length, MSG_NOSIGNAL);
}

static void
reset(int conn)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(conn, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void
say_in_child(int listener, int conn)
{
	if (fork() == 0) {
		close(listener);
		say(conn, ROGUE_GREETING, WHOLE);
		_exit(0);
	}
}

/* Serve one connection; what is to be held open is left open. */
static void
serve(enum rogue_manner manner, int listener, int conn)
{
	switch (manner) {
	case ROGUE_GREETS:
		say(conn, ROGUE_GREETING, WHOLE);
		break;
	case ROGUE_FORKS:
		say_in_child(listener, conn);
		break;
	case ROGUE_HALF:
		say(conn, ROGUE_GREETING, HALF);
		return;
	case ROGUE_SHORT:
		say(conn, ROGUE_GREETING, HALF);
		break;
	case ROGUE_EXTRA:
		say(conn, ROGUE_GREETING "!", WHOLE + 1);
		break;
	case ROGUE_ENDLESS:
		while (send(conn, ROGUE_GREETING, WHOLE, MSG_NOSIGNAL) > 0)
			;
		break;
	case ROGUE_WRONG_BYTE:
		say(conn, ROGUE_GREETING, 10);
		say(conn, "#", 1);
		say(conn, &ROGUE_GREETING[11], WHOLE - 11);
		break;
	case ROGUE_EMPTY:
		break;
	case ROGUE_RESET_WITHIN:
		say(conn, ROGUE_GREETING, HALF);
		reset(conn);
		break;
	case ROGUE_RESET_BEFORE:
		reset(conn);
		break;
	default:
		return;
	}
	close(conn);
}

static void
live(enum rogue_manner manner, int listener, uint64_t *accepted)
{
	const struct sigaction no_zombies = {
	    .sa_handler = SIG_IGN,
	    .sa_flags = SA_NOCLDWAIT,
	};
	int conn;

	sigaction(SIGCHLD, &no_zombies, NULL);
	if (manner == ROGUE_DEAF || manner == ROGUE_NO_SYN ||
	    manner == ROGUE_REFUSES)
		for (;;)
			pause();
	for (;;) {
		if ((conn = accept(listener, NULL, NULL)) == -1)
			continue;
		__atomic_add_fetch(accepted, 1, __ATOMIC_SEQ_CST);
		serve(manner, listener, conn);
	}
}

/* A TCP segment is dropped if its SYN flag is set and its ACK flag is not. */
static void
drop_syns(int listener)
{
	/* The filter sees the segment from its TCP header on. */
	struct sock_filter program[] = {
	    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
	    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	    BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
	};
	const struct sock_fprog filter = {
	    .len = sizeof(program) / sizeof(program[0]),
	    .filter = program,
	};

	if (setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
		sizeof(filter)) == -1)
		cr_skip_test("this kernel lets only root filter TCP: %m");
}

static int
listen_on_loopback(enum rogue_manner manner, int backlog, unsigned *port)
{
	struct sockaddr_in own = {
	    .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(own);
	int listener;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_neq(listener, -1, "socket: %m");
	cr_assert_eq(
	    bind(listener, (struct sockaddr *)&own, length), 0, "bind: %m");
	getsockname(listener, (struct sockaddr *)&own, &length);
	*port = ntohs(own.sin_port);
	if (manner == ROGUE_NO_SYN)
		drop_syns(listener);
	if (manner != ROGUE_REFUSES)
		cr_assert_eq(listen(listener, backlog), 0, "listen: %m");
	return listener;
}

void
rogue_start(struct rogue *rogue, enum rogue_manner manner, int backlog)
{
	pid_t test = getpid();
	int listener;

	rogue->accepted = mmap(NULL, sizeof(*rogue->accepted),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(rogue->accepted, MAP_FAILED, "mmap: %m");
	listener = listen_on_loopback(manner, backlog, &rogue->port);
	rogue->pid = fork();
	cr_assert_neq(rogue->pid, -1, "fork: %m");
	if (rogue->pid == 0) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != test)
			_exit(1);
		dup2(listener, 3);
		closefrom(4);
		live(manner, 3, rogue->accepted);
	}
	setpgid(rogue->pid, rogue->pid);
	guard_add(rogue->pid);
	close(listener);
}

uint64_t
rogue_accepted(const struct rogue *rogue)
{
	return __atomic_load_n(rogue->accepted, __ATOMIC_SEQ_CST);
}

uint64_t
rogue_stop(struct rogue *rogue)
{
	uint64_t accepted;

	kill(-rogue->pid, SIGKILL);
	waitpid(rogue->pid, NULL, 0);
	guard_remove(rogue->pid);
	accepted = rogue_accepted(rogue);
	munmap(rogue->accepted, sizeof(*rogue->accepted));
	return accepted;
}
