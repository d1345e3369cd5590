/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/uprobe_names.h"

#include <linux/magic.h>
#include <stdint.h>
#include <sys/vfs.h>

/* Stands for the device below; no device has this number. */
#define BELOW_OVERLAY UINT64_MAX
/* Stands for the size of those; no file is as large. */
#define WITH_HOOKS UINT64_MAX

/* overlayfs may put the number of a layer into the upper half of an inode's (mount option xino). */
#define INODE_OF_LAYER UINT32_MAX

bool uprobe_is_on_overlay(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == OVERLAYFS_SUPER_MAGIC;
}

struct uprobe_seen_key uprobe_name_of_mapping(dev_t dev, ino_t inode)
{
	return (struct uprobe_seen_key){.dev = dev, .inode = inode};
}

struct uprobe_seen_key uprobe_name_with_hooks(const struct stat *st)
{
	return (struct uprobe_seen_key){.dev = st->st_dev, .inode = st->st_ino, .size = WITH_HOOKS};
}

struct uprobe_seen_key uprobe_name_without_hooks(const struct stat *st)
{
	uint64_t mtime = (uint64_t)st->st_mtim.tv_sec * 1000000000u + (uint64_t)st->st_mtim.tv_nsec;

	return (struct uprobe_seen_key){st->st_dev, st->st_ino, (uint64_t)st->st_size, mtime};
}

struct uprobe_seen_key uprobe_name_below_overlay(const struct stat *st)
{
	struct uprobe_seen_key key = uprobe_name_without_hooks(st);

	key.dev = BELOW_OVERLAY;
	key.inode &= INODE_OF_LAYER;
	return key;
}

bool uprobe_is_mapped(const struct stat *st, dev_t dev, ino_t inode)
{
	if (st->st_dev == dev)
		return st->st_ino == inode;
	return (st->st_ino & INODE_OF_LAYER) == (inode & INODE_OF_LAYER);
}
