/* SPDX-License-Identifier: Apache-2.0 */
/* uprobe_look.h - where in one file the functions of uprobe_hooks.h are. */
#ifndef L7SCOPE_UPROBE_LOOK_H
#define L7SCOPE_UPROBE_LOOK_H

#include <stddef.h>

#include "transport/uprobe_files.h"
#include "transport/uprobe_scan.h"

/* What why_not points to: a sentence of go_binary.h, or one that names a few functions. */
#define UPROBE_WHY_LEN 160

/* Fills in sites, why_not and version of a file that is open.  library: NULL for the executable of a process.
 */
void uprobe_look(struct uprobe_file *file, const struct uprobe_library *library, char why[UPROBE_WHY_LEN]);

#endif
