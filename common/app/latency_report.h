/* SPDX-License-Identifier: Apache-2.0 */
/*
 * latency_report.h - from what the source has to what is printed of an interval.
 *
 * Joins the source, the histograms and the sink.  Exchanges come through a
 * pipeline; when the kernel counts those of HTTP/1, only the others do.
 */
#ifndef L7SCOPE_LATENCY_REPORT_H
#define L7SCOPE_LATENCY_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "app/latency_feed.h"
#include "app/loss.h"
#include "app/options.h"
#include "app/pipeline.h"
#include "app/source.h"
#include "sink/latency_sink.h"

struct latency_report {
	const struct options *options;
	struct source *source;
	struct pipeline pipeline;
	struct latency_feed feed;
	struct latency_layout layout;
	struct latency_sink *sink;
	uint64_t intervals; /* reported */
	uint64_t lost;	    /* as of the last report */
	int error;	    /* errno of reading the kernel's rows; 0: none */
};

/* The others outlive the report.  false: out of memory. */
bool latency_report_init(struct latency_report *r, const struct options *options, struct source *source,
			 struct output *out, struct wall_time *time);
void latency_report_release(struct latency_report *r);

/* Once a second. */
void latency_report_collect(struct latency_report *r, uint64_t now_ns);

/* Prints what was counted since the last one.  false: it was the last, or failed. */
bool latency_report_interval(struct latency_report *r, uint64_t start_ns, uint64_t end_ns);

/* All that loss_print_closing_counts() needs, but the tool's name. */
struct closing latency_report_closing(const struct latency_report *r);

#endif
