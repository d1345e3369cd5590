/* SPDX-License-Identifier: Apache-2.0 */
/*
 * go_types.h - what a program of Go knows of its own types when it runs.
 *
 * It has that, also when stripped, for each type that it allocates or puts into
 * an interface.
 */
#ifndef L7SCOPE_GO_TYPES_H
#define L7SCOPE_GO_TYPES_H

#include "transport/go_image.h"

struct go_types {
	const struct go_image *image;
	struct go_range in;
	bool doubled; /* up to 1.18: offsets of members are, and the lowest bit says something else */
};

/* Offset in bytes of a member of a struct; -1: not known.  type: "net/http.http2serverConn". */
long go_types_member(const struct go_types *types, const char *type, const char *member);

#endif
