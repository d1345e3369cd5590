/* SPDX-License-Identifier: Apache-2.0 */
/* uprobe_scan.h - what a process maps executable, and the names of libraries that do TLS. */
#ifndef L7SCOPE_UPROBE_SCAN_H
#define L7SCOPE_UPROBE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "transport/uprobe_hooks.h"

/* Of /proc/PID/maps.  dev is that of the file system, which may not be that of fstat(): see uprobe_files.c.
 */
struct uprobe_mapping {
	uint64_t start, end;
	dev_t dev;
	ino_t inode;
	const char *path; /* without " (deleted)"; before Linux 6.11 a newline in it is \012 */
};

typedef void uprobe_mapping_fn(void *ctx, const struct uprobe_mapping *m);

/* One line, without its newline, which is written to.  false: not a file, or not mapped executable. */
bool uprobe_mapping_parse(char *line, struct uprobe_mapping *m);

/* " (deleted)", which /proc puts behind the path of a file that is gone. */
void uprobe_path_cut_deleted(char *path);

/* fd: of /proc/PID/maps, just opened.  One may come twice. */
void uprobe_mappings_read(int fd, uprobe_mapping_fn *fn, void *ctx);

/* A library's name tells what should be in it. */
struct uprobe_library {
	const char *prefix; /* of the last part of the path */
	enum uprobe_family family;
	bool certain; /* it is the library itself; false: it may have one linked in */
};

/* By name alone.  false: not one to be looked at. */
bool uprobe_library_of(const char *path, struct uprobe_library *out);

/* The last part of the path looks like a shared library's. */
bool uprobe_is_library(const char *path);

#endif
