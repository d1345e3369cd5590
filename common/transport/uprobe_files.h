/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uprobe_files.h - which of the files that processes run have functions of
 * uprobe_hooks.h, and where in the file.
 *
 * A file is known by its device and inode, so one library that a thousand
 * processes map (also under other names, in containers) is looked at once.
 * Files are opened through the process that maps them (/proc/PID/map_files,
 * else /proc/PID/root), so one in a container, or deleted since, is found, too.
 */
#ifndef L7SCOPE_UPROBE_FILES_H
#define L7SCOPE_UPROBE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "transport/uprobe_hooks.h"
#include "transport/uprobe_watch.h"

/* Entry, and RET instructions of the larger of Go's functions, with room. */
#define UPROBE_RETURNS_MAX 32
/* Hooks of one file: a program may have several libraries linked in. */
#define UPROBE_SITES_MAX 40

struct uprobe_site {
	const struct uprobe_hook *hook;
	uint64_t entry;			      /* offset in the file, where the entry's probe goes */
	uint64_t returns[UPROBE_RETURNS_MAX]; /* Go: its RET instructions; other hooks: a return probe at
						 entry */
	size_t n_returns;
};

struct uprobe_file {
	dev_t dev;
	ino_t inode;
	char path[512]; /* as the process that maps it names it: for people */
	int fd;		/* -1: it may not be opened; else open for reading while the callback runs: attach by
			   /proc/self/fd/N */
	struct uprobe_site sites[UPROBE_SITES_MAX];
	size_t n_sites;
	const char *why_not; /* n_sites 0, or not all: why, in a few words; NULL: nothing to say */
	char version[64];    /* "OpenSSL 3.0.17", "go1.24.4"; "": not told */
};

struct uprobe_files; /* opaque: what has been looked at */

struct uprobe_files *uprobe_files_new(void); /* NULL: out of memory */
void uprobe_files_free(struct uprobe_files *f);

/* Called once for each file that has hooks, or that should have and has not
 * (why_not); valid only during the call.  Also of a file that was written to since:
 * its probes are where they are. */
typedef void uprobe_file_fn(void *ctx, const struct uprobe_file *file);

/* Looks at the files that a process maps executable, and that have not been
 * looked at before.  Returns how many were looked at, -1 when the process is
 * gone or may not be read (errno). */
int uprobe_files_of_process(struct uprobe_files *f, pid_t pid, uprobe_file_fn *fn, void *ctx);

/* ... of all processes (pids == NULL), or of these.  Kernel threads and `self` are left out. */
void uprobe_files_scan(struct uprobe_files *f, const uint32_t *pids, size_t n_pids, uprobe_file_fn *fn,
		       void *ctx);

/* As uprobe_files_of_process(), of one mapping that was told by uprobe_watch.h; path: as told there. */
int uprobe_files_of_mapping(struct uprobe_files *f, const struct uprobe_mapped *mapped, uprobe_file_fn *fn,
			    void *ctx);

/* A file that nobody maps any more may be replaced under the same inode number:
 * forgets that it was looked at. */
void uprobe_files_forget(struct uprobe_files *f, dev_t dev, ino_t inode);

#endif
