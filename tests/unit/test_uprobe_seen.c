/* SPDX-License-Identifier: Apache-2.0 */
/* The set of files that have been looked at. */
#include "transport/uprobe_seen.h"

#include "harness.h"

static struct uprobe_seen seen;

static struct uprobe_seen_key key_of(uint64_t i)
{
	return (struct uprobe_seen_key){.dev = i % 7, .inode = i, .size = 3, .mtime_ns = i * 2};
}

static struct uprobe_seen_entry *add(uint64_t i)
{
	struct uprobe_seen_key key = key_of(i);
	struct uprobe_seen_entry *e = uprobe_seen_add(&seen, &key);

	if (e) {
		e->dev = 1;
		e->inode = i / 2;
	}
	return e;
}

static bool has(uint64_t i)
{
	struct uprobe_seen_key key = key_of(i);
	const struct uprobe_seen_entry *e = uprobe_seen_find(&seen, &key);

	return e && e->inode == i / 2;
}

static void tear_down(void)
{
	uprobe_seen_release(&seen);
}

START_TEST(each_part_of_a_key_counts)
{
	const struct uprobe_seen_key keys[] = {
		{1, 2, 3, 4}, {9, 2, 3, 4}, {1, 9, 3, 4}, {1, 2, 9, 4}, {1, 2, 3, 9}};

	ck_assert_ptr_null(uprobe_seen_find(&seen, &keys[0]));
	for (size_t i = 0; i < 5; i++) {
		ck_assert_ptr_null(uprobe_seen_find(&seen, &keys[i]));
		ck_assert_ptr_nonnull(uprobe_seen_add(&seen, &keys[i]));
	}
	ck_assert_uint_eq(seen.n, 5);
	ck_assert_ptr_eq(uprobe_seen_add(&seen, &keys[3]), uprobe_seen_find(&seen, &keys[3]));
	ck_assert_uint_eq(seen.n, 5);
}
END_TEST

START_TEST(all_names_of_a_file_are_forgotten)
{
	for (uint64_t i = 0; i < 1000; i++)
		ck_assert_ptr_nonnull(add(i));
	uprobe_seen_forget(&seen, 1, 50);
	uprobe_seen_forget(&seen, 2, 60);
	ck_assert_uint_eq(seen.n, 998);
	for (uint64_t i = 0; i < 1000; i++)
		ck_assert(has(i) == (i / 2 != 50));
}
END_TEST

START_TEST(those_with_hooks_are_kept)
{
	for (uint64_t i = 0; i < UPROBE_SEEN_MAX * 2; i++) {
		struct uprobe_seen_entry *e = add(i);

		ck_assert_ptr_nonnull(e);
		e->told = i < 10;
		ck_assert_uint_le(seen.n, UPROBE_SEEN_MAX);
	}
	for (uint64_t i = 0; i < 10; i++)
		ck_assert(has(i));
	ck_assert(has(UPROBE_SEEN_MAX * 2 - 1));
	ck_assert(!has(10));
}
END_TEST

START_TEST(too_many_with_hooks)
{
	for (uint64_t i = 0; i < UPROBE_SEEN_MAX; i++)
		add(i)->told = true;
	ck_assert_ptr_null(add(UPROBE_SEEN_MAX));
	ck_assert(has(0));
}
END_TEST

static void add_some(void *ctx)
{
	(void)ctx;
	for (uint64_t i = 0; i < 1000; i++)
		ck_assert(!add(i) || has(i));
	uprobe_seen_forget(&seen, 1, 5);
	uprobe_seen_release(&seen);
}

START_TEST(every_allocation_fails)
{
	fail_each_alloc(add_some, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("uprobe_seen");
	TCase *c = tcase_create("uprobe_seen");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, NULL, tear_down);
	tcase_add_test(c, each_part_of_a_key_counts);
	tcase_add_test(c, all_names_of_a_file_are_forgotten);
	tcase_add_test(c, those_with_hooks_are_kept);
	tcase_add_test(c, too_many_with_hooks);
	tcase_add_test(c, every_allocation_fails);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
