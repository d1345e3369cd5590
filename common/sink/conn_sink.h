/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_sink.h - what conntop prints, interval by interval.
 *
 * Blocks of lines (conn_text.c), one JSON object per connection (conn_json.c), a
 * graph (conn_graph.c: text for people, Graphviz for --dot).  The screen is
 * app/conn_screen.c, which draws rows with conn_columns.h, too.
 */
#ifndef L7SCOPE_CONN_SINK_H
#define L7SCOPE_CONN_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "exchange/conn_record.h"
#include "sink/output.h"
#include "sink/wall_time.h"

/* BCC's words and way: on stdout, before everything that people read. */
#define CONN_TRACING "Tracing connections... Hit Ctrl-C to end.\n"
/* To the upper left corner, then forget all that is below (ECMA-48 CUP, ED). */
#define CONN_CLEAR_SCREEN "\033[H\033[J"

struct conn_sink_options {
	struct output *out;	/* outlives the sink */
	struct wall_time *time; /* the same */
	bool wide;		/* nothing is clipped */
	bool extended;		/* container and pod columns */
	bool grouped;		/* rows are groups: their name comes first, with the number of connections */
	bool clear;		/* a terminal, without -C: each block replaces the one before */
};

struct conn_interval {
	const struct conn_summary *summary;
	const struct conn_record *records; /* sorted, filtered and cut */
	size_t n_records;
	const struct conn_edge *edges; /* only for graphs */
	size_t n_edges;
};

struct conn_sink {
	void (*begin)(struct conn_sink *s);
	void (*interval)(struct conn_sink *s, const struct conn_interval *i);
	void (*free)(struct conn_sink *s);
};

/* NULL: out of memory. */
struct conn_sink *conn_text_new(const struct conn_sink_options *options);
struct conn_sink *conn_json_new(const struct conn_sink_options *options);
struct conn_sink *conn_graph_new(const struct conn_sink_options *options, bool dot);

/* ---- what the screen shows, too; screen: columns to which lines are cut, 0: as long as they are ---- */

/* What is true of the whole machine, in CONN_SUMMARY_LINES lines. */
#define CONN_SUMMARY_LINES 3
void conn_put_summary(struct text *out, struct wall_time *time, const struct conn_interval *i,
		      unsigned screen);

/* A line per edge: "curl[123] -> nginx[9]:80  12.0 req/s  0.0 % err  p99 1.2 ms  1.0M/s". */
void conn_put_edges(struct text *out, const struct conn_interval *i, unsigned screen);

#endif
