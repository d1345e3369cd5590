/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loss.h - says what was lost, as it happens and in the closing line.
 *
 * Nothing a tracer misses may be silent: the kernel side counts at each place
 * where it can lose, this turns counts into sentences.
 */
#ifndef L7SCOPE_LOSS_H
#define L7SCOPE_LOSS_H

#include <stdint.h>
#include <stdio.h>

#include "exchange/tracker.h"
#include "wire.h"

struct loss {
	uint64_t reported[WIRE_COUNTERS]; /* as of the last loss_report() */
};

/* One line for each cause that grew since the last call:
 * "httpsnoop: lost 12 events (ring buffer full)".  Call it once a second. */
void loss_report(struct loss *l, const char *tool, const uint64_t counters[WIRE_COUNTERS], FILE *out);

/* How often something was lost, whatever it was. */
uint64_t loss_sum(const uint64_t counters[WIRE_COUNTERS]);

struct closing {
	const char *tool;
	uint64_t printed;	  /* by tools that print exchanges */
	uint64_t counted, errors; /* by tools that count them: complete ones, and the others */
	uint64_t paths_given_up;  /* exchange_filter_given_up() */
	/* by tools that print header blocks: header_filter_given_up(), stream_set_forgotten() */
	uint64_t values_given_up, streams_forgotten;
	struct tracker_stats stats;
	uint64_t counters[WIRE_COUNTERS];
};

/*
 * The last line of a tool that prints exchanges, always of this form:
 *
 *     httpsnoop: exchanges 23, printed 20, lost 0, gaps 0, orphans 0, in flight 1
 *
 * With losses the number is followed by its parts, each "WHAT: WHY N", as in
 * "lost 12 (events: ring buffer full 12)".  Things that rarely happen follow
 * at the end only when they did.
 */
void loss_print_closing(const struct closing *c, FILE *out);

/*
 * The same of a tool that counts exchanges:
 *
 *     httplat: exchanges 1993, errors 2, lost 0
 */
void loss_print_closing_counts(const struct closing *c, FILE *out);

/*
 * The same of a tool that prints header blocks:
 *
 *     http2hdr: blocks 40, printed 38, fields unknown 0, lost 0, gaps 0
 */
void loss_print_closing_blocks(const struct closing *c, FILE *out);

#endif
