#include "ears.h"

#include <sys/socket.h>

#include <criterion/criterion.h>
#include <linux/filter.h>

void
ears_shut(int socket)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog program = {.len = 1, .filter = &drop};

	if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		sizeof(program)) == -1)
		cr_skip_test("no filters for sockets here: %m");
}

void
ears_open(int socket)
{
	const int none = 0;

	cr_assert_eq(setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &none,
			 sizeof(none)),
	    0, "%m");
}
