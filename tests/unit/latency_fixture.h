/* SPDX-License-Identifier: Apache-2.0 */
/* latency_fixture.h - a latency feed with its options, for the tests of what it counts. */
#ifndef L7SCOPE_TESTS_LATENCY_FIXTURE_H
#define L7SCOPE_TESTS_LATENCY_FIXTURE_H

#include <check.h>

#include "app/latency_feed.h"
#include "app/options.h"

#define US 1000ull
#define MS 1000000ull

struct fixture {
	struct options options;
	struct latency_feed feed;
};

/* by: as after --by, or NULL; status: as after --status, or NULL. */
static inline void begin(struct fixture *t, const char *by, const char *status)
{
	char err[256];

	if (by)
		ck_assert(latency_by_parse(&t->options.latency.by, by, err, sizeof(err)));
	if (status)
		ck_assert(status_filter_parse(&t->options.filter.status, status, err, sizeof(err)));
	latency_options_apply(&t->options);
	ck_assert(latency_feed_init(&t->feed, &t->options));
}

static inline void end(struct fixture *t)
{
	latency_feed_release(&t->feed);
	options_release(&t->options);
}

static inline const struct latency_row *rows(struct fixture *t, size_t want)
{
	const struct latency_row *list;

	ck_assert_uint_eq(latency_groups_top(t->feed.groups, 10, &list), want);
	return list;
}

/* The row without --by. */
static inline const struct histogram *whole(struct fixture *t)
{
	return rows(t, 1)->parts;
}

static inline void check_value(const struct latency_row *row, size_t i, const char *want)
{
	if (!want)
		ck_assert_ptr_null(row->values[i].p);
	else
		ck_assert_msg(row->values[i].p && bytes_equal(row->values[i], bytes_of_str(want)),
			      "value %zu is not %s", i, want);
}

/* n exchanges of us microseconds each. */
static inline struct wire_latency wire_row(uint64_t n, uint64_t us)
{
	struct wire_latency row = {.count = n, .sum_ns = n * us * US, .min_ns = us * US, .max_ns = us * US};

	row.buckets[histogram_bucket(us)] = n;
	row.ms[0] = n;
	return row;
}

#endif
