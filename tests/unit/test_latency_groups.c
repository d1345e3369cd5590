/* SPDX-License-Identifier: Apache-2.0 */
/* Rows by key: which keys are one, which rows come first, and what is left for "other". */
#include "harness.h"

#include <stdio.h>

#include "group_rows.h"

/* ---- without keys ---- */

START_TEST(without_keys_there_is_one_row)
{
	struct latency_groups *g = groups_new(0, 2);
	const struct latency_row *rows;

	ck_assert_uint_eq(latency_groups_top(g, 10, &rows), 1);
	ck_assert(!rows[0].other);
	ck_assert_uint_eq(rows[0].parts[0].count, 0);

	histogram_add(&latency_groups_row(g, NULL)[0], 3 * MS, 0);
	histogram_add(&latency_groups_row(g, NULL)[1], 2 * MS, 0);
	for (size_t top = 0; top < 2; top++) {
		ck_assert_uint_eq(latency_groups_top(g, top, &rows), 1);
		ck_assert(!rows[0].other);
		ck_assert_uint_eq(rows[0].parts[0].max_ns, 3 * MS);
		ck_assert_uint_eq(rows[0].parts[1].max_ns, 2 * MS);
	}
	latency_groups_clear(g);
	ck_assert_uint_eq(latency_groups_top(g, 1, &rows), 1);
	ck_assert_uint_eq(rows[0].parts[0].count, 0);
	ck_assert_uint_eq(rows[0].parts[1].count, 0);
	latency_groups_free(g);
}
END_TEST

/* ---- keys ---- */

START_TEST(equal_keys_share_a_row)
{
	struct latency_groups *g = groups_new(1, 1);
	char copy[] = "/a";
	struct histogram *a = row_of(g, "/a");

	ck_assert_ptr_eq(row_of(g, copy), a);
	ck_assert_ptr_ne(row_of(g, "/b"), a);
	ck_assert_ptr_ne(row_of(g, "/A"), a);
	ck_assert_ptr_ne(row_of(g, "/a/"), a);
	ck_assert_ptr_eq(row_of(g, "/a"), a);
	latency_groups_free(g);
}
END_TEST

START_TEST(values_are_copied)
{
	struct latency_groups *g = groups_new(1, 1);
	const struct latency_row *rows;
	struct guarded value = guard_copy_str("/path/of/some/length");
	struct histogram *h = latency_groups_row(g, &value.bytes);

	histogram_add(h, MS, 0);
	guard_free(&value);
	ck_assert_ptr_eq(row_of(g, "/path/of/some/length"), h);
	ck_assert_uint_eq(latency_groups_top(g, 1, &rows), 1);
	ck_assert(has_value(&rows[0], "/path/of/some/length"));
	ck_assert_ptr_eq(rows[0].parts, h);
	latency_groups_free(g);
}
END_TEST

/* Every one of these is a key of its own. */
static const struct bytes odd_values[] = {
	{NULL, 0},
	{(const uint8_t *)"", 0},
	{(const uint8_t *)"\0", 1},
	{(const uint8_t *)"\0\0", 2},
	{(const uint8_t *)"\0\0\0\0\0\0\0", 7},
	{(const uint8_t *)"\0\0\0\0\0\0\0\0", 8},
	{(const uint8_t *)"a", 1},
	{(const uint8_t *)"a\0", 2},
	{(const uint8_t *)"a\0b", 3},
	{(const uint8_t *)"ab", 2},
	{(const uint8_t *)"1234567", 7},
	{(const uint8_t *)"12345678", 8},
	{(const uint8_t *)"1234567\0", 8},
	{(const uint8_t *)"\xff", 1},
};
#define ODD_VALUES (sizeof(odd_values) / sizeof(odd_values[0]))

START_TEST(any_bytes_make_a_key)
{
	struct latency_groups *g = groups_new(1, 1);
	struct histogram *found[ODD_VALUES];
	const struct latency_row *rows;

	for (size_t i = 0; i < ODD_VALUES; i++) {
		found[i] = latency_groups_row(g, &odd_values[i]);
		for (size_t j = 0; j < i; j++)
			ck_assert_msg(found[i] != found[j], "%zu is %zu", i, j);
		found[i]->count = ODD_VALUES - i;
	}
	ck_assert_uint_eq(latency_groups_top(g, ODD_VALUES, &rows), ODD_VALUES);
	for (size_t i = 0; i < ODD_VALUES; i++) {
		ck_assert_ptr_eq(latency_groups_row(g, &odd_values[i]), found[i]);
		ck_assert(bytes_equal(rows[i].values[0], odd_values[i]));
		ck_assert(!rows[i].values[0].p == !odd_values[i].p);
	}
	latency_groups_free(g);
}
END_TEST

