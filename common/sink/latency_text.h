/* SPDX-License-Identifier: Apache-2.0 */
/* latency_text.h - what the text views of latency_sink.h write alike. */
#ifndef L7SCOPE_LATENCY_TEXT_H
#define L7SCOPE_LATENCY_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "sink/latency_sink.h"
#include "sink/text.h"

/* BCC's words and way: on stdout, before everything. */
#define LATENCY_TRACING "Tracing HTTP latency... Hit Ctrl-C to end.\n"

#define LATENCY_QUANTILES 4

struct latency_quantile {
	const char *name; /* "p99.9" */
	const char *json; /* "p99_9" */
	unsigned per_100000;
};

extern const struct latency_quantile latency_quantiles[LATENCY_QUANTILES];

/* value / 10^decimals: 1043 with 3 decimals is 1.043. */
void latency_put_fixed(struct text *t, uint64_t value, unsigned decimals);

/* Whole microseconds, or milliseconds with three decimals; rounded down, as durations
 * are cut to whole microseconds everywhere else. */
void latency_put_time(struct text *t, uint64_t ns, enum latency_unit unit);

/* "99.87": per cent of all exchanges, failed ones included, that were within the
 * limit.  Rounded down: 100.00 means all.  "-" when there were none. */
void latency_put_share(struct text *t, const struct histogram *h);

/* Cuts the escaped text from `start` on to `columns` (at least 1), and then says so with a ">". */
void latency_clip(struct text *t, size_t start, size_t columns);

/* Fills the text from `start` on up to `columns`, at its left or its right. */
void latency_pad_left(struct text *t, size_t start, size_t columns);
void latency_pad_right(struct text *t, size_t start, size_t columns);

#endif
