/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - bytes that grow at the end.
 *
 * Failure is sticky: once memory ran out `failed` is set and the text is
 * incomplete, so that a caller may append many times and look once.
 * Invariant: n <= size; p may be NULL only when size is 0.
 */
#ifndef L7SCOPE_TEXT_H
#define L7SCOPE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"

struct text {
	char *p;
	size_t n, size;
	bool failed;
};

/* All zero is a valid, empty text. */
static inline void text_init(struct text *t)
{
	*t = (struct text){0};
}

void text_release(struct text *t);

/* Keeps the memory; forgets a failure. */
static inline void text_clear(struct text *t)
{
	t->n = 0;
	t->failed = false;
}

/* Makes room for n more bytes; false (and failed) when memory ran out. */
bool text_grow(struct text *t, size_t n);

static inline bool text_reserve(struct text *t, size_t n)
{
	return n <= t->size - t->n || text_grow(t, n);
}

static inline void text_put(struct text *t, const void *p, size_t n)
{
	if (n && text_reserve(t, n)) {
		memcpy(t->p + t->n, p, n);
		t->n += n;
	}
}

static inline void text_put_bytes(struct text *t, struct bytes b)
{
	text_put(t, b.p, b.n);
}

static inline void text_put_str(struct text *t, const char *s)
{
	text_put(t, s, strlen(s));
}

static inline void text_put_char(struct text *t, char c)
{
	if (text_reserve(t, 1))
		t->p[t->n++] = c;
}

void text_put_spaces(struct text *t, size_t n);
void text_put_u64(struct text *t, uint64_t value);
/* `width` hexadecimal digits, leading zeros included. */
void text_put_hex(struct text *t, uint32_t value, unsigned width);
/* Milliseconds with three decimals: 0.042, 1500.000. */
void text_put_ms(struct text *t, int64_t ns);

/* The view is valid until the next change of t. */
static inline struct bytes text_bytes(const struct text *t)
{
	return bytes_of(t->p, t->n);
}

#endif
