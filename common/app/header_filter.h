/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header_filter.h - which header blocks and frames of HTTP/2 are printed.
 *
 * Two kinds of filters.  Those of streams (--stream, --grpc, --method, --host,
 * --path) choose whole streams: what was found out in one block holds for all
 * that comes later on the stream.  Those of blocks (--match, --status,
 * --grpc-status) look at each block by itself.  What is unknown matches nothing.
 */
#ifndef L7SCOPE_HEADER_FILTER_H
#define L7SCOPE_HEADER_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/exchange_filter.h"
#include "app/header_match.h"
#include "app/stream_set.h"
#include "exchange/http2_records.h"

/* Only what exchange_filter has not: the same members are used of that. */
struct header_criteria {
	uint32_t streams[FILTER_VALUES_MAX];
	size_t n_streams;
	struct header_match *matches[FILTER_VALUES_MAX]; /* owned; joined by AND */
	size_t n_matches;
	bool grpc;
};

void header_criteria_release(struct header_criteria *c);

struct header_filter {
	const struct exchange_filter *http;
	const struct header_criteria *criteria;
	struct stream_set *streams;
	unsigned needs; /* bits a stream must have */
};

/* http and criteria outlive it.  false: out of memory. */
bool header_filter_init(struct header_filter *f, const struct exchange_filter *http,
			const struct header_criteria *criteria);
void header_filter_release(struct header_filter *f);

/* Each must see all blocks and frames, in order: they also learn. */
bool header_filter_block(struct header_filter *f, const struct http2_block *block);
bool header_filter_frame(struct header_filter *f, const struct http2_frame_record *record);
/* Does it learn from frames?  Else only those that may be printed need to be seen. */
bool header_filter_needs_frames(const struct header_filter *f);

/* Values that the regular expressions of --match could not judge within their budget. */
uint64_t header_filter_given_up(const struct header_filter *f);

#endif
