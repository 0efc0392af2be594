#include "greeting.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include <vis.h>

/*
 * At most so much, a page, lies among the data whose page table fork(2)
 * copies anyway. More is mapped shared: fork copies nothing for it, but each
 * child has a page fault for what it sends.
 */
#define SMALL 4096

static unsigned char *
allocate(size_t size)
{
	void *bytes;

	bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return bytes == MAP_FAILED ? NULL : bytes;
}

/*
 * Make a greeting of the first length bytes of a mapping, which is taken
 * over or given back. Nothing writes to a greeting any more.
 */
static int
keep(struct greeting *greeting, unsigned char *bytes, size_t size,
    size_t length, struct reason *why)
{
	unsigned char *kept;

	if (length <= SMALL) {
		kept = malloc(length);
		if (kept != NULL)
			memcpy(kept, bytes, length);
		munmap(bytes, size);
	} else {
		kept = mremap(bytes, size, length, 0);
		mprotect(kept, length, PROT_READ);
	}
	*greeting = (struct greeting){.bytes = kept, .length = length};
	return kept != NULL ? 0 : reason_set(why, EX_OSERR, "no memory");
}

/*
 * Decode text into bytes, which has room for as many bytes as text has.
 * Returns the decoded length, -1 for a bad escape. unvis(3) byte by byte,
 * because strunvis(3) ends its result at the first NUL.
 */
static ssize_t
decode(unsigned char *bytes, const char *text)
{
	ssize_t length = 0;
	int state = 0;
	char byte;

	for (; *text != '\0'; text++) {
	again:
		switch (unvis(&byte, (unsigned char)*text, &state, 0)) {
		case 0:
		case UNVIS_NOCHAR:
			break;
		case UNVIS_VALID:
			bytes[length++] = (unsigned char)byte;
			break;
		case UNVIS_VALIDPUSH:
			bytes[length++] = (unsigned char)byte;
			goto again;
		default:
			return -1;
		}
	}
	switch (unvis(&byte, '\0', &state, UNVIS_END)) {
	case UNVIS_VALID:
		bytes[length++] = (unsigned char)byte;
		return length;
	case UNVIS_NOCHAR:
		return length;
	default:
		return -1;
	}
}

int
greeting_from_text(
    struct greeting *greeting, const char *text, struct reason *why)
{
	size_t size = strlen(text);
	unsigned char *bytes;
	ssize_t length;

	if (size == 0)
		return reason_set(why, EX_USAGE, "the greeting is empty");
	if (size > 4 * GREETING_MAX)
		return reason_set(why, EX_USAGE, "the greeting is too long");
	if ((bytes = allocate(size)) == NULL)
		return reason_set(
		    why, EX_OSERR, "no memory: %s", strerror(errno));
	length = decode(bytes, text);
	if (length <= 0 || (size_t)length > GREETING_MAX) {
		munmap(bytes, size);
		if (length < 0)
			return reason_set(why, EX_USAGE,
			    "%s: bad escape "
			    "(write \\\\ for a backslash)",
			    text);
		return reason_set(why, EX_USAGE, "%s: the greeting is %s", text,
		    length == 0 ? "empty" : "longer than 16 MiB");
	}
	return keep(greeting, bytes, size, (size_t)length, why);
}

/* Read up to size bytes of a file from its start; -1 with errno. */
static ssize_t
read_fully(int file, unsigned char *bytes, size_t size)
{
	size_t have = 0;
	ssize_t got;

	do {
		got = pread(file, bytes + have, size - have, (off_t)have);
		if (got < 0 && errno == ESPIPE)
			got = read(file, bytes + have, size - have);
		if (got < 0 && errno != EINTR)
			return -1;
		have += got > 0 ? (size_t)got : 0;
	} while (got != 0 && have < size);
	return (ssize_t)have;
}

int
greeting_from_descriptor(
    struct greeting *greeting, int file, const char *path, struct reason *why)
{
	size_t size = GREETING_MAX + 1;
	unsigned char *bytes;
	ssize_t length;

	/* One byte more than allowed tells a file that is too large. */
	if ((bytes = allocate(size)) == NULL)
		return reason_set(
		    why, EX_OSERR, "no memory: %s", strerror(errno));
	length = read_fully(file, bytes, size);
	if (length <= 0 || (size_t)length > GREETING_MAX) {
		if (length < 0)
			reason_set(why, reason_status(errno), "%s: %s", path,
			    strerror(errno));
		else
			reason_set(why, EX_DATAERR, "%s: %s", path,
			    length == 0 ? "empty, and so no greeting"
					: "larger than 16 MiB");
		munmap(bytes, size);
		return -1;
	}
	return keep(greeting, bytes, size, (size_t)length, why);
}

int
greeting_from_file(
    struct greeting *greeting, const char *path, struct reason *why)
{
	int file, result;

	file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (file == -1)
		return reason_set(
		    why, reason_status(errno), "%s: %s", path, strerror(errno));
	result = greeting_from_descriptor(greeting, file, path, why);
	close(file);
	return result;
}

void
greeting_free(struct greeting *greeting)
{
	if (greeting->length <= SMALL)
		free((void *)(uintptr_t)greeting->bytes);
	else
		munmap((void *)(uintptr_t)greeting->bytes, greeting->length);
	greeting->bytes = NULL;
	greeting->length = 0;
}
