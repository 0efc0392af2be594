#include "hail/output.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The stream of a descriptor, which is closed if there is none. */
static FILE *
stream_of(int file)
{
	FILE *stream = NULL;
	int saved;

	if (file != -1 && (stream = fdopen(file, "w")) == NULL) {
		saved = errno;
		close(file);
		errno = saved;
	}
	return stream;
}

/* A file of the same folder, since rename(2) does not leave a file system. */
static FILE *
open_beside(struct output *output)
{
	mode_t mask;
	int file;

	if ((size_t)snprintf(output->temporary, sizeof(output->temporary),
		"%s.XXXXXX", output->path) >= sizeof(output->temporary)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	if ((file = mkostemp(output->temporary, O_CLOEXEC)) == -1)
		return NULL;
	/* mkostemp lets nobody else read; open(2) would have asked umask. */
	umask(mask = umask(0));
	fchmod(file, 0666 & ~mask);
	return stream_of(file);
}

int
output_begin(struct output *output, const char *path, struct reason *why)
{
	struct stat status;

	output->path = path;
	output->temporary[0] = '\0';
	if (strcmp(path, "-") == 0)
		output->stream = stdout;
	else if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		output->stream =
		    stream_of(open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC));
	else
		output->stream = open_beside(output);
	if (output->stream == NULL)
		return reason_set(
		    why, reason_status(errno), "%s: %s", path, strerror(errno));
	return 0;
}

/* Flushed, and where it is a file of ours on the disk and in its place. */
static bool
finish(struct output *output)
{
	FILE *stream = output->stream;
	bool done;

	done = fflush(stream) == 0 && !ferror(stream);
	if (stream == stdout)
		return done;
	if (output->temporary[0] != '\0')
		done = done && fsync(fileno(stream)) == 0;
	output->stream = NULL;
	done = fclose(stream) == 0 && done;
	if (output->temporary[0] != '\0')
		done = done && rename(output->temporary, output->path) == 0;
	return done;
}

int
output_finish(struct output *output, struct reason *why)
{
	errno = 0;
	if (finish(output))
		return 0;
	/* A stream that failed earlier has lost its errno. */
	reason_set(why, reason_status(errno ? errno : EIO), "%s: %s",
	    output->path, strerror(errno ? errno : EIO));
	output_abandon(output);
	return -1;
}

void
output_abandon(struct output *output)
{
	if (output->stream != NULL && output->stream != stdout)
		fclose(output->stream);
	output->stream = NULL;
	if (output->temporary[0] != '\0')
		unlink(output->temporary);
}
