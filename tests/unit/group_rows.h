/* SPDX-License-Identifier: Apache-2.0 */
/* group_rows.h - tables of latency by one key, for their tests. */
#ifndef L7SCOPE_TESTS_GROUP_ROWS_H
#define L7SCOPE_TESTS_GROUP_ROWS_H

#include "harness.h"

#include "app/latency_groups.h"

#define MS 1000000ull

static inline struct latency_groups *groups_new(size_t n_keys, size_t n_parts)
{
	struct latency_groups *g = latency_groups_new(n_keys, n_parts);

	ck_assert_ptr_nonnull(g);
	return g;
}

static inline struct histogram *row_of(struct latency_groups *g, const char *value)
{
	struct bytes v = value ? bytes_of_str(value) : bytes_of(NULL, 0);

	return latency_groups_row(g, &v);
}

static inline void add(struct latency_groups *g, const char *value, size_t n)
{
	struct histogram *h = row_of(g, value);

	for (size_t i = 0; i < n; i++)
		histogram_add(h, MS, 0);
}

static inline bool has_value(const struct latency_row *row, const char *value)
{
	return row->values[0].p && bytes_equal(row->values[0], bytes_of_str(value));
}

#endif
