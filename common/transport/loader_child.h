/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader_child.h - the child's side of loader.h: everything that needs LLVM or
 * tracefs.
 */
#ifndef L7SCOPE_LOADER_CHILD_H
#define L7SCOPE_LOADER_CHILD_H

#include "transport/capture.h"
#include "transport/loader.h"

/* What goes back to the parent, with the descriptors beside it. */
struct answer {
	bool ok;
	struct loaded loaded; /* its descriptors are the child's: only which there are counts */
	char err[2048];
};

/* Compiles, loads, attaches for the process `parent`, sends a struct answer with the descriptors beside it
 * (the maps there are, then the links) over sock, and exits. */
_Noreturn void loader_child_main(const struct capture_options *options, pid_t parent, int sock);

#endif
