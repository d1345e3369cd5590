/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipeline.h - raw events in, exchanges worth showing out.
 *
 * Joins the tracker, the filters of the command line and the names of
 * containers; what happens to an exchange is the tool's business.
 */
#ifndef L7SCOPE_PIPELINE_H
#define L7SCOPE_PIPELINE_H

#include <stdbool.h>

#include "app/options.h"
#include "exchange/tracker.h"

/* A connection whose close may have been lost is looked for in the kernel after
 * this long; longer than anything stays in the buffers. */
#define PIPELINE_IDLE_NS 5000000000ull

struct containers;

struct pipeline {
	struct tracker *tracker;
	struct containers *containers; /* NULL: not wanted */
	const struct options *options;
	bool filter_source; /* a recording: the kernel has not filtered */
	tracker_exchange_fn *fn;
	void *ctx;
	uint64_t now_ns; /* the newest event's time */
	uint64_t passed; /* exchanges given to fn */
};

/* options outlive the pipeline.  false: out of memory. */
bool pipeline_init(struct pipeline *p, const struct options *options, tracker_exchange_fn *fn, void *ctx);
void pipeline_release(struct pipeline *p);

/* A capture_event_fn; ctx is the pipeline. */
void pipeline_event(void *ctx, const struct wire_event *event, const uint8_t *data);

#endif
