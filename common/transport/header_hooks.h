/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header_hooks.h - are the header lists that functions of programs tell
 * (WIRE_HEADERS) really such?
 *
 * Where a program is laid out otherwise than known, a hook reads anything.  Each
 * list is looked at before anybody believes it, and a hook whose first ones are
 * none is off, for that process.
 */
#ifndef L7SCOPE_HEADER_HOOKS_H
#define L7SCOPE_HEADER_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

/* Hooks of processes that are remembered; of more, no lists but good ones are taken all the same. */
#define HEADER_HOOKS_MAX 256
/* As many as bpf_src/header_lists.bpf.c bears with. */
#define HEADER_HOOKS_UNFIT_MAX 4

struct header_hook_of {
	uint32_t pid;
	uint8_t hook; /* enum uprobe_program */
	uint8_t unfit;
	bool fits;
};

struct header_hooks {
	int map; /* "headers_hooks" of the BPF text; -1: none */
	struct header_hook_of of[HEADER_HOOKS_MAX];
	size_t n;
	char notice[512]; /* "": nothing to say */
	char said[512];	  /* what header_hooks_notice() returned last */
};

/* Is this list good?  Else it is not to be used. */
bool header_hooks_take(struct header_hooks *h, const struct wire_event *event, const uint8_t *data);

/* A sentence to print, once, valid until the next call; NULL: none. */
const char *header_hooks_notice(struct header_hooks *h);

/* Could these be fields: names of RFC 9110 5.1, pseudo-header fields first, text in values?  The
 * data are as wire_event_valid() promises. */
bool header_hooks_plausible(const uint8_t *data, size_t n);

#endif
