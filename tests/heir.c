#include "heir.h"

#include <sys/wait.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <unistd.h>

enum { HAS, HAS_NOT, BROKEN };

bool
heir_has(const void *byte)
{
	int ends[2], status;
	pid_t pid;

	cr_assert_eq(pipe(ends), 0, "%m");
	pid = fork();
	cr_assert_neq(pid, -1, "fork: %m");
	/* Who looks by itself is killed; the kernel only says EFAULT. */
	if (pid == 0) {
		if (write(ends[1], byte, 1) == 1)
			_exit(HAS);
		_exit(errno == EFAULT ? HAS_NOT : BROKEN);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	close(ends[0]);
	close(ends[1]);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) != BROKEN);
	return WEXITSTATUS(status) == HAS;
}
