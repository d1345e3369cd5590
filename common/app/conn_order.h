/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_order.h - which records are shown, and in which order.
 *
 * Numbers sort the largest first, words and addresses ascending; what is unknown
 * comes last in either direction.  Ties: more requests and bytes first, then older.
 */
#ifndef L7SCOPE_CONN_ORDER_H
#define L7SCOPE_CONN_ORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "exchange/conn_record.h"
#include "sink/conn_columns.h"

struct conn_order {
	enum conn_column by;
	bool reverse;
	const char
		*filter; /* only records with this in a name, address or state, without case; NULL, "": all */
	size_t rows;	 /* at most; 0: all */
};

/* By its conn_column_key(), without case.  false: no such column. */
bool conn_order_parse(const char *name, enum conn_column *by);
/* Does the filter (may be NULL) let it pass?  true when memory ran out. */
bool conn_order_match(const char *filter, const struct conn_record *r);

/* The answer, kept for the next time. */
struct conn_rows {
	struct conn_record *p;
	size_t n;
	size_t matched; /* before they were cut to order->rows */
	size_t max;
	struct conn_row_key *keys; /* scratch, of `max` too */
};

/* All zero is a valid, empty answer. */
void conn_rows_release(struct conn_rows *rows);
/* rows->p then holds copies of the chosen ones, which point to what `records` point to.
 * false: out of memory; there are no rows then. */
bool conn_rows_choose(struct conn_rows *rows, const struct conn_order *order,
		      const struct conn_record *records, size_t n);

#endif
