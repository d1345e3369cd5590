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
#include "transport/uprobe_hooks.h"

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
	MAP_TLS_HOLDS,	   /* USE_TLS */
	MAP_TLS_STEPS,	   /* likewise: "steps" once more, for the programs of another type */
	MAP_HEADERS_HOOKS, /* USE_HEADERS */
	LOADED_MAPS
};

/* The kernel's bound on descriptors in one message (SCM_MAX_FD) is 253. */
#define LOADED_LINKS_MAX    160
#define LOADED_PROGRAMS_MAX 24
#define LOADED_FDS_MAX	    (LOADED_MAPS + LOADED_LINKS_MAX + UPROBE_PROGRAMS + LOADED_PROGRAMS_MAX)

struct loaded {
	unsigned uses;		     /* USE_* of this run */
	int maps[LOADED_MAPS];	     /* -1: not in this run */
	int links[LOADED_LINKS_MAX]; /* each holds one attachment */
	int n_links;
	int programs[LOADED_PROGRAMS_MAX]; /* those at attach points: for what the kernel says of them */
	int n_programs;
	int uprobes[UPROBE_PROGRAMS]; /* USE_TLS: programs that go to functions of libraries; -1: not in this
					 run */
	bool measures_queue;
	char description[2048]; /* lines for -v */
	pid_t child;		/* still to be waited for */
};

/* Returns 0, or -1 with one sentence in err. */
int loader_run(const struct capture_options *options, struct loaded *loaded, char *err, size_t err_size);

/* The text that would be compiled here.  The caller frees it; NULL with one sentence in err. */
char *loader_text(const struct capture_options *options, char *err, size_t err_size);

#endif
