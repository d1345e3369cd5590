/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uprobe_watch.h - libraries and programs that are mapped while the tool runs,
 * as the kernel tells them (PERF_RECORD_MMAP2 of all CPUs): nothing is polled,
 * and a process that runs for a moment is seen, too.
 */
#ifndef L7SCOPE_UPROBE_WATCH_H
#define L7SCOPE_UPROBE_WATCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct uprobe_watch; /* opaque */

/* NULL with one sentence in err: the kernel does not offer it (perf_event_paranoid, no perf events). */
struct uprobe_watch *uprobe_watch_new(char *err, size_t err_size);
void uprobe_watch_free(struct uprobe_watch *w);

/* Readable when there is something to drain. */
int uprobe_watch_fd(const struct uprobe_watch *w);

/* One file mapped executable, by this process. */
struct uprobe_mapped {
	pid_t pid;
	dev_t dev;
	ino_t inode;
	const char *path; /* as the process names it */
};

/* Valid only during the call. */
typedef void uprobe_mapped_fn(void *ctx, const struct uprobe_mapped *mapped);

/* Hands over what was mapped since the last call.  Returns how many records were
 * lost, then a scan of all processes finds what they told; -1 on failure (errno). */
int uprobe_watch_drain(struct uprobe_watch *w, uprobe_mapped_fn *fn, void *ctx);

#endif
