/* SPDX-License-Identifier: Apache-2.0 */
/* tracefs.h - where the tracing file system is. */
#ifndef L7SCOPE_TRACEFS_H
#define L7SCOPE_TRACEFS_H

#include <stdbool.h>

/* The mount point, or NULL when it is not mounted. */
const char *tracefs_find(void);

/* Mounts it in a mount namespace of this process's own, so that the machine
 * stays as it is.  Returns the mount point, or NULL. */
const char *tracefs_mount_privately(void);

#endif
