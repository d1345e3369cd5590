/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uprobe_names.h - what a file is known by.
 *
 * A file is known by several names, all in one set:
 *   - what /proc/PID/maps and the kernel's records say, device and inode.  Needs no file to be opened, but
 *     may be another's one day: so it is believed for a while only.
 *   - device and inode as fstat() says, of files that have hooks: their probes keep the inode.
 *   - ... with size and time of change, of the others: a file that is gone leaves its inode to the next one.
 *   - of overlayfs, the file below it: each container has a device of its own for the same file of an
 *     image, but a probe is one of the file below, and would fire once for each of them.
 * Devices of the first and the others differ on btrfs (subvolumes), and on overlayfs until Linux 6.8: there
 * the maps tell the file below.
 */
#ifndef L7SCOPE_UPROBE_NAMES_H
#define L7SCOPE_UPROBE_NAMES_H

#include <stdbool.h>
#include <sys/stat.h>

#include "transport/uprobe_seen.h"

struct uprobe_seen_key uprobe_name_of_mapping(dev_t dev, ino_t inode);
struct uprobe_seen_key uprobe_name_with_hooks(const struct stat *st);
struct uprobe_seen_key uprobe_name_without_hooks(const struct stat *st);
struct uprobe_seen_key uprobe_name_below_overlay(const struct stat *st);

/* Does the last name apply? */
bool uprobe_is_on_overlay(int fd);

/* Is the file with this status the one that was mapped?  Where devices differ the inode alone decides. */
bool uprobe_is_mapped(const struct stat *st, dev_t dev, ino_t inode);

#endif