/* The same bytes, divided otherwise. */
START_TEST(keys_of_several_values)
{
	static const char *const keys[][3] = {
		{"a", "b", "c"}, {"ab", "", "c"},  {"a", "bc", ""},  {"", "ab", "c"},	{"abc", "", ""},
		{"", "", "abc"}, {NULL, "a", "b"}, {"a", NULL, "b"}, {"a", "b", NULL},	{NULL, NULL, "ab"},
		{"", "", ""},	 {NULL, "", ""},   {"", NULL, ""},   {NULL, NULL, NULL}};
	struct latency_groups *g = groups_new(3, 1);
	const struct latency_row *rows;
	size_t n = sizeof(keys) / sizeof(keys[0]);

	for (size_t round = 0; round < 2; round++) {
		for (size_t i = 0; i < n; i++) {
			struct bytes values[3];

			for (size_t k = 0; k < 3; k++)
				values[k] = keys[i][k] ? bytes_of_str(keys[i][k]) : bytes_of(NULL, 0);
			latency_groups_row(g, values)->count++;
		}
	}
	ck_assert_uint_eq(latency_groups_top(g, 100, &rows), n);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(rows[i].parts[0].count, 2);
	latency_groups_free(g);
}
END_TEST

START_TEST(ten_values)
{
	struct latency_groups *g = groups_new(LATENCY_KEYS_MAX, 1);
	struct bytes values[LATENCY_KEYS_MAX];
	const struct latency_row *rows;
	struct histogram *h;

	for (size_t i = 0; i < LATENCY_KEYS_MAX; i++)
		values[i] = bytes_of(&"0123456789"[i], 1);
	h = latency_groups_row(g, values);
	values[9] = bytes_of("x", 1);
	ck_assert_ptr_ne(latency_groups_row(g, values), h);
	h->count = 2;
	ck_assert_uint_eq(latency_groups_top(g, 1, &rows), 1);
	for (size_t i = 0; i < LATENCY_KEYS_MAX; i++)
		ck_assert(bytes_equal(rows[0].values[i], bytes_of(&"0123456789"[i], 1)));
	latency_groups_free(g);
}
END_TEST

START_TEST(long_values_are_cut)
{
	struct latency_groups *g = groups_new(1, 1);
	char path[2 * LATENCY_VALUE_MAX];
	const struct latency_row *rows;
	struct bytes v;
	struct histogram *h;

	memset(path, 'a', sizeof(path));
	v = bytes_of(path, LATENCY_VALUE_MAX);
	h = latency_groups_row(g, &v);
	h->count = 1;
	path[LATENCY_VALUE_MAX] = 'b';
	v.n = sizeof(path);
	ck_assert_ptr_eq(latency_groups_row(g, &v), h);
	v.n = LATENCY_VALUE_MAX - 1;
	ck_assert_ptr_ne(latency_groups_row(g, &v), h);
	latency_groups_top(g, 1, &rows);
	ck_assert(bytes_equal(rows[0].values[0], bytes_of(path, LATENCY_VALUE_MAX)));
	latency_groups_free(g);
}
END_TEST

/* ---- the top ---- */

START_TEST(most_exchanges_first)
{
	struct latency_groups *g = groups_new(1, 1);
	const struct latency_row *rows;

	add(g, "/one", 1);
	add(g, "/five", 5);
	add(g, "/three", 2);
	row_of(g, "/three")->errors = 1;
	add(g, "/four", 4);
	row_of(g, "/failing")->errors = 6;
	ck_assert_uint_eq(latency_groups_top(g, 10, &rows), 5);
	ck_assert(has_value(&rows[0], "/failing"));
	ck_assert(has_value(&rows[1], "/five"));
	ck_assert(has_value(&rows[2], "/four"));
	ck_assert(has_value(&rows[3], "/three"));
	ck_assert(has_value(&rows[4], "/one"));
	for (size_t i = 0; i < 5; i++)
		ck_assert(!rows[i].other);
	latency_groups_free(g);
}
END_TEST

