/* SPDX-License-Identifier: Apache-2.0 */
/*
 * go_pclntab.h - the table of functions that every program of Go carries, also
 * a stripped one: runtime.pclntab, of Go 1.16 and later.
 */
#ifndef L7SCOPE_GO_PCLNTAB_H
#define L7SCOPE_GO_PCLNTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/go_image.h"

/* With the NUL. */
#define GO_NAME_LEN 256

struct go_pclntab {
	const struct go_image *image;
	struct go_range all, names, functions; /* of the header on; functions: their index, and themselves */
	uint64_t n;			       /* functions */
	uint64_t text; /* what their places count from: for the caller to set, by go_moduledata.h */
	bool absolute; /* 1.16 and 1.17: they are addresses */
	bool since_1_20;
	uint32_t *name_offsets; /* of the nth function in names; read when first needed */
};

struct go_code {
	char name[GO_NAME_LEN];
	struct go_range in; /* its end is where the next one begins */
};

/* Finds it.  Returns 0, or -1: there is none that could be used. */
int go_pclntab_init(struct go_pclntab *t, const struct go_image *image);
void go_pclntab_release(struct go_pclntab *t);

/* Where the first function begins, when places count from `text`. */
bool go_pclntab_first(const struct go_pclntab *t, uint64_t text, uint64_t *address);

/* As go_binary_function(); t->text must be right.  false: there is none, or no memory. */
bool go_pclntab_function(struct go_pclntab *t, const char *name, bool suffix, struct go_code *out);

#endif
