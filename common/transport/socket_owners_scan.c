/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/socket_owners_scan.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "4294967295/cgroup" */
#define PROC_NAME_LEN 24
/* Of /proc/PID/cgroup: twelve v1 hierarchies and the line of v2, each with a path of a pod. */
#define CGROUP_TEXT_LEN 8192

/* Room for one more, by doubling up to max. */
static bool grow(void **items, size_t *cap, size_t size, size_t max)
{
	size_t more = *cap ? *cap * 2 : 256;
	void *p;

	if (*cap >= max)
		return false;
	if (more > max)
		more = max;
	p = realloc(*items, more * size);
	if (!p)
		return false;
	*items = p;
	*cap = more;
	return true;
}

/* ---- what is known of a process ---- */

static ssize_t read_file(int dir, const char *name, char *buf, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	buf[0] = '\0';
	if (fd < 0)
		return -1;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

static void read_comm(int process, char comm[16])
{
	read_file(process, "comm", comm, 16);
	comm[strcspn(comm, "\n")] = '\0';
}

/* The inode number of its cgroup's directory, which is the id (on 64-bit machines since Linux 5.5). */
static uint64_t read_cgroup(int process, int cgroups)
{
	char text[CGROUP_TEXT_LEN], *path;
	struct stat st;

	if (cgroups < 0 || read_file(process, "cgroup", text, sizeof(text)) <= 0)
		return 0;
	path = strncmp(text, "0::/", 4) == 0 ? text : strstr(text, "\n0::/");
	if (!path)
		return 0;
	path = strchr(path, '/') + 1;
	path[strcspn(path, "\n")] = '\0';
	/* "..": outside of our own cgroup namespace, where no name leads */
	if (strncmp(path, "..", 2) == 0 || fstatat(cgroups, *path ? path : ".", &st, 0) < 0)
		return 0;
	return st.st_ino;
}

/* ---- its open files ---- */

/* "socket:[12345]"; 0: something else.  By hand: it is done for each open file of the machine. */
static uint32_t socket_inode(const char *target, ssize_t n)
{
	static const char prefix[] = "socket:[";
	uint64_t inode = 0;
	ssize_t i = sizeof(prefix) - 1;

	if (n <= i || memcmp(target, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	for (; i < n && isdigit((unsigned char)target[i]) && inode <= UINT32_MAX; i++)
		inode = inode * 10 + (uint64_t)(target[i] - '0');
	return i == n - 1 && target[i] == ']' && inode <= UINT32_MAX ? (uint32_t)inode : 0;
}

static void add_open(struct socket_scan *s, uint32_t inode)
{
	if (s->n_opens == s->cap_opens &&
	    !grow((void **)&s->opens, &s->cap_opens, sizeof(*s->opens), SOCKET_OWNERS_OPEN_MAX)) {
		s->dropped++;
		return;
	}
	s->opens[s->n_opens++] = (uint64_t)inode << 32 | s->n_processes;
}

/* Without room it is read again the next time, that is all. */
static void add_file(struct open_sockets *files, struct open_socket file)
{
	if (files->n == files->cap &&
	    !grow((void **)&files->items, &files->cap, sizeof(file), SOCKET_OWNERS_OPEN_MAX))
		return;
	files->items[files->n++] = file;
}

static bool precedes(const struct open_socket *a, uint32_t pid, uint32_t fd)
{
	return a->pid != pid ? a->pid < pid : a->fd < fd;
}

/* 0: not known.  Both go up by pid and fd, as /proc lists them; in another order less is known. */
static uint32_t known_inode(struct socket_scan *s, uint32_t pid, uint32_t fd)
{
	const struct open_socket *next;

	while (s->at < s->known.n && precedes(&s->known.items[s->at], pid, fd))
		s->at++;
	if (s->at == s->known.n)
		return 0;
	next = &s->known.items[s->at];
	return next->pid == pid && next->fd == fd ? next->inode : 0;
}

static void scan_file(struct socket_scan *s, int dir, const char *name, uint32_t pid)
{
	uint32_t fd = (uint32_t)strtoul(name, NULL, 10);
	uint32_t inode = known_inode(s, pid, fd);
	char target[32] = "";

	if (!inode)
		inode = socket_inode(target, readlinkat(dir, name, target, sizeof(target)));
	if (!inode)
		return;
	add_open(s, inode);
	add_file(&s->files, (struct open_socket){pid, fd, inode});
}

static void scan_files(struct socket_scan *s, int process, uint32_t pid)
{
	int fd = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			scan_file(s, fd, entry->d_name, pid);
	closedir(dir);
}

static void scan_process(struct socket_scan *s, int process, uint32_t pid, int cgroups)
{
	size_t before = s->n_opens;
	struct socket_owner *owner;

	scan_files(s, process, pid);
	if (s->n_opens == before)
		return;
	if (s->n_processes == s->cap_processes &&
	    !grow((void **)&s->processes, &s->cap_processes, sizeof(*s->processes), SOCKET_OWNERS_OPEN_MAX)) {
		s->dropped += s->n_opens - before;
		s->n_opens = before;
		return;
	}
	owner = &s->processes[s->n_processes++];
	*owner = (struct socket_owner){.pid = pid, .cgroup = read_cgroup(process, cgroups)};
	read_comm(process, owner->comm);
}
/* ---- all of them ---- */

static int compare_pids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int compare_opens(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void list_pids(struct socket_scan *s, int proc)
{
	int fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		char *end;
		unsigned long pid = strtoul(entry->d_name, &end, 10);

		if (!pid || pid > UINT32_MAX || *end)
			continue;
		if (s->n_pids == s->cap_pids &&
		    !grow((void **)&s->pids, &s->cap_pids, sizeof(*s->pids), SOCKET_OWNERS_OPEN_MAX)) {
			s->dropped++;
			break;
		}
		s->pids[s->n_pids++] = (uint32_t)pid;
	}
	closedir(dir);
	if (s->n_pids)
		qsort(s->pids, s->n_pids, sizeof(*s->pids), compare_pids);
}

/* A process may have one socket open under several numbers. */
static void sort_opens(struct socket_scan *s)
{
	size_t n = 0;

	if (s->n_opens)
		qsort(s->opens, s->n_opens, sizeof(*s->opens), compare_opens);
	for (size_t i = 0; i < s->n_opens; i++)
		if (!n || s->opens[i] != s->opens[n - 1])
			s->opens[n++] = s->opens[i];
	s->n_opens = n;
}

/* ---- what the scan before is good for ---- */

static bool has_one_owner(const struct socket_scan *s, size_t open)
{
	return open + 1 >= s->n_opens || s->opens[open + 1] >> 32 != s->opens[open] >> 32;
}

static void trust_what_was_seen(struct socket_scan *s)
{
	struct open_sockets before = s->files;

	s->files = s->known;
	s->files.n = 0;
	s->known = before;
	s->known.n = 0;
	for (size_t i = 0; i < before.n; i++) {
		size_t open = socket_scan_find(s, before.items[i].inode);

		if (s->seen && open < s->n_opens && s->seen[open] && has_one_owner(s, open))
			s->known.items[s->known.n++] = before.items[i];
	}
}

/* One that was trusted has another owner now: it may be the only one, and what was trusted something else
 * by now (a server that accepts, forks and closes). */
static bool trusted_too_much(const struct socket_scan *s)
{
	for (size_t i = 0; i < s->known.n; i++) {
		size_t open = socket_scan_find(s, s->known.items[i].inode);

		if (open < s->n_opens && !has_one_owner(s, open))
			return true;
	}
	return false;
}

size_t socket_scan_find(const struct socket_scan *s, uint32_t inode)
{
	uint64_t key = (uint64_t)inode << 32;
	size_t low = 0, high = s->n_opens;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->opens[middle] < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->n_opens && s->opens[low] >> 32 == inode ? low : s->n_opens;
}

bool socket_scan_saw(struct socket_scan *s, uint32_t inode)
{
	size_t open = socket_scan_find(s, inode);

	if (open == s->n_opens)
		return false;
	if (s->seen)
		s->seen[open] = 1;
	return true;
}

void socket_scan_forget_seen(struct socket_scan *s)
{
	if (s->seen)
		memset(s->seen, 0, s->n_opens);
}

/* ---- the scan ---- */

static void scan_all(struct socket_scan *s, int proc, int cgroups)
{
	s->n_pids = s->n_processes = s->n_opens = s->files.n = s->at = 0;
	list_pids(s, proc);
	for (size_t i = 0; i < s->n_pids; i++) {
		char name[PROC_NAME_LEN];
		int process;

		snprintf(name, sizeof(name), "%u", s->pids[i]);
		process = openat(proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (process < 0)
			continue;
		scan_process(s, process, s->pids[i], cgroups);
		close(process);
	}
	sort_opens(s);
}

void socket_scan_run(struct socket_scan *s, int proc, int cgroups, bool full)
{
	trust_what_was_seen(s);
	if (full)
		s->known.n = 0;
	scan_all(s, proc, cgroups);
	if (trusted_too_much(s)) {
		s->known.n = 0;
		scan_all(s, proc, cgroups);
	}
	free(s->seen);
	s->seen = s->n_opens ? calloc(s->n_opens, 1) : NULL;
}

void socket_scan_release(struct socket_scan *s)
{
	free(s->pids);
	free(s->processes);
	free(s->opens);
	free(s->seen);
	free(s->files.items);
	free(s->known.items);
	*s = (struct socket_scan){0};
}