START_TEST(ties_in_the_order_of_values)
{
	static const char *const order[] = {NULL, "", "/", "/a", "/a/b", "/b", "a"};
	struct latency_groups *g = groups_new(1, 1);
	const struct latency_row *rows;
	size_t n = sizeof(order) / sizeof(order[0]);

	for (size_t i = 0; i < n; i++)
		add(g, order[(i * 3 + 2) % n], 1);
	ck_assert_uint_eq(latency_groups_top(g, n, &rows), n);
	ck_assert_ptr_null(rows[0].values[0].p);
	for (size_t i = 1; i < n; i++)
		ck_assert(has_value(&rows[i], order[i]));
	latency_groups_free(g);
}
END_TEST

START_TEST(the_rest_is_other)
{
	struct latency_groups *g = groups_new(1, 2);
	const struct latency_row *rows;
	char path[16];

	for (size_t i = 1; i <= 20; i++) {
		struct histogram *h;

		snprintf(path, sizeof(path), "/%zu", i);
		h = row_of(g, path);
		for (size_t n = 0; n < i; n++)
			histogram_add(&h[0], i * MS, 10 * MS);
		histogram_add(&h[1], i * MS, 10 * MS);
		h[0].errors = i >= 11;
	}
	/* Asked as often as one likes, for any number. */
	for (size_t round = 0; round < 2; round++) {
		ck_assert_uint_eq(latency_groups_top(g, 5, &rows), 6);
		ck_assert(has_value(&rows[0], "/20"));
		ck_assert(has_value(&rows[4], "/16"));
		ck_assert(!rows[4].other);
		ck_assert(rows[5].other);
		ck_assert_uint_eq(rows[5].parts[0].count, 15 * 16 / 2);
		ck_assert_uint_eq(rows[5].parts[0].within, 55);
		ck_assert_uint_eq(rows[5].parts[0].errors, 5);
		ck_assert_uint_eq(rows[5].parts[0].min_ns, MS);
		ck_assert_uint_eq(rows[5].parts[0].max_ns, 15 * MS);
		ck_assert_uint_eq(rows[5].parts[1].count, 15);

		ck_assert_uint_eq(latency_groups_top(g, 20, &rows), 20);
		ck_assert(!rows[19].other);
		ck_assert_uint_eq(latency_groups_top(g, 19, &rows), 20);
		ck_assert(rows[19].other);
		ck_assert_uint_eq(rows[19].parts[0].count, 1);

		ck_assert_uint_eq(latency_groups_top(g, 0, &rows), 1);
		ck_assert(rows[0].other);
		ck_assert_uint_eq(rows[0].parts[0].count, 210);
	}
	latency_groups_free(g);
}
END_TEST

START_TEST(nothing_happened)
{
	struct latency_groups *g = groups_new(1, 1);
	const struct latency_row *rows;

	ck_assert_uint_eq(latency_groups_top(g, 10, &rows), 0);
	add(g, "/a", 1);
	ck_assert_uint_eq(latency_groups_top(g, 10, &rows), 1);
	latency_groups_clear(g);
	ck_assert_uint_eq(latency_groups_top(g, 10, &rows), 0);
	add(g, "/b", 2);
	ck_assert_uint_eq(latency_groups_top(g, 10, &rows), 1);
	ck_assert(has_value(&rows[0], "/b"));
	ck_assert_uint_eq(rows[0].parts[0].count, 2);
	latency_groups_free(g);
	latency_groups_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("latency_groups");
	TCase *tc = tcase_create("latency_groups");

	tcase_add_test(tc, without_keys_there_is_one_row);
	tcase_add_test(tc, equal_keys_share_a_row);
	tcase_add_test(tc, values_are_copied);
	tcase_add_test(tc, any_bytes_make_a_key);
	tcase_add_test(tc, keys_of_several_values);
	tcase_add_test(tc, ten_values);
	tcase_add_test(tc, long_values_are_cut);
	tcase_add_test(tc, most_exchanges_first);
	tcase_add_test(tc, ties_in_the_order_of_values);
	tcase_add_test(tc, the_rest_is_other);
	tcase_add_test(tc, nothing_happened);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
