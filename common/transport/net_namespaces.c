/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/net_namespaces.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "4294967295/ns/net" */
#define LINK_NAME_LEN 24

/* ---- a socket in another namespace ---- */

struct visit {
	int ns;
	int (*open_socket)(void);
	int fd, error;
};

static void *visit_namespace(void *arg)
{
	struct visit *v = arg;

	if (setns(v->ns, CLONE_NEWNET) == 0)
		v->fd = v->open_socket();
	v->error = errno;
	return NULL;
}

/* In a thread of its own, which ends there: the calling one never leaves its namespace, so no
 * failure to go back can strand it.  All signals blocked: ours are for the main thread. */
static int open_in(int ns, int (*open_socket)(void))
{
	struct visit v = {.ns = ns, .open_socket = open_socket, .fd = -1};
	sigset_t all, before;
	pthread_t thread;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, NULL, visit_namespace, &v);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error) {
		errno = error;
		return -1;
	}
	pthread_join(thread, NULL);
	errno = v.error;
	return v.fd;
}

/* ---- /proc ---- */

/* 0: no such process, or it may not be told (errno EACCES or EPERM). */
static uint32_t inode_of_process(int proc, uint32_t pid)
{
	char name[LINK_NAME_LEN], target[32];
	unsigned inode;
	ssize_t n;

	snprintf(name, sizeof(name), "%u/ns/net", pid);
	n = readlinkat(proc, name, target, sizeof(target) - 1);
	if (n < 0)
		return 0;
	target[n] = '\0';
	errno = 0;
	return sscanf(target, "net:[%u]", &inode) == 1 ? inode : 0;
}

static bool not_permitted(void)
{
	return errno == EACCES || errno == EPERM;
}

static struct net_namespace *find(struct net_namespaces *s, uint32_t inode)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].inode == inode)
			return &s->items[i];
	return NULL;
}

/* errno ENOENT or ESRCH: the process has ended, or is in another one by now. */
static int open_of_process(const struct net_namespaces *s, uint32_t pid, uint32_t inode)
{
	char name[LINK_NAME_LEN];
	struct stat st;
	int ns, fd = -1, error;

	snprintf(name, sizeof(name), "%u/ns/net", pid);
	ns = openat(s->proc, name, O_RDONLY | O_CLOEXEC);
	if (ns < 0)
		return -1;
	errno = ESRCH;
	if (fstat(ns, &st) == 0 && st.st_ino == inode)
		fd = open_in(ns, s->open_socket);
	error = errno;
	close(ns);
	errno = error;
	return fd;
}

/* ---- the scan ---- */

struct scan {
	uint32_t
		last_skipped; /* of those that found no room; neighbours in /proc are often in the same one */
	bool not_permitted;
};

static void add(struct net_namespaces *s, struct scan *scan, uint32_t pid, uint32_t inode)
{
	int fd;

	if (s->n == SOCK_DIAG_NAMESPACES_MAX) {
		s->skipped += inode != scan->last_skipped;
		scan->last_skipped = inode;
		return;
	}
	fd = open_of_process(s, pid, inode);
	if (fd < 0 && (errno == ENOENT || errno == ESRCH))
		return;
	/* also when it could not be opened: so it is tried once a scan, not for each process */
	s->items[s->n++] = (struct net_namespace){.inode = inode, .pid = pid, .fd = fd, .found = true};
}

static void look_at(struct net_namespaces *s, struct scan *scan, uint32_t pid)
{
	uint32_t inode = inode_of_process(s->proc, pid);
	struct net_namespace *known;

	if (!inode) {
		scan->not_permitted |= not_permitted();
		return;
	}
	known = find(s, inode);
	if (!known) {
		add(s, scan, pid, inode);
	} else if (!known->found) {
		known->found = true;
		known->pid = pid;
		if (known->fd < 0)
			known->fd = open_of_process(s, pid, inode);
	}
}

static void look_through_proc(struct net_namespaces *s, struct scan *scan)
{
	int fd = openat(s->proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		scan->not_permitted = true;
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		char *end;
		unsigned long pid = strtoul(entry->d_name, &end, 10);

		if (pid && !*end)
			look_at(s, scan, (uint32_t)pid);
	}
	closedir(dir);
}

static void close_unfound(struct net_namespaces *s)
{
	size_t kept = 1;

	for (size_t i = 1; i < s->n; i++) {
		if (s->items[i].found)
			s->items[kept++] = s->items[i];
		else if (s->items[i].fd >= 0)
			close(s->items[i].fd);
	}
	s->n = kept;
}

static void rescan(struct net_namespaces *s)
{
	struct scan scan = {0};

	s->skipped = 0;
	for (size_t i = 1; i < s->n; i++)
		s->items[i].found = false;
	if (s->items[0].fd < 0)
		s->items[0].fd = s->open_socket();
	look_through_proc(s, &scan);
	close_unfound(s);
	for (size_t i = 0; i < s->n; i++)
		s->skipped += s->items[i].fd < 0;
	s->skipped += scan.not_permitted;
}

/* One readlink for each: what makes a namespace vanish soon after its last process. */
static bool all_inhabited(const struct net_namespaces *s)
{
	for (size_t i = 1; i < s->n; i++)
		if (inode_of_process(s->proc, s->items[i].pid) != s->items[i].inode)
			return false;
	return true;
}

void net_namespaces_update(struct net_namespaces *s, uint64_t now_ns)
{
	if (now_ns < s->next_scan_ns && all_inhabited(s))
		return;
	s->next_scan_ns = now_ns + SOCK_DIAG_RESCAN_NS;
	rescan(s);
}

/* ---- lifetime ---- */

static uint32_t own_inode(void)
{
	struct stat st;

	/* of the thread: it is the one that opens the first socket */
	return stat("/proc/thread-self/ns/net", &st) == 0 ? (uint32_t)st.st_ino : 0;
}

int net_namespaces_init(struct net_namespaces *s, const char *proc, int (*open_socket)(void))
{
	int fd, error;

	fd = open_socket();
	if (fd < 0)
		return errno;
	*s = (struct net_namespaces){.open_socket = open_socket, .n = 1};
	s->items[0] = (struct net_namespace){.inode = own_inode(), .fd = fd, .found = true};
	s->proc = open(proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->proc < 0) {
		error = errno;
		close(fd);
		return error;
	}
	return 0;
}

void net_namespaces_release(struct net_namespaces *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].fd >= 0)
			close(s->items[i].fd);
	s->n = 0;
	close(s->proc);
}

void net_namespaces_reopen(struct net_namespaces *s, size_t i)
{
	if (s->items[i].fd >= 0)
		close(s->items[i].fd);
	s->items[i].fd = -1;
	s->next_scan_ns = 0;
}
