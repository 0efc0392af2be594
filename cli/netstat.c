#include "hail/netstat.h"

#include <stdlib.h>
#include <string.h>

/* Keep the number if its name is one of ours. */
static void
keep(const char *name, const char *number, int64_t counters[COUNTERS])
{
	int i;

	for (i = 0; i < COUNTERS; i++)
		if (strcmp(name, counter_key((enum counter)i)) == 0)
			counters[i] = strtoll(number, NULL, 10);
}

/* Walk along both lines; -1 if they are not equally long. */
static int
scan_pair(char *names, char *numbers, int64_t counters[COUNTERS])
{
	const char *name, *number;

	for (;;) {
		name = strsep(&names, " \n");
		number = strsep(&numbers, " \n");
		if (name == NULL || number == NULL)
			return name == number ? 0 : -1;
		keep(name, number, counters);
	}
}

int
netstat_scan(FILE *file, int64_t counters[COUNTERS])
{
	char *names = NULL, *numbers = NULL;
	size_t names_size = 0, numbers_size = 0;
	int result = 0, pairs = 0;

	memset(counters, 0, COUNTERS * sizeof(*counters));
	while (result == 0 && getline(&names, &names_size, file) != -1) {
		if (getline(&numbers, &numbers_size, file) == -1)
			result = -1;
		else
			result = scan_pair(names, numbers, counters);
		pairs++;
	}
	free(names);
	free(numbers);
	return pairs == 0 ? -1 : result;
}

int
netstat_read(int64_t counters[COUNTERS])
{
	FILE *file;
	int result;

	if ((file = fopen("/proc/net/netstat", "re")) == NULL)
		return -1;
	result = netstat_scan(file, counters);
	fclose(file);
	return result;
}
