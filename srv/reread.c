#include "haild/reread.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

int
reread_open(struct reread *reread, const char *path, struct reason *why)
{
	reread->path = path;
	reread->file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (reread->file == -1)
		return reason_set(
		    why, reason_status(errno), "%s: %s", path, strerror(errno));
	return 0;
}

int
reread_check(const struct reread *reread, struct reason *why)
{
	struct stat status;

	if (fstat(reread->file, &status) == -1)
		return reason_set(
		    why, EX_OSERR, "%s: %s", reread->path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return reason_set(why, EX_DATAERR,
		    "%s: not a file that can be read twice", reread->path);
	if (status.st_nlink == 0)
		return reason_set(why, EX_NOINPUT,
		    "%s: was replaced or removed, and haild may open nothing "
		    "any more: write into the file (cp, not mv), or restart",
		    reread->path);
	return 0;
}

FILE *
reread_stream(const struct reread *reread, struct reason *why)
{
	FILE *stream = NULL;
	int file;

	/* The copy shares the offset. A pipe has none, and is read once. */
	file = fcntl(reread->file, F_DUPFD_CLOEXEC, 0);
	if (file != -1 && (lseek(file, 0, SEEK_SET) == 0 || errno == ESPIPE))
		stream = fdopen(file, "r");
	if (stream == NULL)
		reason_set(
		    why, EX_OSERR, "%s: %s", reread->path, strerror(errno));
	if (stream == NULL && file != -1)
		close(file);
	return stream;
}
