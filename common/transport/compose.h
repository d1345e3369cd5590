/* SPDX-License-Identifier: Apache-2.0 */
/* compose.h - the BPF text of one run: a prologue of #defines, then the pieces. */
#ifndef L7SCOPE_COMPOSE_H
#define L7SCOPE_COMPOSE_H

#include "transport/capture.h"
#include "transport/kernel_members.h"
#include "transport/probe_groups.h"
#include "transport/tracepoint_layout.h"

struct compose_input {
	const struct capture_options *options;
	struct tracepoint_layout layout;
	enum piece_parts parts;
	unsigned uses;			  /* USE_*, see probe_uses() */
	const struct kernel_types *types; /* NULL: what kernel headers say */
};

/* Strings in, string out.  The caller frees it.  NULL: out of memory, or a
 * piece that does not exist. */
char *compose_text(const struct compose_input *in);

/*
 * The types to compose with: BTF's, unless headers were asked for.
 * *from_btf tells which; without BTF (and none asked for) headers are used,
 * and *types is all zero.  Returns 0, or -1 with one sentence in err.
 */
int compose_find_types(const struct capture_options *o, struct kernel_types *types, bool *from_btf, char *err,
		       size_t err_size);

#endif
