/* SPDX-License-Identifier: Apache-2.0 */
/*
 * latency_groups.h - histograms by key: what --by splits into.
 *
 * Bounded: once LATENCY_GROUPS_MAX keys were seen in an interval, all others
 * share one row, "other".  Nothing is ever dropped from the sums.
 */
#ifndef L7SCOPE_LATENCY_GROUPS_H
#define L7SCOPE_LATENCY_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/histogram.h"
#include "sink/latency_sink.h"

/* About 4 KB each, resident only when used: 8 MB at worst. */
#define LATENCY_GROUPS_MAX 2048
/* A longer value (a path) is cut to this, and then means all that begin so. */
#define LATENCY_VALUE_MAX 256

struct latency_groups; /* opaque */

/* n_keys values make up a key (0: one row only, which always exists); n_parts
 * histograms belong to each.  NULL: out of memory. */
struct latency_groups *latency_groups_new(size_t n_keys, size_t n_parts);
void latency_groups_free(struct latency_groups *g); /* takes NULL */

/*
 * The histograms (n_parts) of that key, made when it is new; the "other" row's
 * when there is no room or memory.  values: n_keys of them, or NULL for
 * the row "other" itself; p NULL is
 * "unknown", which is a key of its own; copied.  Valid until latency_groups_clear().
 */
struct histogram *latency_groups_row(struct latency_groups *g, const struct bytes *values);

/*
 * The `top` rows with most exchanges (count + errors of part 0), ties in the
 * order of their values, then "other" (table overflow and all rows beyond top)
 * when it holds anything.  Returns how many rows there are; *rows is owned by g
 * and valid until the next call with g.
 */
size_t latency_groups_top(struct latency_groups *g, size_t top, const struct latency_row **rows);

/* Forgets all keys: the next interval begins. */
void latency_groups_clear(struct latency_groups *g);

#endif
