/* SPDX-License-Identifier: Apache-2.0 */
/*
 * go_binary.h - what uprobes need to know of a program written in Go: its
 * functions (also of stripped ones, by .gopclntab), their RET instructions,
 * its version, and where members of structs lie.
 *
 * amd64 and Go's register ABI (1.17) only: others are told by a sentence.
 * All input is hostile: a program may be made to look like one of Go.
 */
#ifndef L7SCOPE_GO_BINARY_H
#define L7SCOPE_GO_BINARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct go_binary; /* opaque */

#define GO_RETURNS_MAX 32

struct go_function {
	char name[256];
	uint64_t entry;			  /* offset in the file of its first instruction */
	uint64_t body;			  /* ... of the one after the check of the stack: a probe there fires
					     once per call, arguments still in their registers; == entry when
					     the function has no such check */
	uint64_t size;			  /* bytes */
	uint64_t returns[GO_RETURNS_MAX]; /* offsets in the file of its RET instructions */
	size_t n_returns;
	bool more_returns; /* there are more than fit: do not use them */
};

/* fd stays the caller's and must stay open.  NULL: not a program of Go (err is
 * ""), or one that cannot be used (err has a sentence).  Both a program and a
 * sentence: it can be used, but no RET instructions are found. */
struct go_binary *go_binary_open(int fd, char *err, size_t err_size);
void go_binary_free(struct go_binary *b);

const char *go_binary_version(const struct go_binary *b); /* "go1.24.4"; "": not told */

/* The function of exactly this name, or, with `suffix`, one whose name ends in
 * it after a '/' or at the beginning (vendored packages).  false: there is none. */
bool go_binary_function(struct go_binary *b, const char *name, bool suffix, struct go_function *out);

/* Offset in bytes of a member, by the program's own types, which stripped ones have, too; -1: not known.
 * type as DWARF names it: "google.golang.org/grpc/internal/transport.http2Client". */
long go_binary_member(struct go_binary *b, const char *type, const char *member);

/* Of a version of grpc or x/net that the program was built with, by build info; "": not told. */
const char *go_binary_module_version(const struct go_binary *b, const char *module);

#endif
