/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header_tree.h - what libbcc takes for kernel headers on a machine without.
 *
 * libbcc insists on a kernel source tree; with the members' offsets known
 * from BTF it needs no more from it than integer types.  The tree is private
 * (0700) and removed after the compile; what a killed process left is
 * removed by the next one.
 */
#ifndef L7SCOPE_HEADER_TREE_H
#define L7SCOPE_HEADER_TREE_H

#include <stddef.h>

#define HEADER_TREE_PATH_MAX 128

/* Makes the tree and writes its path.  Returns 0, or -1 with one sentence in err. */
int header_tree_make(char path[HEADER_TREE_PATH_MAX], char *err, size_t err_size);
void header_tree_remove(const char *path);
/* Removes trees of processes that do not exist any more. */
void header_tree_remove_stale(void);

#endif
