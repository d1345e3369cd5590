/* SPDX-License-Identifier: Apache-2.0 */
/*
 * row.h - the cells of one line, under their titles.
 *
 * A cell that is wider than its column shifts those after it only until their
 * padding has made up for it.
 */
#ifndef L7SCOPE_ROW_H
#define L7SCOPE_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "sink/text.h"

struct row {
	struct text *out;
	size_t start; /* of the current cell, in out */
	size_t used;  /* columns before it, with what separates cells */
	size_t due;   /* columns there would be before it if every cell were as wide as its column */
};

/* After this, and after row_next(), the caller appends a cell's text, escaped. */
void row_begin(struct row *r, struct text *out);
/* Ends the cell.  Empty means unknown: "-". */
void row_next(struct row *r, unsigned width, bool right);
/* Ends the last cell, and the line. */
void row_end(struct row *r);

/* Cuts the current cell to `columns`, and then says so with a ">". */
void row_clip(struct row *r, size_t columns);
/* How much of the current cell a terminal of that width shows without wrapping,
 * but `least`. */
size_t row_room(const struct row *r, size_t screen, size_t least);

#endif
