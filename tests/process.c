#include "process.h"

#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "duration.h"
#include "guard.h"

static void
fail_start(const char *what)
{
	dprintf(STDERR_FILENO, "%s: %s\n", what, strerror(errno));
	_exit(127);
}

static void
become(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) == -1 || setgid(gid) == -1 || setuid(uid) == -1)
		fail_start("becoming another user");
}

/* Whoever we are to be from now on; returns whether that is a change. */
static bool
change_user(const struct process_options *how)
{
	const struct passwd *user;

	if (how->as_user != 0) {
		become(how->as_user, (gid_t)how->as_user);
		return true;
	}
	if (how->user == NULL)
		return false;
	user = getpwnam(how->user);
	if (user == NULL)
		fail_start(how->user);
	become(user->pw_uid, user->pw_gid);
	return true;
}

static void
apply_limits(const struct process_options *how)
{
	struct rlimit limit;
	size_t i;

	for (i = 0; i < how->limit_count; i++) {
		limit.rlim_cur = limit.rlim_max = how->limits[i].value;
		if (setrlimit((__rlimit_resource_t)how->limits[i].resource,
			&limit) == -1)
			fail_start("setrlimit");
	}
}

/* In the child: become the program. ends are the pipes' writing ends. */
static void
execute(char *const argv[], const struct process_options *how,
    const int ends[PROCESS_STREAMS], pid_t test)
{
	const int wanted[3] = {how->input, how->output, how->error};
	char *const *variable;
	int program, i, source;
	sigset_t none;
	bool changed;

	setpgid(0, 0);
	for (i = 0; i < 3; i++) {
		source = wanted[i] != 0 ? wanted[i]
		    : i == 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC)
			     : ends[i - 1];
		dup2(source, i);
	}
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (how->ignored != 0)
		signal(how->ignored, SIG_IGN);
	for (variable = how->environment; variable && *variable; variable++)
		putenv(*variable);
	/* LeakSanitizer forks in the end, which such a user may not be able to.
	 */
	if (how->as_user != 0)
		putenv("ASAN_OPTIONS=detect_leaks=0");
	apply_limits(how);
	/* Opened before: that user may not be able to walk to it. */
	program = open(argv[0], O_PATH | O_CLOEXEC);
	changed = change_user(how);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != test)
		_exit(127);
	for (i = 0; i < 3; i++)
		if (how->closed[i])
			close(i);
	if (how->last != NULL)
		how->last();
	if (changed && program != -1)
		fexecve(program, argv, environ);
	else
		execvp(argv[0], argv);
	fail_start(argv[0]);
}

void
process_start(struct process *process, char *const argv[],
    const struct process_options *how)
{
	static const struct process_options ordinary;
	int ends[PROCESS_STREAMS], both[2], i;
	pid_t test = getpid();

	if (how == NULL)
		how = &ordinary;
	memset(process, 0, sizeof(*process));
	for (i = 0; i < PROCESS_STREAMS; i++) {
		cr_assert_eq(pipe2(both, O_CLOEXEC), 0, "pipe: %m");
		process->output[i].pipe = both[0];
		process->output[i].text = calloc(1, 1);
		ends[i] = both[1];
	}
	process->pid = fork();
	cr_assert_neq(process->pid, -1, "fork: %m");
	if (process->pid == 0)
		execute(argv, how, ends, test);
	/* On both sides: whoever comes first. EACCES: it has executed. */
	setpgid(process->pid, process->pid);
	guard_add(process->pid);
	process->pidfd = pidfd_open(process->pid, 0);
	cr_assert_neq(process->pidfd, -1, "pidfd_open: %m");
	for (i = 0; i < PROCESS_STREAMS; i++)
		close(ends[i]);
}

/* Take in what a pipe has; at its end, or never, close it. */
static void
take_in(struct process_output *output)
{
	char bytes[1 << 16];
	ssize_t got;

	got = read(output->pipe, bytes, sizeof(bytes));
	if (got <= 0) {
		close(output->pipe);
		output->pipe = -1;
		return;
	}
	output->text = realloc(output->text, output->length + (size_t)got + 1);
	cr_assert_not_null(output->text);
	memcpy(output->text + output->length, bytes, (size_t)got);
	output->length += (size_t)got;
	output->text[output->length] = '\0';
}

#define AT_ONCE 0

/*
 * Wait until there is news of the program, and take it in; false if there is
 * none by then, or if it is past that time.
 */
