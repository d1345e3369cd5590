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
	int ok;
	int n_links;
	char text[2048]; /* description, or the error */
};

/* Compiles, loads, attaches for the process `parent`, sends a struct answer with the descriptors beside it
 * (LOADED_MAPS maps, then n_links links) over sock, and exits. */
_Noreturn void loader_child_main(const struct capture_options *options, pid_t parent, int sock);

#endif
