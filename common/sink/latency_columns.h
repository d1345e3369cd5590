/* SPDX-License-Identifier: Apache-2.0 */
/*
 * latency_columns.h - latencies as lines of a table.
 *
 * Columns are as wide as this table's widest cell needs, so that huge counts
 * do not push the rest of a line aside.
 */
#ifndef L7SCOPE_LATENCY_COLUMNS_H
#define L7SCOPE_LATENCY_COLUMNS_H

#include "sink/latency_sink.h"
#include "sink/text.h"

/* A header, and a line per row of i with its keys last.  screen: columns of the
 * terminal, to which keys are cut; 0: as long as they are. */
void latency_put_rows(struct text *out, const struct latency_layout *layout, const struct latency_interval *i,
		      unsigned screen);

/* A header, and a line per part of one row. */
void latency_put_parts(struct text *out, const struct latency_layout *layout, const struct latency_row *row);

/* One line, "pid 181, path /x". */
void latency_put_keys(struct text *out, const struct latency_layout *layout, const struct latency_row *row,
		      unsigned screen);

#endif
