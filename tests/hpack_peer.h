/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hpack_peer.h - libnghttp2's deflater and inflater, to compare ours with.
 *
 * Found at run time, so that building needs neither its headers nor the
 * library; what uses it says so and does without when it is not there.  Its ABI
 * has been the same since soname 14 began (2015).
 */
#ifndef L7SCOPE_TESTS_HPACK_PEER_H
#define L7SCOPE_TESTS_HPACK_PEER_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bytes.h"

#define PEER_LIBRARY "libnghttp2.so.14"

/* As nghttp2_nv. */
struct peer_field {
	uint8_t *name, *value;
	size_t name_n, value_n;
	uint8_t flags;
};

#define PEER_NEVER_INDEXED 0x01

/* As nghttp2_hd_inflate_flag. */
#define PEER_FINAL 0x01
#define PEER_EMIT  0x02

static struct {
	int (*deflate_new)(void **deflater, size_t max_table);
	ssize_t (*deflate)(void *deflater, uint8_t *buf, size_t n, const struct peer_field *fields,
			   size_t n_fields);
	int (*deflate_change_size)(void *deflater, size_t max_table);
	void (*deflate_del)(void *deflater);
	int (*inflate_new)(void **inflater);
	ssize_t (*inflate)(void *inflater, struct peer_field *field, int *flags, const uint8_t *in, size_t n,
			   int last);
	int (*inflate_end)(void *inflater);
	int (*inflate_change_size)(void *inflater, size_t max_table);
	void (*inflate_del)(void *inflater);
} peer;

/* false: the library is not there. */
static inline bool peer_load(void)
{
	const struct {
		const char *name;
		void *function;
	} functions[] = {
		{"nghttp2_hd_deflate_new", &peer.deflate_new},
		{"nghttp2_hd_deflate_hd", &peer.deflate},
		{"nghttp2_hd_deflate_change_table_size", &peer.deflate_change_size},
		{"nghttp2_hd_deflate_del", &peer.deflate_del},
		{"nghttp2_hd_inflate_new", &peer.inflate_new},
		{"nghttp2_hd_inflate_hd2", &peer.inflate},
		{"nghttp2_hd_inflate_end_headers", &peer.inflate_end},
		{"nghttp2_hd_inflate_change_table_size", &peer.inflate_change_size},
		{"nghttp2_hd_inflate_del", &peer.inflate_del},
	};
	void *library = dlopen(PEER_LIBRARY, RTLD_NOW);

	for (size_t i = 0; library && i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *found = dlsym(library, functions[i].name);

		if (!found)
			return false;
		/* object to function pointer, as POSIX does it */
		memcpy(functions[i].function, &found, sizeof(found));
	}
	return library != NULL;
}

/* Inflates one block; fn may be NULL.  false: the library refuses it. */
static inline bool peer_inflate_block(void *inflater, struct bytes block,
				      void (*fn)(void *ctx, const struct peer_field *field), void *ctx)
{
	int flags = 0;

	while (!(flags & PEER_FINAL)) {
		struct peer_field field;
		ssize_t n;

		flags = 0;
		n = peer.inflate(inflater, &field, &flags, block.p, block.n, 1);
		if (n < 0)
			return false;
		if (flags & PEER_EMIT && fn)
			fn(ctx, &field);
		block = bytes_of(block.p + n, block.n - n);
		if (!(flags & (PEER_EMIT | PEER_FINAL)) && block.n == 0)
			return false;
	}
	return peer.inflate_end(inflater) == 0;
}

#endif
