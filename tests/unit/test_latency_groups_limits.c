/* SPDX-License-Identifier: Apache-2.0 */
/* How many keys there may be, memory that is not there, and that nothing is lost from the sums. */
#include "harness.h"

#include <stdio.h>

#include "group_rows.h"

/* ---- bounds ---- */

#define PATHS 10000

/* Path i occurs 1 + i % 7 times, every 11th time in vain, and takes i us. */
static void add_paths(struct latency_groups *g)
{
	char path[32];

	for (size_t round = 0; round < 7; round++) {
		for (size_t i = 0; i < PATHS; i++) {
			struct histogram *h;

			if (i % 7 < round)
				continue;
			snprintf(path, sizeof(path), "/item/%zu", i);
			h = row_of(g, path);
			if (i % 11 == 0)
				h->errors++;
			else
				histogram_add(h, i * 1000, PATHS / 2 * 1000);
		}
	}
}

static void expect_paths(const struct latency_row *rows, size_t n)
{
	struct histogram expected = {0}, sum = {0};

	for (size_t i = 0; i < PATHS; i++) {
		for (size_t times = 1 + i % 7; times; times--) {
			if (i % 11 == 0)
				expected.errors++;
			else
				histogram_add(&expected, i * 1000, PATHS / 2 * 1000);
		}
	}
	for (size_t i = 0; i < n; i++)
		histogram_merge(&sum, &rows[i].parts[0]);
	ck_assert_mem_eq(&sum, &expected, sizeof(sum));
}

START_TEST(ten_thousand_paths)
{
	struct latency_groups *g = groups_new(1, 1);
	const struct latency_row *rows;
	size_t n;

	for (size_t round = 0; round < 3; round++) {
		add_paths(g);
		n = latency_groups_top(g, LATENCY_GROUPS_MAX, &rows);
		ck_assert_uint_eq(n, LATENCY_GROUPS_MAX + 1);
		for (size_t i = 0; i < LATENCY_GROUPS_MAX; i++)
			ck_assert(!rows[i].other);
		ck_assert(rows[LATENCY_GROUPS_MAX].other);
		expect_paths(rows, n);

		n = latency_groups_top(g, 10, &rows);
		ck_assert_uint_eq(n, 11);
		ck_assert_uint_eq(rows[0].parts[0].count + rows[0].parts[0].errors, 7);
		expect_paths(rows, n);
		latency_groups_clear(g);
		ck_assert_uint_eq(latency_groups_top(g, 10, &rows), 0);
	}
	latency_groups_free(g);
}
END_TEST

START_TEST(a_full_table_still_finds)
{
	struct latency_groups *g = groups_new(1, 1);
	const struct latency_row *rows;
	struct histogram *first, *over;
	char path[32];

	first = row_of(g, "/first");
	for (size_t i = 1; i < LATENCY_GROUPS_MAX; i++) {
		snprintf(path, sizeof(path), "/%zu", i);
		ck_assert_ptr_ne(row_of(g, path), first);
	}
	over = row_of(g, "/over");
	ck_assert_ptr_eq(row_of(g, "/yet/another"), over);
	ck_assert_ptr_eq(row_of(g, "/first"), first);
	ck_assert_ptr_ne(over, first);
	ck_assert_uint_eq(latency_groups_top(g, SIZE_MAX, &rows), LATENCY_GROUPS_MAX);
	over->errors++;
	ck_assert_uint_eq(latency_groups_top(g, SIZE_MAX, &rows), LATENCY_GROUPS_MAX + 1);
	ck_assert(rows[LATENCY_GROUPS_MAX].other);
	ck_assert_uint_eq(rows[LATENCY_GROUPS_MAX].parts[0].errors, 1);
	latency_groups_free(g);
}
END_TEST

/* ---- memory ---- */

static uint64_t sum_of_counts(const struct latency_row *rows, size_t n, size_t part)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += rows[i].parts[part].count;
	return sum;
}

static void count_without_memory(void *ctx)
{
	const size_t *n_keys = ctx;
	struct latency_groups *g = latency_groups_new(*n_keys, LATENCY_PARTS_MAX);
	const struct latency_row *rows;
	size_t n;

	if (!g)
		return;
	for (size_t i = 0; i < 30; i++) {
		char value[] = {(char)('a' + i % 10), '\0'};
		struct bytes values[2] = {bytes_of_str(value), {NULL, 0}};
		struct histogram *h = latency_groups_row(g, values);

		histogram_add(&h[0], MS, 0);
		histogram_add(&h[LATENCY_PARTS_MAX - 1], MS, 0);
	}
	n = latency_groups_top(g, 5, &rows);
	ck_assert_uint_eq(n, *n_keys ? 6 : 1);
	ck_assert_uint_eq(sum_of_counts(rows, n, 0), 30);
	ck_assert_uint_eq(sum_of_counts(rows, n, 1), 0);
	ck_assert_uint_eq(sum_of_counts(rows, n, LATENCY_PARTS_MAX - 1), 30);
	latency_groups_clear(g);
	latency_groups_free(g);
}

START_TEST(each_allocation_may_fail)
{
	size_t n_keys = 2;

	ck_assert(harness_alloc_hooked());
	ck_assert_int_ge(fail_each_alloc(count_without_memory, &n_keys), 10);
	n_keys = 0;
	ck_assert_int_ge(fail_each_alloc(count_without_memory, &n_keys), 3);
}
END_TEST

/* A key that found no memory gets its row when there is some again. */
START_TEST(without_memory_it_is_other)
{
	struct latency_groups *g = groups_new(1, 1);
	const struct latency_row *rows;

	add(g, "/before", 4);
	harness_fail_alloc(0);
	add(g, "/during", 2);
	harness_fail_alloc(-1);
	add(g, "/during", 3);
	ck_assert_uint_eq(latency_groups_top(g, 10, &rows), 3);
	ck_assert(has_value(&rows[0], "/before"));
	ck_assert(has_value(&rows[1], "/during"));
	ck_assert_uint_eq(rows[1].parts[0].count, 3);
	ck_assert(rows[2].other);
	ck_assert_uint_eq(rows[2].parts[0].count, 2);
	latency_groups_free(g);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("latency_groups_limits");
	TCase *tc = tcase_create("latency_groups_limits");

	tcase_add_test(tc, ten_thousand_paths);
	tcase_add_test(tc, a_full_table_still_finds);
	tcase_add_test(tc, each_allocation_may_fail);
	tcase_add_test(tc, without_memory_it_is_other);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
