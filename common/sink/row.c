/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/row.h"

#include "sink/escape.h"

void row_begin(struct row *r, struct text *out)
{
	*r = (struct row){.out = out, .start = out->n};
}

static void put_unknown(struct row *r)
{
	if (r->out->n == r->start)
		text_put_char(r->out, '-');
}

static void shift_right(struct text *out, size_t start, size_t n)
{
	if (n && !out->failed) {
		memmove(out->p + start + n, out->p + start, out->n - start - n);
		memset(out->p + start, ' ', n);
	}
}

void row_next(struct row *r, unsigned width, bool right)
{
	size_t padding;

	put_unknown(r);
	r->used += escape_columns(bytes_from(text_bytes(r->out), r->start));
	r->due += width;
	padding = r->used < r->due ? r->due - r->used : 0;
	text_put_spaces(r->out, padding);
	if (right)
		shift_right(r->out, r->start, padding);
	text_put_char(r->out, ' ');
	r->used += padding + 1;
	r->due++;
	r->start = r->out->n;
}

void row_end(struct row *r)
{
	put_unknown(r);
	text_put_char(r->out, '\n');
}

void row_clip(struct row *r, size_t columns)
{
	struct bytes cell = bytes_from(text_bytes(r->out), r->start);

	if (escape_columns(cell) <= columns)
		return;
	r->out->n = r->start + escape_fit(cell, columns - 1);
	text_put_char(r->out, '>');
}

size_t row_room(const struct row *r, size_t screen, size_t least)
{
	/* not the last column: some terminals wrap there already */
	return r->used + least < screen ? screen - 1 - r->used : least;
}
