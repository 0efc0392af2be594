#ifndef TESTS_PROCFS_H
#define TESTS_PROCFS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What /proc says of a process that may end at any time. */

/* Open descriptors, -1 if the process is gone or not ours to look at. */
int procfs_descriptors(pid_t);

/* Its memory that is in use (RSS), KiB; -1 as above. */
int64_t procfs_memory(pid_t);

/* The children of all its threads, zombies too; returns how many. */
size_t procfs_children(pid_t, pid_t children[], size_t most);

/* Its threads, itself first; returns how many. */
size_t procfs_threads(pid_t, pid_t threads[], size_t most);

/* A field of /proc/PID/status ("State"), without its name; false: gone. */
bool procfs_status(pid_t, const char *field, char *value, size_t size);

/* What ps shows: the words, separated by spaces; false: gone. */
bool procfs_title(pid_t, char *title, size_t size);

/* The processor time it has used, all threads, ns; -1: gone. */
int64_t procfs_cpu(pid_t);

/*
 * The share of one processor that it uses from now on, for a while. A share
 * of time needs time to pass: this waits for half a second.
 */
double procfs_share(pid_t);

/* Wait for the end of a process, ours or not; fails at the deadline. */
void procfs_await_end(pid_t);

/*
 * A counter of this network namespace by its names in /proc/net/netstat and
 * /proc/net/snmp: procfs_counter("TcpExt", "ListenOverflows").
 */
int64_t procfs_counter(const char *group, const char *name);

#endif
