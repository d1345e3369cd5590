/* SPDX-License-Identifier: Apache-2.0 */
/*
 * latency_feed.h - fills the histograms, from either of two sources.
 *
 * The kernel's rows, when it has counted; else whole exchanges.  Both mean the
 * same: an exchange with a complete response counts with its time, one without
 * counts as an error, without a status, and one whose request was not seen to
 * begin does not count.
 */
#ifndef L7SCOPE_LATENCY_FEED_H
#define L7SCOPE_LATENCY_FEED_H

#include <stdbool.h>

#include "app/latency_groups.h"
#include "app/options.h"
#include "exchange/exchange.h"
#include "wire.h"

struct containers;

struct latency_feed {
	const struct options *options;
	struct latency_groups *groups;
	struct containers *containers; /* of the kernel's rows; NULL: not wanted */
	/* since the beginning */
	uint64_t counted, errors;
	uint64_t untimed; /* exchanges of which something was lost: beside WIRE_LOST_UNTIMED */
};

/* After latency_options_apply(); options outlive the feed.  false: out of memory. */
bool latency_feed_init(struct latency_feed *f, const struct options *options);
void latency_feed_release(struct latency_feed *f);

/* A capture_latency_fn; ctx is the feed. */
void latency_feed_row(void *ctx, const struct wire_latency_key *key, const struct wire_latency *row);

/* A tracker_exchange_fn; ctx is the feed. */
void latency_feed_exchange(void *ctx, const struct exchange *x);

#endif
