/* SPDX-License-Identifier: Apache-2.0 */
/* Which segments of a path are identifiers. */
#include "harness.h"

#include "app/path_fold.h"

static const struct {
	const char *path, *folded;
} cases[] = {
	{"", ""},
	{"/", "/"},
	{"//", "//"},
	{"/users/1", "/users/*"},
	{"/users/1/", "/users/*/"},
	{"/users/1/orders/22", "/users/*/orders/*"},
	{"/users//1", "/users//*"},
	{"1", "*"},
	{"1/2", "*/*"},
	{"*", "*"},
	{"/0", "/*"},
	{"/users", "/users"},
	{"/v1/users", "/v1/users"},
	{"/users/1a", "/users/1a"},
	{"/users/-1", "/users/-1"},
	{"/users/1.json", "/users/1.json"},
	{"/18446744073709551616123456789", "/*"},

	/* hex */
	{"/c/1234567a", "/c/*"},
	{"/c/A2345678", "/c/*"},
	{"/c/123456a", "/c/123456a"},
	{"/c/deadbeef", "/c/deadbeef"},
	{"/c/deadbee1", "/c/*"},
	{"/c/cafe/add/decade", "/c/cafe/add/decade"},
	{"/c/deadbeeg1", "/c/deadbeeg1"},
	{"/c/da39a3ee5e6b4b0d3255bfef95601890afd80709", "/c/*"},
	{"/c/0x12345678", "/c/0x12345678"},

	/* UUIDs */
	{"/u/123e4567-e89b-12d3-a456-426614174000", "/u/*"},
	{"/u/123E4567-E89B-12D3-A456-426614174000/x", "/u/*/x"},
	{"/u/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "/u/*"},
	{"/u/00000000-0000-0000-0000-000000000000", "/u/*"},
	{"/u/123e4567-e89b-12d3-a456-42661417400", "/u/123e4567-e89b-12d3-a456-42661417400"},
	{"/u/123e4567-e89b-12d3-a456-4266141740000", "/u/123e4567-e89b-12d3-a456-4266141740000"},
	{"/u/123e4567-e89b-12d3-a456-42661417400g", "/u/123e4567-e89b-12d3-a456-42661417400g"},
	{"/u/123e4567e-89b-12d3-a456-426614174000", "/u/123e4567e-89b-12d3-a456-426614174000"},
	{"/u/123e4567-e89b-12d3-a456a426614174000", "/u/123e4567-e89b-12d3-a456a426614174000"},
	{"/u/{123e4567-e89b-12d3-a456-42661417400}", "/u/{123e4567-e89b-12d3-a456-42661417400}"},

	/* query and fragment */
	{"/users/1?id=2", "/users/*"},
	{"/users?id=2/3", "/users"},
	{"/users/1#2/3", "/users/*"},
	{"/a#b?c", "/a"},
	{"?1", ""},
	{"#", ""},
	{"/users/1?", "/users/*"},
};
#define CASES ((int)(sizeof(cases) / sizeof(cases[0])))

/* Output of every size: the same, cut; input and output at an unmapped page. */
START_TEST(folds)
{
	struct guarded path = guard_copy_str(cases[_i].path);
	size_t n = strlen(cases[_i].folded);

	for (size_t size = 0; size <= n + 1; size++) {
		char room[64];
		struct guarded to = guard_copy(bytes_of(memset(room, 'x', sizeof(room)), size));
		struct bytes folded = path_fold(path.bytes, (char *)to.bytes.p, size);

		ck_assert_ptr_eq(folded.p, to.bytes.p);
		ck_assert_msg(bytes_equal(folded, bytes_of(cases[_i].folded, size < n ? size : n)),
			      "%s: '%.*s' of %zu", cases[_i].path, (int)folded.n, (const char *)folded.p,
			      size);
		guard_free(&to);
	}
	guard_free(&path);
}
END_TEST

START_TEST(folding_twice_changes_nothing)
{
	char first[64], second[64];
	struct bytes once = path_fold(bytes_of_str(cases[_i].path), first, sizeof(first));

	ck_assert(bytes_equal(path_fold(once, second, sizeof(second)), once));
}
END_TEST

START_TEST(any_bytes)
{
	static const char path[] = "/a\0b/1\0/\xff\x80/12345678\0/7";
	char to[64];
	struct bytes folded = path_fold(bytes_of(path, sizeof(path) - 1), to, sizeof(to));

	ck_assert(bytes_equal(folded, bytes_of("/a\0b/1\0/\xff\x80/12345678\0/*", sizeof(path) - 1)));
	ck_assert_uint_eq(path_fold(bytes_of(NULL, 0), to, sizeof(to)).n, 0);
}
END_TEST

START_TEST(a_long_segment_is_judged_whole)
{
	char path[5000], to[16];

	memset(path, '7', sizeof(path));
	path[0] = '/';
	ck_assert(bytes_equal(path_fold(bytes_of(path, sizeof(path)), to, sizeof(to)), bytes_of("/*", 2)));
	path[sizeof(path) - 1] = 'x';
	ck_assert(bytes_equal(path_fold(bytes_of(path, sizeof(path)), to, sizeof(to)),
			      bytes_of("/777777777777777", 16)));
}
END_TEST

START_TEST(queries_are_dropped)
{
	ck_assert(bytes_equal(path_without_query(bytes_of_str("/a/1?b")), bytes_of_str("/a/1")));
	ck_assert(bytes_equal(path_without_query(bytes_of_str("/a/1")), bytes_of_str("/a/1")));
	ck_assert(bytes_equal(path_without_query(bytes_of_str("#")), bytes_of_str("")));
	ck_assert_uint_eq(path_without_query(bytes_of(NULL, 0)).n, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("path_fold");
	TCase *tc = tcase_create("path_fold");

	tcase_add_loop_test(tc, folds, 0, CASES);
	tcase_add_loop_test(tc, folding_twice_changes_nothing, 0, CASES);
	tcase_add_test(tc, any_bytes);
	tcase_add_test(tc, a_long_segment_is_judged_whole);
	tcase_add_test(tc, queries_are_dropped);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
