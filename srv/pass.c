#include "haild/pass.h"

#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "haild/unshared.h"

/* Of a number of 64 bits a filter reads one half at a time. */
#define HALF		 sizeof(uint32_t)
#define ARGUMENT(offset) (offsetof(struct seccomp_data, args[2]) + (offset))

/*
 * Numbers of other architectures mean other calls; those are refused
 * elsewhere (sandbox.c). The two halves are filled in.
 */
static const struct sock_filter template[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(0)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(HALF)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
};

#define STATEMENTS (sizeof(template) / sizeof(template[0]))

/*
 * Never on the stack, which children inherit with all that was ever left on
 * it; the filter shows the pass as well.
 */
struct passage {
	union {
		pass_t pass;
		uint32_t halves[2];
	};
	struct sock_filter filter[STATEMENTS];
};

static int
attach(struct passage *passage)
{
	const struct sock_fprog program = {
	    .len = STATEMENTS,
	    .filter = passage->filter,
	};

	memcpy(passage->filter, template, sizeof(template));
	passage->filter[3].k = passage->halves[0];
	passage->filter[5].k = passage->halves[1];
	/* Without it only root may add filters. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

const pass_t *
pass_require(struct reason *why)
{
	struct passage *passage;

	passage = unshared_map(sizeof(*passage));
	if (passage == NULL ||
	    getrandom(&passage->pass, sizeof(passage->pass), 0) !=
		(ssize_t)sizeof(passage->pass) ||
	    attach(passage) == -1) {
		reason_set(
		    why, EX_OSERR, "no pass to fork with: %s", strerror(errno));
		return NULL;
	}
	return &passage->pass;
}
