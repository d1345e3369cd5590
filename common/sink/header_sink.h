/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header_sink.h - where header blocks and frames go: lines for people
 * (header_text.c), JSON for programs (header_json.c).
 *
 * As with sink.h: whole records to an output, nothing is kept of a record, the
 * caller flushes.
 */
#ifndef L7SCOPE_HEADER_SINK_H
#define L7SCOPE_HEADER_SINK_H

#include <stdbool.h>

#include "exchange/http2_records.h"
#include "sink/output.h"
#include "sink/wall_time.h"

struct header_sink_options {
	struct output *out;	/* outlives the sink */
	struct wall_time *time; /* the same */
	/* of text only */
	bool time_seconds, time_clock;
	bool wide;	   /* whole names and both addresses, nothing is cut */
	bool show_headers; /* the list below each line; JSON always has it */
	/* of both */
	bool show_secrets;
};

struct header_sink {
	void (*begin)(struct header_sink *s); /* once, before the first record: a header line */
	void (*block)(struct header_sink *s, const struct http2_block *block);
	/* Of any kind: whether those that carry blocks or data are shown is the caller's choice. */
	void (*frame)(struct header_sink *s, const struct http2_frame_record *frame);
	void (*free)(struct header_sink *s);
};

/* NULL: out of memory. */
struct header_sink *header_text_new(const struct header_sink_options *options);
struct header_sink *header_json_new(const struct header_sink_options *options);

#endif
