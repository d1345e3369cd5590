/* SPDX-License-Identifier: Apache-2.0 */
/* hpack_huffman.h - strings in HPACK's Huffman code (RFC 7541 5.2). */
#ifndef L7SCOPE_HPACK_HUFFMAN_H
#define L7SCOPE_HPACK_HUFFMAN_H

#include "base/bytes.h"

/* The shortest code has 5 bits; symbols are written in pairs, the second of
 * which may not be one. */
static inline size_t hpack_huffman_room(size_t n)
{
	return n / 5 * 8 + n % 5 * 8 / 5 + 1;
}

/* Writes the decoded string to `out`, which has hpack_huffman_room(in.n)
 * bytes, and its length to `out_n`.  false: EOS inside, or not padded with
 * fewer than 8 one bits. */
bool hpack_huffman_decode(struct bytes in, uint8_t *out, size_t *out_n);

#endif
