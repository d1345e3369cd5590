/* SPDX-License-Identifier: Apache-2.0 */
/*
 * latency_sink.h - what the histogram tools print, interval by interval.
 *
 * Three views of the same rows: histograms and percentile lines
 * (latency_table.c), one JSON object per row (latency_json.c), one line of
 * colour per interval (latency_heatmap.c).
 */
#ifndef L7SCOPE_LATENCY_SINK_H
#define L7SCOPE_LATENCY_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/histogram.h"
#include "sink/output.h"
#include "sink/wall_time.h"

/* Names that rows may be split by, at most. */
#define LATENCY_KEYS_MAX 10
/* The whole and its parts (-B), at most. */
#define LATENCY_PARTS_MAX 9

enum latency_unit { LATENCY_US, LATENCY_MS };

/* The same for all intervals of a run; outlives the sink. */
struct latency_layout {
	const char *keys[LATENCY_KEYS_MAX]; /* "pid", "path", ...: what --by named */
	size_t n_keys;			    /* 0: one row, the whole */
	/* parts[0] is the whole ("total"); the others add up to it (-B) */
	const char *parts[LATENCY_PARTS_MAX];
	bool measured[LATENCY_PARTS_MAX]; /* false: this kernel cannot, shown as n/a */
	size_t n_parts;			  /* at least 1 */
	enum latency_unit unit;		  /* of text; JSON is always in us */
	uint64_t slo_ns;		  /* 0: no --slo */
	bool colour;			  /* heat map: the terminal may be coloured */
	bool timestamp;			  /* -T: a line with the time before each interval */
};

struct latency_row {
	struct bytes values[LATENCY_KEYS_MAX]; /* p NULL: unknown */
	bool other;		       /* the sum of all rows that found no place; values are not set */
	const struct histogram *parts; /* n_parts of them */
};

/* rows: most exchanges first, `other` last.  With n_keys == 0 exactly one row;
 * with keys, and nothing happened: none. */
struct latency_interval {
	uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC */
	const struct latency_row *rows;
	size_t n_rows;
	uint64_t lost; /* what was missed in this interval, in events */
};

struct latency_sink {
	void (*begin)(struct latency_sink *s); /* what precedes the first interval */
	void (*interval)(struct latency_sink *s, const struct latency_interval *i);
	void (*free)(struct latency_sink *s);
};

/* NULL: out of memory.  Each ends its records with output_end_record(). */
struct latency_sink *latency_table_new(struct output *out, struct wall_time *time,
				       const struct latency_layout *layout);
struct latency_sink *latency_json_new(struct output *out, struct wall_time *time,
				      const struct latency_layout *layout);
struct latency_sink *latency_heatmap_new(struct output *out, struct wall_time *time,
					 const struct latency_layout *layout);

#endif
