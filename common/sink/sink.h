/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink.h - where exchanges go: a table for people, JSON for programs.
 *
 * A sink writes whole records to an output and never keeps anything of an
 * exchange.  The caller flushes the output.
 */
#ifndef L7SCOPE_SINK_H
#define L7SCOPE_SINK_H

#include <stdbool.h>

#include "exchange/exchange.h"
#include "sink/output.h"
#include "sink/wall_time.h"

/* --header columns: more would not fit any screen. */
#define SINK_HEADERS_MAX 16

struct sink_options {
	struct output *out;	/* outlives the sink */
	struct wall_time *time; /* the same */
	bool time_seconds, time_clock;
	bool wide, extended, show_headers, show_secrets;
	const char *headers[SINK_HEADERS_MAX]; /* names to show as columns */
	size_t n_headers;
};

struct sink {
	void (*begin)(struct sink *s); /* once, before the first exchange: a header line */
	void (*exchange)(struct sink *s, const struct exchange *x);
	void (*free)(struct sink *s);
};

/* NULL: out of memory. */
struct sink *table_sink_new(const struct sink_options *options);
struct sink *json_sink_new(const struct sink_options *options);

#endif
