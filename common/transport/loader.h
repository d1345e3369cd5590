/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader.h - the compile child: everything that needs LLVM, BTF or tracefs
 * happens in it; the caller gets descriptors and a description.
 */
#ifndef L7SCOPE_LOADER_H
#define L7SCOPE_LOADER_H

#include <stdbool.h>
#include <sys/types.h>

#include "transport/capture.h"

/* A program array is emptied by the kernel when its last descriptor is closed,
 * so they are held, too. */
enum loaded_map {
	MAP_COUNTERS,
	MAP_CONNS,
	MAP_STEPS,
	MAP_CLOSERS,
	MAP_EVENTS,
	MAP_CONTROL,
	MAP_ROWS, /* USE_LATENCY */
	MAP_SIDE,
	LOADED_MAPS
};

/* The kernel's bound on descriptors in one message (SCM_MAX_FD) is 253. */
#define LOADED_LINKS_MAX 200

struct loaded {
	unsigned uses;		     /* USE_* of this run */
	int maps[LOADED_MAPS];	     /* -1: not in this run */
	int links[LOADED_LINKS_MAX]; /* each holds one attachment */
	int n_links;
	bool measures_queue;
	char description[2048]; /* lines for -v */
	pid_t child;		/* still to be waited for */
};

/* Returns 0, or -1 with one sentence in err. */
int loader_run(const struct capture_options *options, struct loaded *loaded, char *err, size_t err_size);

/* The text that would be compiled here.  The caller frees it; NULL with one sentence in err. */
char *loader_text(const struct capture_options *options, char *err, size_t err_size);

#endif
