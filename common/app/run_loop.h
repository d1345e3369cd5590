/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_loop.h - what every tool does between ready and exit.
 *
 * Polls the source, lets the tool flush after each batch, reports losses once a
 * second, ends on SIGINT, SIGTERM, -d or the end of a recording; then detaches
 * and hands over what was still on its way.
 */
#ifndef L7SCOPE_RUN_LOOP_H
#define L7SCOPE_RUN_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "app/options.h"
#include "app/source.h"

struct run {
	const char *tool;
	const struct options *options;
	struct source *source;
	uint64_t started_ns; /* clock_process_start_ns() */

	capture_event_fn *event;
	void *event_ctx;

	/* After each batch of events, also an empty one; false ends the run. */
	bool (*batch)(void *ctx);
	/* Once a second, and at the start. */
	void (*second)(void *ctx, uint64_t now_ns);
	void *ctx;
};

/* Events come within the next call: prints "ready in N ms" (-v), serves --ready-fd. */
void run_announce(const struct run *r);

/* 0, or 1 after a failure, which was printed. */
int run_loop(const struct run *r);

/* --check and --ebpf do something else instead of running: true, and the exit status. */
bool run_instead(const char *tool, const struct options *o, int *status);

#endif
