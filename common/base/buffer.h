/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buffer.h - bytes that are collected until there are enough of them.
 *
 * Grows by doubling up to the maximum stated at init; never beyond, so what a
 * peer on the network can make us keep is bounded.
 *
 * Invariants: n <= cap <= max; p is NULL only while cap is 0.
 */
#ifndef L7SCOPE_BUFFER_H
#define L7SCOPE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct buffer {
	uint8_t *p;
	size_t n, cap, max;
};

/* Allocates nothing. */
void buffer_init(struct buffer *b, size_t max);
/* Gives the memory back; only buffer_init() may follow. */
void buffer_release(struct buffer *b);
/* Release and init: empty, no memory, the same maximum. */
void buffer_clear(struct buffer *b);

/* false, and nothing changed: out of memory, or more than the maximum.
 * `from` must not lie in the buffer. */
bool buffer_append(struct buffer *b, struct bytes from);
/* Forgets the first n bytes (n <= b->n); keeps the memory. */
void buffer_drop_front(struct buffer *b, size_t n);

/* How many bytes more there may be. */
static inline size_t buffer_room(const struct buffer *b)
{
	return b->max - b->n;
}

/* Valid until the next change. */
static inline struct bytes buffer_bytes(const struct buffer *b)
{
	return bytes_of(b->p, b->n);
}

#endif
