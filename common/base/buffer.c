/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

/* The first allocation: most heads that arrive in pieces fit. */
#define BUFFER_FIRST 512

void buffer_init(struct buffer *b, size_t max)
{
	*b = (struct buffer){.max = max};
}

void buffer_release(struct buffer *b)
{
	free(b->p);
	b->p = NULL;
}

void buffer_clear(struct buffer *b)
{
	buffer_release(b);
	buffer_init(b, b->max);
}

static bool grow(struct buffer *b, size_t need)
{
	size_t cap = b->cap ? b->cap : BUFFER_FIRST;
	uint8_t *p;

	while (cap < need)
		cap *= 2;
	if (cap > b->max)
		cap = b->max;
	p = realloc(b->p, cap);
	if (!p)
		return false;
	b->p = p;
	b->cap = cap;
	return true;
}

bool buffer_append(struct buffer *b, struct bytes from)
{
	if (from.n > buffer_room(b))
		return false;
	if (!from.n)
		return true;
	if (b->n + from.n > b->cap && !grow(b, b->n + from.n))
		return false;
	memcpy(b->p + b->n, from.p, from.n);
	b->n += from.n;
	return true;
}

void buffer_drop_front(struct buffer *b, size_t n)
{
	b->n -= n;
	if (b->n)
		memmove(b->p, b->p + n, b->n);
}
