/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uprobes.h - the programs for TLS libraries are put on the functions of the
 * files that processes run, now and later.
 */
#ifndef L7SCOPE_UPROBES_H
#define L7SCOPE_UPROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/uprobe_hooks.h"

struct uprobes; /* opaque */

struct uprobes_input {
	const int *programs;  /* UPROBE_PROGRAMS descriptors; they stay the caller's */
	int holds;	      /* the map "tls_holds" of the BPF text; likewise */
	const uint32_t *pids; /* only these processes; n_pids 0: all */
	size_t n_pids;
};

/* Looks at all processes and attaches.  NULL with one sentence in err: this kernel has no uprobes,
 * or no memory. */
struct uprobes *uprobes_new(const struct uprobes_input *in, char *err, size_t err_size);

/* Attaches to what has been mapped since the last call.  Cheap when there is nothing. */
void uprobes_poll(struct uprobes *u);

/* Lines for -v: what was found; valid until the next uprobes_poll(). */
const char *uprobes_description(const struct uprobes *u);

/* Takes its descriptors, which hold the attachments, over to the caller, who closes them and frees the
 * array.  From then on uprobes_poll() does nothing. */
size_t uprobes_take_links(struct uprobes *u, int **links);

void uprobes_free(struct uprobes *u); /* closes what was not taken */

/* --check -p: prints what a process's files offer, and what not and why.  headers: USE_HEADERS. */
void uprobes_print_check(uint32_t pid, bool headers);

#endif
