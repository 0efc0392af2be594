#include "haild/descriptors.h"

#include <fcntl.h>
#include <unistd.h>

int
descriptors_fill_standard(void)
{
	int descriptor;

	do
		descriptor = open("/dev/null", O_RDWR);
	while (descriptor >= 0 && descriptor < 2);
	if (descriptor == -1)
		return -1;
	if (descriptor > 2)
		close(descriptor);
	return 0;
}

void
descriptors_lower(int *descriptor)
{
	const int lowest = fcntl(*descriptor, F_DUPFD_CLOEXEC, 3);

	if (lowest == -1)
		return;
	if (lowest > *descriptor) {
		close(lowest);
		return;
	}
	close(*descriptor);
	*descriptor = lowest;
}

void
descriptors_silence(int epoll)
{
	int i;

	for (i = 0; i <= 2; i++)
		dup2(epoll, i);
}

static void
close_from_to(int first, int last)
{
	if (first <= last)
		close_range((unsigned)first, (unsigned)last, 0);
}

void
descriptors_keep(int one)
{
	close_from_to(0, one - 1);
	close_range((unsigned)one + 1, ~0U, 0);
}

void
descriptors_close_but(int one, int other)
{
	const int low = one < other ? one : other;
	const int high = one < other ? other : one;

	close_from_to(3, low - 1);
	close_from_to(low + 1, high - 1);
	close_range((unsigned)high + 1, ~0U, 0);
}
