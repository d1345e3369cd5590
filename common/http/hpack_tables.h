/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hpack_tables.h - what RFC 7541 fixes: the static table and the Huffman code.
 *
 * The tables are written by scripts/hpack-tables.py.
 */
#ifndef L7SCOPE_HPACK_TABLES_H
#define L7SCOPE_HPACK_TABLES_H

#include <stdint.h>

#include "base/bytes.h"

/* ---- appendix A ---- */

#define HPACK_STATIC_ENTRIES 61

struct hpack_static_entry {
	struct bytes name, value; /* p is never NULL */
};

/* [0] has index 1 */
extern const struct hpack_static_entry hpack_static[HPACK_STATIC_ENTRIES];

/* ---- appendix B ---- */

/* How many bits are looked up at once: room for two codes of 5 and 6 bits,
 * which most characters of header fields have, in a table of 8 KiB, a quarter
 * of the smallest first-level caches. */
#define HPACK_LOOKUP_BITS 11

/* What so many bits begin with: one or two symbols. */
struct hpack_lookup {
	uint8_t symbols[2];
	uint8_t first_bits; /* of the first symbol's code; 0: it is longer than these bits */
	uint8_t bits;	    /* of both; first_bits when there is no room for another */
};

extern const struct hpack_lookup hpack_lookup[1 << HPACK_LOOKUP_BITS];

/* The longest code */
#define HPACK_CODE_BITS_MAX 30
#define HPACK_EOS	    256

/* The longer codes.  Those of one length are successive numbers, and shorter
 * ones are smaller when all are aligned to the left. */
struct hpack_long_codes {
	uint32_t last;	/* the largest 32 bits that begin with a code of this length */
	uint32_t first; /* code of this length */
	uint16_t at;	/* index of its symbol in hpack_long_symbols */
	uint16_t bits;
};

/* By length; nothing is above the last one's `last`. */
extern const struct hpack_long_codes hpack_long_codes[];
extern const uint16_t hpack_long_symbols[];

#endif