static bool
listen_to(struct process *process, bool for_end, int64_t until)
{
	struct pollfd events[PROCESS_STREAMS + 1];
	int i, ready;

	for (i = 0; i < PROCESS_STREAMS; i++) {
		events[i].fd =
		    process->output[i].stalled ? -1 : process->output[i].pipe;
		events[i].events = POLLIN;
	}
	events[i].fd = for_end ? process->pidfd : -1;
	events[i].events = POLLIN;
	do
		ready = poll(events, PROCESS_STREAMS + 1, poll_timeout(until));
	while (ready == -1 && errno == EINTR);
	for (i = 0; i < PROCESS_STREAMS; i++)
		if (events[i].revents != 0)
			take_in(&process->output[i]);
	return ready > 0 && (until == AT_ONCE || monotonic_now() < until);
}

/* Say what was waited for in vain, and what the program said meanwhile. */
static void
give_up(struct process *process, const char *what)
{
	kill(-process->pid, SIGKILL);
	cr_assert_fail("process %d: %s\nstdout: %s\nstderr: %s",
	    (int)process->pid, what, process->output[PROCESS_OUT].text,
	    process->output[PROCESS_ERR].text);
}

static bool
read_line(struct process *process, enum process_stream stream,
    char line[PROCESS_LINE], int64_t until)
{
	struct process_output *output = &process->output[stream];
	size_t length;
	char *end;

	while ((end = memchr(output->text + output->line, '\n',
		    output->length - output->line)) == NULL) {
		if (output->pipe == -1)
			return false;
		if (!listen_to(process, false, until))
			give_up(process, "wrote no line in time");
	}
	length = (size_t)(end - (output->text + output->line));
	if (length >= PROCESS_LINE)
		give_up(process, "wrote too long a line");
	memcpy(line, output->text + output->line, length);
	line[length] = '\0';
	output->line += length + 1;
	return true;
}

bool
process_read_line(struct process *process, enum process_stream stream,
    char line[PROCESS_LINE])
{
	return read_line(process, stream, line, deadline_from_now());
}

void
process_await_line(struct process *process, enum process_stream stream,
    const char *prefix, char line[PROCESS_LINE])
{
	char own[PROCESS_LINE], what[PROCESS_LINE];
	int64_t until = deadline_from_now();

	if (line == NULL)
		line = own;
	while (read_line(process, stream, line, until))
		if (strncmp(line, prefix, strlen(prefix)) == 0)
			return;
	snprintf(what, sizeof(what), "ended without the line \"%s\"", prefix);
	give_up(process, what);
}

void
process_stall(struct process *process, enum process_stream stream, bool stall)
{
	struct process_output *output = &process->output[stream];

	output->stalled = stall;
	if (stall)
		fcntl(output->pipe, F_SETPIPE_SZ, 4096);
}

static void
reap(struct process *process)
{
	int status;

	if (waitpid(process->pid, &status, 0) != process->pid)
		return;
	process->ended = true;
	process->status =
	    WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	/* While one of the group lives, its number is nobody else's. */
	if (kill(-process->pid, 0) == -1 && errno == ESRCH)
		guard_remove(process->pid);
}

/* Take in what is in the pipes now, whoever else still holds them. */
static void
drain(struct process *process)
{
	int i;

	for (i = 0; i < PROCESS_STREAMS; i++)
		process->output[i].stalled = false;
	while (listen_to(process, false, AT_ONCE))
		;
}

int
process_wait(struct process *process)
{
	struct pollfd end = {.fd = process->pidfd, .events = POLLIN};
	int64_t until = deadline_from_now();

	if (process->ended)
		return process->status;
	while (poll(&end, 1, 0) == 0)
		if (!listen_to(process, true, until))
			give_up(process, "did not end in time");
	reap(process);
	drain(process);
	return process->status;
}

void
process_signal(struct process *process, int signal)
{
	cr_assert_not(process->ended, "process %d has ended: %d",
	    (int)process->pid, process->status);
	cr_assert_eq(kill(process->pid, signal), 0, "kill: %m");
}

void
process_assert_group_gone(struct process *process)
{
	cr_assert(process->ended, "process %d goes on", (int)process->pid);
	cr_assert(kill(-process->pid, 0) == -1 && errno == ESRCH,
	    "process %d left children behind", (int)process->pid);
}

/*
 * Who is reaped by the program, or by nobody, has no other way to tell: an
 * acceptor that saw a race or leaked is replaced, a child books a failure.
 */
static void
assert_clean(const struct process *process)
{
	const char *said = process->output[PROCESS_ERR].text;

	if (!process->crashes)
		cr_assert_null(strstr(said, "Sanitizer"), "%s", said);
}

void
process_free(struct process *process)
{
	int i;

	kill(-process->pid, SIGKILL);
	if (!process->ended)
		reap(process);
	drain(process);
	assert_clean(process);
	close(process->pidfd);
	for (i = 0; i < PROCESS_STREAMS; i++) {
		if (process->output[i].pipe != -1)
			close(process->output[i].pipe);
		free(process->output[i].text);
	}
}

int
process_run(struct process *process, char *const argv[],
    const struct process_options *how)
{
	process_start(process, argv, how);
	return process_wait(process);
}
