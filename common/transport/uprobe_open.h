/* SPDX-License-Identifier: Apache-2.0 */
/* uprobe_open.h - opens what processes have mapped, and nothing else. */
#ifndef L7SCOPE_UPROBE_OPEN_H
#define L7SCOPE_UPROBE_OPEN_H

#include <stdint.h>
#include <sys/stat.h>

#include "transport/uprobe_scan.h"

/* The directory /proc/PID: what is opened below it is of this process, even when its number is given to
 * another.  -1: errno. */
int uprobe_open_process(uint64_t pid);

/* A regular file, through the process that maps it.  m->end 0: it is not known where.  st: of the file.
 * -1: errno, ESTALE when there is another file in its place. */
int uprobe_open_mapping(int process, const struct uprobe_mapping *m, struct stat *st);

/* When the process has ended: the file may be where we see it, too. */
int uprobe_open_without_process(const struct uprobe_mapping *m, struct stat *st);

#endif
