#include "procfs.h"

#include <sys/pidfd.h>

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "duration.h"

/* Each name in a directory below /proc/PID; returns how many. */
static int
for_each_name(pid_t pid, const char *where,
    void (*visit)(pid_t, const char *name, void *), void *with)
{
	struct dirent *entry;
	char path[64];
	int count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, where);
	if ((dir = opendir(path)) == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		count++;
		if (visit != NULL)
			visit(pid, entry->d_name, with);
	}
	closedir(dir);
	return count;
}

int
procfs_descriptors(pid_t pid)
{
	return for_each_name(pid, "fd", NULL, NULL);
}

int64_t
procfs_memory(pid_t pid)
{
	char path[64], line[128];
	int64_t kib = -1;
	FILE *file;

	/* Exact, which /proc/PID/status is not since Linux 6.2. */
	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	if ((file = fopen(path, "re")) == NULL)
		return -1;
	while (kib == -1 && fgets(line, sizeof(line), file) != NULL)
		sscanf(line, "Rss: %" SCNd64, &kib);
	fclose(file);
	return kib;
}

struct family {
	pid_t *children;
	size_t count, most;
};

static void
visit_thread(pid_t pid, const char *thread, void *with)
{
	struct family *family = with;
	char path[320];
	FILE *file;
	int child;

	snprintf(
	    path, sizeof(path), "/proc/%d/task/%s/children", (int)pid, thread);
	if ((file = fopen(path, "re")) == NULL)
		return;
	while (family->count < family->most && fscanf(file, "%d", &child) == 1)
		family->children[family->count++] = child;
	fclose(file);
}

size_t
procfs_children(pid_t pid, pid_t children[], size_t most)
{
	struct family family = {children, 0, most};

	for_each_name(pid, "task", visit_thread, &family);
	return family.count;
}

static void
add_thread(pid_t pid, const char *thread, void *with)
{
	struct family *threads = with;

	(void)pid;
	if (threads->count < threads->most)
		threads->children[threads->count++] = atoi(thread);
}

size_t
procfs_threads(pid_t pid, pid_t threads[], size_t most)
{
	struct family all = {threads, 0, most};

	for_each_name(pid, "task", add_thread, &all);
	return all.count;
}

bool
procfs_status(pid_t pid, const char *field, char *value, size_t size)
{
	char path[64], line[512];
	size_t length = strlen(field);
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if ((file = fopen(path, "re")) == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, field, length) != 0 || line[length] != ':')
			continue;
		found = true;
		line[strcspn(line, "\n")] = '\0';
		snprintf(value, size, "%s",
		    line + length + 1 + strspn(line + length + 1, " \t"));
	}
	fclose(file);
	return found;
}

bool
procfs_title(pid_t pid, char *title, size_t size)
{
	size_t length, i;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	if ((file = fopen(path, "re")) == NULL)
		return false;
	length = fread(title, 1, size - 1, file);
	fclose(file);
	while (length > 0 && title[length - 1] == '\0')
		length--;
	for (i = 0; i < length; i++)
		if (title[i] == '\0')
			title[i] = ' ';
	title[length] = '\0';
	return length > 0;
}

/* Its threads' /proc/PID/task/TID/schedstat: ns on a processor, and more. */
static void
add_cpu(pid_t pid, const char *thread, void *with)
{
	int64_t *sum = with, ns;
	char path[320];
	FILE *file;

	snprintf(
	    path, sizeof(path), "/proc/%d/task/%s/schedstat", (int)pid, thread);
	if ((file = fopen(path, "re")) == NULL)
		return;
	if (fscanf(file, "%" SCNd64, &ns) == 1)
		*sum += ns;
	fclose(file);
}

int64_t
procfs_cpu(pid_t pid)
{
	int64_t sum = 0;

	return for_each_name(pid, "task", add_cpu, &sum) > 0 ? sum : -1;
}

double
procfs_share(pid_t pid)
{
	const int64_t started = monotonic_now(), used = procfs_cpu(pid);
	int64_t now;

	do {
		poll(NULL, 0, poll_timeout(started + NS_PER_S / 2));
		now = monotonic_now();
	} while (now < started + NS_PER_S / 2);
	cr_assert_geq(used, 0, "process %d is gone", (int)pid);
	return (double)(procfs_cpu(pid) - used) / (double)(now - started);
}

void
procfs_await_end(pid_t pid)
{
	struct pollfd end = {.fd = pidfd_open(pid, 0), .events = POLLIN};
	int ready;

	if (end.fd == -1 && errno == ESRCH)
		return;
	cr_assert_neq(end.fd, -1, "pidfd_open: %m");
	ready = poll(&end, 1, poll_timeout(deadline_from_now()));
	cr_assert_eq(ready, 1, "process %d goes on and on", (int)pid);
	close(end.fd);
}

/*
 * Both files have pairs of lines: "Group: name name", "Group: value value".
 */
static bool
find_counter(
    const char *path, const char *group, const char *name, int64_t *value)
{
	static char names[16384], values[16384];
	char *at_name, *at_value, *word, *number;
	FILE *file = fopen(path, "re");
	bool found = false;

	cr_assert_not_null(file, "%s: %m", path);
	while (!found && fgets(names, sizeof(names), file) != NULL &&
	    fgets(values, sizeof(values), file) != NULL) {
		word = strtok_r(names, ": \n", &at_name);
		number = strtok_r(values, ": \n", &at_value);
		if (word == NULL || strcmp(word, group) != 0)
			continue;
		while (word != NULL && number != NULL && !found) {
			found = strcmp(word, name) == 0;
			*value = found ? atoll(number) : 0;
			word = strtok_r(NULL, " \n", &at_name);
			number = strtok_r(NULL, " \n", &at_value);
		}
	}
	fclose(file);
	return found;
}

int64_t
procfs_counter(const char *group, const char *name)
{
	int64_t value = 0;

	cr_assert(find_counter("/proc/net/netstat", group, name, &value) ||
		find_counter("/proc/net/snmp", group, name, &value),
	    "the kernel has no counter %s.%s", group, name);
	return value;
}
