/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_loop.h - what every tool does between ready and exit.
 *
 * Polls the source, lets the tool flush after each batch, reports losses once a
 * second, tells the tool when an interval has passed, ends on SIGINT, SIGTERM,
 * -d or the end of a recording; then detaches and hands over what was still on
 * its way.
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
	/*
	 * NULL: no intervals are wanted.  Called when options->interval_ns have
	 * passed, when the run ends in the middle of an interval, and without
	 * interval_ns only at its end.  Times are CLOCK_MONOTONIC; an interval
	 * begins where the one before it ended, and ends a whole number of
	 * interval_ns after the first began: several if the machine was so busy.
	 * All events that came before it are handed over by then.  false ends
	 * the run.
	 */
	bool (*interval)(void *ctx, uint64_t start_ns, uint64_t end_ns);
	void *ctx;
	bool quiet; /* the source has few events: look at it rarely */
};

/*
 * All is open, no thread is started yet, and events come within the next call:
 * enters the sandbox (sandbox.h), prints "ready in N ms" (-v), serves --ready-fd.
 * false: privileges could not be given up, which was printed.
 */
bool run_announce(const struct run *r);

/* 0, or 1 after a failure, which was printed. */
int run_loop(const struct run *r);

/* --check and --ebpf do something else instead of running: true, and the exit status. */
bool run_instead(const char *tool, const struct options *o, int *status);

/*
 * A tool from parsed options to its exit status: takes signals, opens the
 * source, calls the function, closes the source; says what fails.  Or what
 * run_instead() does.
 */
typedef int run_source_fn(const struct options *o, struct source *source, uint64_t started_ns);
int run_source(const char *tool, const struct options *o, run_source_fn *fn, uint64_t started_ns);

#endif
