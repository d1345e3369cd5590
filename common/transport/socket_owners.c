/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/socket_owners.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

#include "transport/socket_owners_scan.h"

/* Of systemd's pure and hybrid set-ups. */
static const char *const cgroup_mounts[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};

struct inode_list {
	size_t n;
	uint32_t inodes[SOCKET_OWNERS_WANTED_MAX];
};

/* The first owners of a socket that has several. */
struct shared_socket {
	uint32_t inode;
	struct socket_owner owners[SOCKET_OWNERS_MAX];
};

struct socket_owners {
	int proc, cgroups;
	struct socket_scan scan;
	struct shared_socket *shared; /* by inode */
	size_t n_shared, cap_shared;
	uint64_t dropped;

	bool wanted_any;
	struct inode_list wanted;
	/* sorted: */
	struct inode_list missed;  /* by the last scan, which was not a full one */
	struct inode_list missing; /* not found by a full one: not to be wanted before retry_ns */
	uint64_t retry_ns;
	uint64_t full_ns; /* the next scan from then on is a full one */
	uint64_t next_ns; /* no look through /proc before */
};

/* ---- lifetime ---- */

static int open_cgroups(void)
{
	for (size_t i = 0; i < sizeof(cgroup_mounts) / sizeof(cgroup_mounts[0]); i++) {
		struct statfs fs;

		if (statfs(cgroup_mounts[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
			return open(cgroup_mounts[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	return -1;
}

struct socket_owners *socket_owners_new(const char *proc)
{
	struct socket_owners *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->proc = open(proc, O_PATH | O_DIRECTORY | O_CLOEXEC); /* -1: nobody is ever found */
	o->cgroups = open_cgroups();
	return o;
}

void socket_owners_free(struct socket_owners *o)
{
	if (!o)
		return;
	if (o->proc >= 0)
		close(o->proc);
	if (o->cgroups >= 0)
		close(o->cgroups);
	socket_scan_release(&o->scan);
	free(o->shared);
	free(o);
}

/* ---- looking up ---- */

/* How many follow from `first` on that have the same inode as it. */
static size_t count_opens(const struct socket_scan *scan, size_t first)
{
	size_t end = first;

	while (end < scan->n_opens && scan->opens[end] >> 32 == scan->opens[first] >> 32)
		end++;
	return end - first;
}

static const struct socket_owner *owner_at(const struct socket_scan *scan, size_t open)
{
	return &scan->processes[(uint32_t)scan->opens[open]];
}

static int compare_inodes(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int compare_shared(const void *inode, const void *shared)
{
	return compare_inodes(inode, &((const struct shared_socket *)shared)->inode);
}

size_t socket_owners_find(const struct socket_owners *o, uint32_t inode, const struct socket_owner **owners)
{
	size_t first = socket_scan_find(&o->scan, inode), n;
	const struct shared_socket *shared;

	if (first == o->scan.n_opens)
		return 0;
	n = count_opens(&o->scan, first);
	shared = n == 1 || !o->n_shared
			 ? NULL
			 : bsearch(&inode, o->shared, o->n_shared, sizeof(*o->shared), compare_shared);
	*owners = shared ? shared->owners : owner_at(&o->scan, first);
	return shared ? n : 1;
}

/* ---- what is wanted ---- */

static bool listed(const struct inode_list *list, uint32_t inode)
{
	return list->n && bsearch(&inode, list->inodes, list->n, sizeof(inode), compare_inodes);
}

void socket_owners_want(struct socket_owners *o, uint32_t inode)
{
	if (!inode || listed(&o->missing, inode))
		return;
	o->wanted_any = true;
	if (o->wanted.n < SOCKET_OWNERS_WANTED_MAX)
		o->wanted.inodes[o->wanted.n++] = inode;
}

void socket_owners_saw(struct socket_owners *o, uint32_t inode)
{
	if (inode && !socket_scan_saw(&o->scan, inode))
		socket_owners_want(o, inode);
}

static void sort(struct inode_list *list)
{
	if (list->n)
		qsort(list->inodes, list->n, sizeof(list->inodes[0]), compare_inodes);
}

/* What a scan did not find that trusted the one before, and is wanted still, is worth one that does not. */
static bool must_be_full(const struct socket_owners *o, uint64_t now_ns)
{
	if (now_ns >= o->full_ns)
		return true;
	for (size_t i = 0; i < o->wanted.n; i++)
		if (listed(&o->missed, o->wanted.inodes[i]))
			return true;
	return false;
}

/* Moves what was wanted and still is unknown to another list; empties `wanted`. */
static void note_unfound(struct socket_owners *o, struct inode_list *unfound)
{
	sort(&o->wanted);
	for (size_t i = 0; i < o->wanted.n && unfound->n < SOCKET_OWNERS_WANTED_MAX; i++) {
		uint32_t inode = o->wanted.inodes[i];

		if ((i == 0 || inode != o->wanted.inodes[i - 1]) &&
		    socket_scan_find(&o->scan, inode) == o->scan.n_opens)
			unfound->inodes[unfound->n++] = inode;
	}
	sort(unfound);
	o->wanted.n = 0;
	o->wanted_any = false;
}

/* ---- looking ---- */

static struct shared_socket *add_shared(struct socket_owners *o)
{
	if (o->n_shared == o->cap_shared) {
		size_t cap = o->cap_shared ? o->cap_shared * 2 : 64;
		struct shared_socket *more = realloc(o->shared, cap * sizeof(*more));

		if (!more)
			return NULL;
		o->shared = more;
		o->cap_shared = cap;
	}
	return &o->shared[o->n_shared++];
}

static void list_shared(struct socket_owners *o)
{
	const struct socket_scan *scan = &o->scan;
	size_t n;

	o->n_shared = 0;
	for (size_t i = 0; i < scan->n_opens; i += n) {
		struct shared_socket *shared;

		n = count_opens(scan, i);
		if (n == 1)
			continue;
		shared = add_shared(o);
		if (!shared) {
			o->dropped++;
			continue;
		}
		shared->inode = (uint32_t)(scan->opens[i] >> 32);
		for (size_t k = 0; k < n && k < SOCKET_OWNERS_MAX; k++)
			shared->owners[k] = *owner_at(scan, i + k);
	}
}

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void look(struct socket_owners *o, uint64_t now_ns)
{
	bool full = must_be_full(o, now_ns);

	if (full)
		o->full_ns = now_ns + SOCKET_OWNERS_FULL_NS;
	socket_scan_run(&o->scan, o->proc, o->cgroups, full);
	list_shared(o);
	o->missed.n = 0;
	note_unfound(o, full ? &o->missing : &o->missed);
}

void socket_owners_refresh(struct socket_owners *o, uint64_t now_ns)
{
	uint64_t before = cpu_ns();

	if (now_ns >= o->retry_ns) {
		o->missing.n = 0;
		o->retry_ns = now_ns + SOCKET_OWNERS_RETRY_NS;
	}
	if (!o->wanted_any || now_ns < o->next_ns) {
		/* who still wants something, or sees it, says so again */
		o->wanted.n = 0;
		socket_scan_forget_seen(&o->scan);
		return;
	}
	look(o, now_ns);
	o->next_ns = now_ns + (cpu_ns() - before) * SOCKET_OWNERS_SHARE;
}

uint64_t socket_owners_dropped(const struct socket_owners *o)
{
	return o->dropped + o->scan.dropped;
}
