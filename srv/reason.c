#include "reason.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/*
 * The user's words come first and may be long; the cause stands behind them.
 */
static void
keep_both_ends(struct reason *why, const char *text, size_t length)
{
	const size_t half = sizeof(why->text) / 2;

	memcpy(why->text, text, half);
	memcpy(why->text + half, "...", 3);
	strcpy(why->text + half + 3, text + length - (half - 4));
}

int
reason_set(struct reason *why, int status, const char *fmt, ...)
{
	va_list args, again;
	char *whole;
	int length;

	why->status = status;
	va_start(args, fmt);
	va_copy(again, args);
	length = vsnprintf(why->text, sizeof(why->text), fmt, args);
	if (length >= (int)sizeof(why->text) &&
	    vasprintf(&whole, fmt, again) == length) {
		keep_both_ends(why, whole, (size_t)length);
		free(whole);
	}
	va_end(again);
	va_end(args);
	return -1;
}

int
reason_status(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return EX_NOPERM;
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case ENAMETOOLONG:
		return EX_NOINPUT;
	default:
		return EX_OSERR;
	}
}
