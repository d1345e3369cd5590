/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of streams, and which go when there are too many. */
#include <check.h>

#include "app/stream_set.h"
#include "harness.h"

START_TEST(bits_add_up)
{
	struct stream_set *s = stream_set_new();

	ck_assert_uint_eq(stream_set_bits(s, 1, 5), 0);
	stream_set_add(s, 1, 5, 1);
	stream_set_add(s, 1, 5, 4);
	ck_assert_uint_eq(stream_set_bits(s, 1, 5), 5);
	ck_assert_uint_eq(stream_set_bits(s, 2, 5), 0);
	ck_assert_uint_eq(stream_set_bits(s, 1, 7), 0);
	stream_set_drop(s, 1, 7);
	stream_set_drop(s, 1, 5);
	ck_assert_uint_eq(stream_set_bits(s, 1, 5), 0);
	ck_assert_uint_eq(stream_set_forgotten(s), 0);
	stream_set_free(s);
}
END_TEST

/* Looking at a stream is using it. */
START_TEST(the_idlest_goes)
{
	struct stream_set *s = stream_set_new();

	for (uint32_t i = 0; i < STREAM_SET_MAX; i++)
		stream_set_add(s, i % 100, i, 1);
	ck_assert_uint_eq(stream_set_bits(s, 0, 0), 1);
	stream_set_add(s, 1000, 1, 2);
	ck_assert_uint_eq(stream_set_forgotten(s), 1);
	ck_assert_uint_eq(stream_set_bits(s, 0, 0), 1);
	ck_assert_uint_eq(stream_set_bits(s, 1, 1), 0);
	for (uint32_t i = 2; i < STREAM_SET_MAX; i++)
		ck_assert_uint_eq(stream_set_bits(s, i % 100, i), 1);
	ck_assert_uint_eq(stream_set_bits(s, 1000, 1), 2);
	for (uint32_t i = STREAM_SET_MAX; i-- > 0;)
		stream_set_drop(s, i % 100, i);
	stream_set_drop(s, 1000, 1);
	stream_set_add(s, 3, 3, 3);
	ck_assert_uint_eq(stream_set_bits(s, 3, 3), 3);
	stream_set_free(s);
}
END_TEST

static void use_without_memory(void *ctx)
{
	struct stream_set *s = stream_set_new();

	(void)ctx;
	if (!s)
		return;
	stream_set_add(s, 1, 1, 1);
	ck_assert_uint_eq(stream_set_bits(s, 1, 1) + stream_set_forgotten(s), 1);
	stream_set_free(s);
}

START_TEST(each_allocation_may_fail)
{
	fail_each_alloc(use_without_memory, NULL);
	stream_set_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stream_set");
	TCase *tc = tcase_create("stream_set");

	tcase_add_test(tc, bits_add_up);
	tcase_add_test(tc, the_idlest_goes);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
