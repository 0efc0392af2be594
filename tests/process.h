#ifndef TESTS_PROCESS_H
#define TESTS_PROCESS_H

#include <sys/resource.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

/* A list of words for process_start: ARGV(BUILD "/hail", "-h"). */
#define ARGV(...) ((char *[]){__VA_ARGS__, NULL})

/* The longest line that can be asked for, with its NUL. */
#define PROCESS_LINE 1024

enum process_stream { PROCESS_OUT, PROCESS_ERR, PROCESS_STREAMS };

struct process_limit {
	int resource; /* RLIMIT_... */
	rlim_t value; /* soft and hard */
};

/* How to start a program; zeroes are the ordinary way. */
struct process_options {
	char *const *environment; /* "NAME=value" to add, ended by NULL */
	const struct process_limit *limits;
	size_t limit_count;
	int input;	/* in place of /dev/null, 0: that; borrowed */
	int output;	/* in place of a pipe to the test, 0: that */
	int error;	/* the same */
	bool closed[3]; /* start without this descriptor */
	const char
	    *user;     /* whose uid and gid to take, NULL: ours; needs root */
	uid_t as_user; /* 0, or this uid and gid, of no name; needs root */
	int ignored;   /* 0, or a signal that it starts with SIG_IGN for */
	void (*last)(void); /* to call right before it becomes the program */
};

/*
 * A running program in a process group of its own. It and its group end with
 * the test at the latest, even if the test crashes. What it writes is
 * kept whole: text is ended by a NUL and valid until the next call.
 */
struct process {
	pid_t pid; /* and its group */
	int pidfd;
	bool ended;
	bool crashes; /* on purpose: a sanitizer may say so */
	int status;   /* once ended: exit status, or -signal */
	struct process_output {
		int pipe; /* -1: redirected, closed or at its end */
		char *text;
		size_t length;
		size_t line;  /* where the next line starts */
		bool stalled; /* process_stall */
	} output[PROCESS_STREAMS];
};

/*
 * Every call that waits has the deadline of deadline.h, reads both streams
 * meanwhile, and fails the test with all that the program wrote if the
 * deadline passes. argv[0] is searched for in PATH; options may be NULL.
 */
void process_start(
    struct process *, char *const argv[], const struct process_options *);

/* The next line of a stream, without its newline; false at the end. */
bool process_read_line(
    struct process *, enum process_stream, char line[PROCESS_LINE]);

/*
 * The next line of a stream that starts with prefix; those before it are
 * passed over. The test fails if there is none. line may be NULL.
 */
void process_await_line(struct process *, enum process_stream,
    const char *prefix, char line[PROCESS_LINE]);

/* Do not read this stream, with a pipe as small as can be, or do again. */
void process_stall(struct process *, enum process_stream, bool stall);

/* Wait for the end; returns the exit status, or -signal. Again and again. */
int process_wait(struct process *);

/* Send a signal to the program, not to its group. */
void process_signal(struct process *, int signal);

/* Fail the test if anything of an ended program's group still lives. */
void process_assert_group_gone(struct process *);

/*
 * Kill what is left of the group, reap, and free the texts. Fails the test if
 * a sanitizer had something to say, in whichever process of the group.
 */
void process_free(struct process *);

/* Start and wait: the whole life of a short program. */
int process_run(
    struct process *, char *const argv[], const struct process_options *);

#endif
