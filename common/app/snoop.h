/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snoop.h - what tools that print records as they come have in common: output
 * and its end, -n, the loop, the closing line.
 */
#ifndef L7SCOPE_SNOOP_H
#define L7SCOPE_SNOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "app/loss.h"
#include "app/options.h"
#include "app/source.h"
#include "exchange/tracker.h"
#include "sink/output.h"
#include "sink/wall_time.h"

struct snoop {
	const char *tool;
	const struct options *options;
	struct source *source;
	struct output out;
	struct wall_time time;
	uint64_t printed;
	bool ended; /* -n is reached */
};

/* What it runs on; all set. */
struct snoop_work {
	struct tracker *tracker;
	capture_event_fn *event;
	void *event_ctx;
	/* Completes what tool, printed, stats and counters do not say; prints it. */
	void (*closing)(void *ctx, struct closing *c, FILE *out);
	void *closing_ctx;
};

/* options and source outlive it. */
void snoop_init(struct snoop *s, const char *tool, const struct options *options, struct source *source);
void snoop_release(struct snoop *s);

/* May one more record be printed?  Then it counts. */
bool snoop_take(struct snoop *s);

/* From ready to the exit status; what was put to `out` before comes first. */
int snoop_run(struct snoop *s, const struct snoop_work *work, uint64_t started_ns);

#endif
