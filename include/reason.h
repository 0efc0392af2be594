#ifndef REASON_H
#define REASON_H

/*
 * Why something failed, in one line that a person can act on, and the exit
 * status of sysexits(3) that says the same to a script.
 *
 * Functions that take a struct reason fill it only when they fail.
 */
struct reason {
	int status;
	char text[512];
};

/* Fill the reason; too long a text loses its middle. Always returns -1. */
int reason_set(struct reason *, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The exit status that fits errno: EX_NOPERM, EX_NOINPUT or EX_OSERR. */
int reason_status(int error);

#endif
