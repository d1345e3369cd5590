/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/text.h"

#include <stdlib.h>

/* Most records fit; a first block that small records never outgrow. */
#define TEXT_FIRST 1024
/* Decimal digits of UINT64_MAX. */
#define U64_DIGITS 20

void text_release(struct text *t)
{
	free(t->p);
	text_init(t);
}

bool text_grow(struct text *t, size_t n)
{
	size_t size = t->size ? t->size : TEXT_FIRST;
	char *p;

	if (t->failed || n > SIZE_MAX / 2 - t->n)
		return false;
	while (size - t->n < n)
		size *= 2;
	p = realloc(t->p, size);
	if (!p) {
		t->failed = true;
		return false;
	}
	t->p = p;
	t->size = size;
	return true;
}

void text_put_spaces(struct text *t, size_t n)
{
	if (n && text_reserve(t, n)) {
		memset(t->p + t->n, ' ', n);
		t->n += n;
	}
}

void text_put_u64(struct text *t, uint64_t value)
{
	char digits[U64_DIGITS], *p = digits + sizeof(digits);

	do {
		*--p = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	text_put(t, p, (size_t)(digits + sizeof(digits) - p));
}

void text_put_hex(struct text *t, uint32_t value, unsigned width)
{
	while (width--)
		text_put_char(t, "0123456789abcdef"[value >> (4 * width) & 0xf]);
}

void text_put_ms(struct text *t, int64_t ns)
{
	uint64_t us = ((ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns) + 500) / 1000;

	if (ns < 0 && us)
		text_put_char(t, '-');
	text_put_u64(t, us / 1000);
	text_put_char(t, '.');
	text_put_char(t, (char)('0' + us / 100 % 10));
	text_put_char(t, (char)('0' + us / 10 % 10));
	text_put_char(t, (char)('0' + us % 10));
}
