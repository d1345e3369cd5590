/* SPDX-License-Identifier: Apache-2.0 */
#include "base/histogram.h"

#include <stddef.h>

#define SUB_BUCKETS	     (1u << HISTOGRAM_SUB_BITS)
#define NS_PER_US	     1000u
#define NS_PER_MS	     1000000u
#define PER_HUNDRED_THOUSAND 100000u

/* value > 0 */
static unsigned log2_floor(uint64_t value)
{
	return 63 - (unsigned)__builtin_clzll(value);
}

/* ---- bounds ---- */

unsigned histogram_bucket(uint64_t us)
{
	unsigned shift;

	if (us < SUB_BUCKETS)
		return (unsigned)us;
	if (us >> HISTOGRAM_TOP_BITS)
		return HISTOGRAM_BUCKETS - 1;
	shift = log2_floor(us) - HISTOGRAM_SUB_BITS;
	/* the leading bit of us >> shift is SUB_BUCKETS itself: it counts one power further */
	return (shift << HISTOGRAM_SUB_BITS) + (unsigned)(us >> shift);
}

uint64_t histogram_low(unsigned bucket)
{
	unsigned power = bucket >> HISTOGRAM_SUB_BITS, sub = bucket & (SUB_BUCKETS - 1);

	return power ? (uint64_t)(SUB_BUCKETS + sub) << (power - 1) : sub;
}

uint64_t histogram_high(unsigned bucket)
{
	return histogram_low(bucket + 1) - 1;
}

static unsigned ms_slot(uint64_t ms)
{
	unsigned slot = ms ? log2_floor(ms) : 0;

	return slot < HISTOGRAM_MS_SLOTS ? slot : HISTOGRAM_MS_SLOTS - 1;
}

/* ---- counting ---- */

static void widen(struct histogram *h, uint64_t min_ns, uint64_t max_ns)
{
	if (h->count == 0 || min_ns < h->min_ns)
		h->min_ns = min_ns;
	if (h->count == 0 || max_ns > h->max_ns)
		h->max_ns = max_ns;
}

void histogram_add(struct histogram *h, uint64_t ns, uint64_t limit_ns)
{
	widen(h, ns, ns);
	h->count++;
	h->sum_ns += ns;
	h->within += ns <= limit_ns;
	h->ms[ms_slot(ns / NS_PER_MS)]++;
	h->buckets[histogram_bucket(ns / NS_PER_US)]++;
}

void histogram_merge(struct histogram *h, const struct histogram *from)
{
	h->errors += from->errors;
	if (from->count == 0)
		return;
	widen(h, from->min_ns, from->max_ns);
	h->count += from->count;
	h->sum_ns += from->sum_ns;
	h->within += from->within;
	for (size_t i = 0; i < HISTOGRAM_MS_SLOTS; i++)
		h->ms[i] += from->ms[i];
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		h->buckets[i] += from->buckets[i];
}

/* ---- reading ---- */

/* ceil(count * p), without the product, which need not fit; 1 ... count */
static uint64_t rank_of(uint64_t count, unsigned per_100000)
{
	uint64_t whole = count / PER_HUNDRED_THOUSAND * per_100000;
	uint64_t rest = count % PER_HUNDRED_THOUSAND * per_100000;
	uint64_t rank = whole + (rest + PER_HUNDRED_THOUSAND - 1) / PER_HUNDRED_THOUSAND;

	return rank ? rank : 1;
}

/* The rank-th of the n durations in a bucket, were they spread evenly over it:
 * each in the middle of an nth part, so that none is outside of it. */
static uint64_t interpolate(const struct histogram *h, unsigned bucket, uint64_t rank)
{
	uint64_t low = histogram_low(bucket) * NS_PER_US;
	uint64_t width = (histogram_high(bucket) + 1) * NS_PER_US - low;
	unsigned __int128 part;

	/* the last bucket ends with what it counts, which may be anywhere above */
	if (bucket == HISTOGRAM_BUCKETS - 1 && h->max_ns - low >= width)
		width = h->max_ns - low + 1;
	part = (unsigned __int128)width * (2 * (unsigned __int128)rank - 1);
	return low + (uint64_t)(part / h->buckets[bucket] / 2);
}

static uint64_t clamp(uint64_t ns, uint64_t low, uint64_t high)
{
	if (ns < low)
		return low;
	return ns > high ? high : ns;
}

uint64_t histogram_percentile_ns(const struct histogram *h, unsigned per_100000)
{
	uint64_t rank = rank_of(h->count, per_100000);

	if (h->count == 0)
		return 0;
	/* the ends are known exactly */
	if (rank == 1)
		return h->min_ns;
	if (rank == h->count)
		return h->max_ns;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (rank <= h->buckets[i])
			return clamp(interpolate(h, i, rank), h->min_ns, h->max_ns);
		rank -= h->buckets[i];
	}
	return h->max_ns;
}

uint64_t histogram_mean_ns(const struct histogram *h)
{
	return h->count ? h->sum_ns / h->count : 0;
}
