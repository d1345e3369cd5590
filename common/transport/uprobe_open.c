/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/uprobe_open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "transport/uprobe_names.h"

/* "/proc/18446744073709551615", "/proc/self/fd/2147483647" */
#define PROC_NAME_LEN 32

int uprobe_open_process(uint64_t pid)
{
	char name[PROC_NAME_LEN];

	snprintf(name, sizeof(name), "/proc/%llu", (unsigned long long)pid);
	return open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* What is no regular file may do something when it is opened: so it is held first, and then opened. */
static int open_regular(int dir, const char *name, int flags, struct stat *st)
{
	int held = openat(dir, name, O_PATH | O_CLOEXEC | flags), fd = -1;
	char again[PROC_NAME_LEN];

	if (held < 0)
		return -1;
	errno = ESTALE;
	if (fstat(held, st) == 0 && S_ISREG(st->st_mode)) {
		snprintf(again, sizeof(again), "/proc/self/fd/%d", held);
		fd = open(again, O_RDONLY | O_CLOEXEC);
	}
	close(held);
	return fd;
}

static int open_if_mapped(int dir, const char *name, int flags, const struct uprobe_mapping *m,
			  struct stat *st)
{
	int fd = open_regular(dir, name, flags, st);

	if (fd < 0 || uprobe_is_mapped(st, m->dev, m->inode))
		return fd;
	close(fd);
	errno = ESTALE;
	return -1;
}

/* By its place in memory, which leads to deleted files, too, but not without CAP_CHECKPOINT_RESTORE; else by
 * its name as the process sees it. */
int uprobe_open_mapping(int process, const struct uprobe_mapping *m, struct stat *st)
{
	char name[sizeof("root") + PATH_MAX];
	int fd = -1;

	if (m->end) {
		snprintf(name, sizeof(name), "map_files/%llx-%llx", (unsigned long long)m->start,
			 (unsigned long long)m->end);
		fd = open_if_mapped(process, name, 0, m, st);
	}
	if (fd >= 0)
		return fd;
	snprintf(name, sizeof(name), "root%s", m->path);
	return open_if_mapped(process, name, O_NOFOLLOW, m, st);
}

int uprobe_open_without_process(const struct uprobe_mapping *m, struct stat *st)
{
	int fd = open_if_mapped(AT_FDCWD, m->path, O_NOFOLLOW, m, st);

	if (fd < 0 || st->st_dev == m->dev)
		return fd;
	close(fd);
	errno = ESTALE;
	return -1;
}
