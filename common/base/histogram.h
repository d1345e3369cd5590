/* SPDX-License-Identifier: Apache-2.0 */
/*
 * histogram.h - how often a duration occurred, with bounded relative error.
 *
 * Durations are cut to whole microseconds.  Below 2^HISTOGRAM_SUB_BITS us each
 * value has its own bucket; above, each power of two is divided into
 * 2^HISTOGRAM_SUB_BITS equal buckets, so that a bucket is never wider than
 * 1/16 (6.25 %) of the values in it.  The kernel side counts in the same
 * buckets (wire.h, struct wire_latency).
 */
#ifndef L7SCOPE_HISTOGRAM_H
#define L7SCOPE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SUB_BITS 4
/* Values of 2^HISTOGRAM_TOP_BITS us (1,073 s) and more are in the last bucket. */
#define HISTOGRAM_TOP_BITS 30
#define HISTOGRAM_BUCKETS  ((HISTOGRAM_TOP_BITS - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS)
/* Whole milliseconds by powers of two: 0-1, 2-3, 4-7, ...  Kept beside the
 * buckets, whose bounds are no whole milliseconds. */
#define HISTOGRAM_MS_SLOTS 21

struct histogram {
	uint64_t count; /* sum of the buckets */
	uint64_t sum_ns;
	uint64_t min_ns, max_ns; /* meaningless when count is 0 */
	uint64_t within;	 /* of count: not longer than the limit asked for (--slo) */
	uint64_t errors;	 /* exchanges without a complete response; not in count */
	uint64_t ms[HISTOGRAM_MS_SLOTS];
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* All zero is a valid, empty histogram. */

/* Which bucket a duration in us is counted in: < HISTOGRAM_BUCKETS. */
unsigned histogram_bucket(uint64_t us);
/* The smallest and the largest duration of a bucket, in us, inclusive.  The last
 * one's high is 2^30 - 1 although larger values are counted there, too: max_ns tells. */
uint64_t histogram_low(unsigned bucket);
uint64_t histogram_high(unsigned bucket);

/* limit_ns: counts into `within` when ns <= limit_ns. */
void histogram_add(struct histogram *h, uint64_t ns, uint64_t limit_ns);
/* Adds all of `from`. */
void histogram_merge(struct histogram *h, const struct histogram *from);

/*
 * The duration in ns that `per_100000` of 100,000 do not exceed (50000: the
 * median): the ceil(count * p)-th smallest, found in its bucket and interpolated
 * in it by rank; never outside of [min_ns, max_ns].  0 when empty.
 */
uint64_t histogram_percentile_ns(const struct histogram *h, unsigned per_100000);
/* Rounded down; 0 when empty. */
uint64_t histogram_mean_ns(const struct histogram *h);

#endif
