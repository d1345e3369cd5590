/* SPDX-License-Identifier: Apache-2.0 */
/* conn_cells.h - what stands in each column of conn_columns.h. */
#ifndef L7SCOPE_CONN_CELLS_H
#define L7SCOPE_CONN_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#include "sink/conn_columns.h"

/* From this width on a role is a word. */
#define CONN_ROLE_WORD_WIDTH 7

struct conn_cell {
	struct text *out;
	const struct conn_record *r;
	uint64_t interval_ns;
	unsigned width; /* how much there is room for; 0: whole, nothing is shortened */
};

struct conn_cell_kind {
	const char *key, *title;
	bool right; /* aligned */
	bool clip;  /* put() may write more than the width: to be cut with a ">" */
	/* Appends the cell's text, escaped, without padding; nothing: unknown. */
	void (*put)(const struct conn_cell *c);
};

extern const struct conn_cell_kind conn_cells[CONN_COLS];

#endif
