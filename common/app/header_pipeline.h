/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header_pipeline.h - raw events in, header blocks and frames worth showing out.
 *
 * What pipeline.h is to exchanges.
 */
#ifndef L7SCOPE_HEADER_PIPELINE_H
#define L7SCOPE_HEADER_PIPELINE_H

#include <stdbool.h>

#include "app/header_filter.h"
#include "app/loss.h"
#include "app/options.h"
#include "exchange/tracker.h"

/* Whom it is for. */
struct header_consumer {
	tracker_block_fn *block;
	tracker_frame_fn *frame; /* with -f: of kinds that hold no header block */
	void *ctx;
};

struct header_pipeline {
	struct tracker *tracker;
	const struct options *options;
	struct header_filter filter;
	struct header_consumer to;
	bool filter_source; /* a recording: the kernel has not filtered */
};

/* options outlive the pipeline.  false: out of memory. */
bool header_pipeline_init(struct header_pipeline *p, const struct options *options,
			  const struct header_consumer *to);
void header_pipeline_release(struct header_pipeline *p);

/* A capture_event_fn; ctx is the pipeline. */
void header_pipeline_event(void *ctx, const struct wire_event *event, const uint8_t *data);

/* What was given up for the filters' sake. */
void header_pipeline_closing(const struct header_pipeline *p, struct closing *c);

#endif
