#include "haild/handover.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "haild/cidr.h"
#include "post.h"

/* What a socket buffer has room for at least. */
#define LONGEST 4096

/*
 * A message as an acceptor might send that somebody took over. The first
 * byte is a digit: so many copies of a descriptor go with it. With 8 and 9 it
 * is one or none, and there is no room for it where the message arrives.
 */
struct message {
	const uint8_t *bytes;
	size_t length;
	unsigned descriptors;
	bool no_room;
};

/* Receive, with no descriptor to be had meanwhile if there is no room. */
static enum handover
receive(int channel, const struct message *message,
    struct connection *connection, enum note *note)
{
	struct rlimit limit, none;
	enum handover verdict;

	if (!message->no_room)
		return handover_receive(channel, connection, note);
	MUST(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	none = limit;
	none.rlim_cur = 0;
	MUST(setrlimit(RLIMIT_NOFILE, &none) == 0);
	verdict = handover_receive(channel, connection, note);
	MUST(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	return verdict;
}

/* What the verdict must be. */
static enum handover
expect(const struct message *message)
{
	if (message->length <= 1)
		return HANDOVER_NOTE;
	return message->descriptors == 0 || message->no_room
	    ? HANDOVER_TORN
	    : HANDOVER_CONNECTION;
}

/* Who reads the address goes by its family, whatever the length is. */
static void
check_peer(const struct address *peer, const struct message *message)
{
	const unsigned char *bytes = (const void *)&peer->storage;
	const size_t size = sizeof(peer->storage);
	const size_t taken = message->length < size ? message->length : size;
	char text[ADDRESS_STRLEN];
	struct cidr cidr;
	size_t i;

	MUST(peer->length == taken);
	MUST(memcmp(bytes, message->bytes, taken) == 0);
	for (i = taken; i < size; i++)
		MUST(bytes[i] == 0);
	MUST(strlen(address_format(peer, text)) > 0);
	if (cidr_of(peer, &cidr))
		MUST(cidr.bits == cidr_most_bits(&cidr));
}

/* It is another number for the file that was sent, and not inherited. */
static void
check_descriptor(int descriptor, int sent)
{
	struct stat one, other;

	MUST(descriptor != sent);
	MUST(fstat(descriptor, &one) == 0 && fstat(sent, &other) == 0);
	MUST(one.st_dev == other.st_dev && one.st_ino == other.st_ino);
	MUST((fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
}

static void
deliver(const int ends[2], const struct message *message)
{
	struct connection *connection = malloc(sizeof(*connection));
	const int next = post_next_descriptor();
	enum handover verdict;
	enum note note;

	MUST(connection != NULL);
	/* As if it were there from the last one. */
	memset(connection, 0x5a, sizeof(*connection));
	post_message(ends[1], message->bytes, message->length, ends[0],
	    message->descriptors);
	verdict = receive(ends[0], message, connection, &note);
	MUST(verdict == expect(message));
	if (verdict == HANDOVER_NOTE)
		MUST(note == (message->length == 0 ? 0 : message->bytes[0]));
	if (verdict == HANDOVER_CONNECTION) {
		check_peer(&connection->peer, message);
		check_descriptor(connection->descriptor, ends[0]);
		close(connection->descriptor);
	}
	MUST(post_next_descriptor() == next);
	MUST(handover_receive(ends[0], connection, &note) == HANDOVER_EMPTY);
	free(connection);
}

void
fuzz_handover(const uint8_t *bytes, size_t length)
{
	struct message message = {.length = 0};
	int ends[2];

	if (length == 0 || length > LONGEST)
		return;
	message = (struct message){
	    .bytes = bytes + 1,
	    .length = length - 1,
	    .descriptors = *bytes & POST_MOST,
	    .no_room = (*bytes & 8) != 0,
	};
	MUST(handover_open(ends, 16) == 0);
	deliver(ends, &message);
	close(ends[0]);
	close(ends[1]);
}
