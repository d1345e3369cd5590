/* SPDX-License-Identifier: Apache-2.0 */
/* uprobe_seen.h - which files have been looked at: a hash set. */
#ifndef L7SCOPE_UPROBE_SEEN_H
#define L7SCOPE_UPROBE_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Names of files kept at once, some 64 bytes each.  A machine that compiles all day runs more programs than
 * that: then those without hooks are forgotten, and looked at again when they are met again. */
#define UPROBE_SEEN_MAX 65536

/* One of the names that a file is known by: see uprobe_files.c. */
struct uprobe_seen_key {
	uint64_t dev, inode, size, mtime_ns;
};

struct uprobe_seen_entry {
	struct uprobe_seen_key key;
	dev_t dev; /* as the file was told */
	ino_t inode;
	uint64_t checked_ns; /* when it was seen last that the name is still this file's */
	bool told;	     /* it has hooks: never to be told twice */
	bool used;
};

struct uprobe_seen {
	struct uprobe_seen_entry *entries;
	size_t n, cap; /* cap: a power of 2, at least a quarter is free; or 0 */
};

/* All zeros is an empty one. */
void uprobe_seen_release(struct uprobe_seen *s);

/* Valid until the next _add() or _forget(); NULL: not there. */
struct uprobe_seen_entry *uprobe_seen_find(const struct uprobe_seen *s, const struct uprobe_seen_key *key);

/* The one that is there, or a new one.  NULL: out of memory, or too many with hooks. */
struct uprobe_seen_entry *uprobe_seen_add(struct uprobe_seen *s, const struct uprobe_seen_key *key);

/* All names of the file that was told as this one. */
void uprobe_seen_forget(struct uprobe_seen *s, dev_t dev, ino_t inode);

#endif
