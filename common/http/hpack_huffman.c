/* SPDX-License-Identifier: Apache-2.0 */
#include "http/hpack_huffman.h"

#include <endian.h>

#include "http/hpack_tables.h"

/* Bits of the input, aligned to the left.  What is below the n that count is
 * either zero or what the bytes at p say, so that they can be or'ed in. */
struct bits {
	uint64_t word;
	unsigned n;
	const uint8_t *p, *end;
};

static inline void bits_take(struct bits *b, unsigned n)
{
	b->word <<= n;
	b->n -= n;
}

static inline bool eight_bytes_left(const struct bits *b)
{
	return b->end - b->p >= 8;
}

/* To at least 56 bits; eight bytes must be left. */
static inline void refill_fast(struct bits *b)
{
	uint64_t next;

	memcpy(&next, b->p, sizeof(next));
	b->word |= be64toh(next) >> b->n;
	b->p += (63 - b->n) / 8;
	b->n |= 56;
}

/* To at least 56 bits, or all there are. */
static void refill(struct bits *b)
{
	while (b->n < 56 && b->p < b->end) {
		b->word |= (uint64_t)*b->p++ << (56 - b->n);
		b->n += 8;
	}
}

static inline const struct hpack_lookup *look_up(uint64_t word)
{
	return &hpack_lookup[word >> (64 - HPACK_LOOKUP_BITS)];
}

/* The symbol that the word begins with, whose code is longer than a lookup. */
static unsigned long_symbol(uint64_t word, unsigned *n)
{
	const struct hpack_long_codes *l = hpack_long_codes;
	uint32_t top = word >> 32;

	while (top > l->last)
		l++;
	*n = l->bits;
	return hpack_long_symbols[l->at + (top >> (32 - l->bits)) - l->first];
}

/* As long as a whole word can be loaded, and no longer code can be cut. */
static uint8_t *decode_fast(struct bits *in, uint8_t *out)
{
	struct bits b = *in;

	while (eight_bytes_left(&b)) {
		refill_fast(&b);
		do {
			const struct hpack_lookup *found = look_up(b.word);
			unsigned n = found->bits, symbol;

			if (n) {
				out[0] = found->symbols[0];
				out[1] = found->symbols[1];
				out += 1 + (n != found->first_bits);
			} else if ((symbol = long_symbol(b.word, &n)) != HPACK_EOS) {
				*out++ = symbol;
			} else {
				return NULL;
			}
			bits_take(&b, n);
		} while (b.n >= HPACK_CODE_BITS_MAX);
	}
	*in = b;
	return out;
}

/* One symbol at a time, until only padding is left. */
static uint8_t *decode_rest(struct bits *b, uint8_t *out)
{
	for (;;) {
		uint64_t padded;
		unsigned n, symbol;

		refill(b);
		padded = b->word | UINT64_MAX >> b->n;
		if (b->n < 8 && padded == UINT64_MAX)
			return out;
		n = look_up(padded)->first_bits;
		symbol = n ? look_up(padded)->symbols[0] : long_symbol(padded, &n);
		/* a cut code; more padding than 7 bits reads as EOS */
		if (n > b->n || symbol == HPACK_EOS)
			return NULL;
		*out++ = symbol;
		bits_take(b, n);
	}
}

bool hpack_huffman_decode(struct bytes in, uint8_t *out, size_t *out_n)
{
	struct bits b = {.p = in.p, .end = in.p + in.n};
	uint8_t *end = decode_fast(&b, out);

	if (end)
		end = decode_rest(&b, end);
	*out_n = end ? (size_t)(end - out) : 0;
	return end != NULL;
}
