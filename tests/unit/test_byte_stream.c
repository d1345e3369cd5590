/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/byte_stream.h"

#include <stdio.h>

#include "harness.h"

/* One event against a stream that expects position 100, and the pieces as text:
 * "gap N", "skip N", "data TEXT", "start" before data that begins a message. */
static const struct {
	uint64_t pos, pre_skip, post_skip;
	const char *data;
	const char *pieces;
	uint64_t then_expected;
} cases[] = {
	{100, 0, 0, "abc", "start abc.", 103},
	{100, 0, 7, "abc", "start abc.skip 7.", 110},
	{110, 10, 0, "abc", "skip 10.start abc.", 113},
	{110, 4, 7, "abc", "gap 6.skip 4.start abc.skip 7.", 120},
	{110, 0, 0, "abc", "gap 10.start abc.", 113},
	{110, 10, 0, "", "skip 10.", 110},
	{110, 0, 0, "", "gap 10.", 110},
	{100, 0, 0, "", "", 100},
	{100, 0, 9, "", "skip 9.", 109},
	/* what was there before is dropped */
	{97, 0, 0, "abc", "", 100},
	{90, 0, 0, "abc", "", 100},
	{98, 0, 0, "abc", "data c.", 101},
	{98, 0, 2, "abc", "data c.skip 2.", 103},
	{90, 0, 12, "abc", "skip 5.", 105},
	{110, 50, 0, "abc", "skip 10.start abc.", 113},
	{0, 0, 0, "", "", 100},
	/* nonsense */
	{110, 200, 0, "abc", "skip 10.start abc.", 113},
	{UINT64_MAX, UINT64_MAX, 0, "", "skip 18446744073709551515.", UINT64_MAX},
	{UINT64_MAX, 0, UINT64_MAX, "abc", "gap 18446744073709551515.", UINT64_MAX},
	{UINT64_MAX - 1, 0, 5, "abc", "gap 18446744073709551514.data c.", UINT64_MAX},
	{100, 0, UINT64_MAX, "abc", "start abc.skip 18446744073709551512.", UINT64_MAX},
};

static void describe(const struct pieces *pieces, char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < pieces->n; i++) {
		const struct piece *p = &pieces->at[i];

		if (p->kind == PIECE_DATA)
			n += snprintf(text + n, size - n, "%s %.*s.", pieces->starts ? "start" : "data",
				      (int)p->data.n, p->data.p);
		else
			n += snprintf(text + n, size - n, "%s %llu.", p->kind == PIECE_GAP ? "gap" : "skip",
				      (unsigned long long)p->n);
		ck_assert_uint_gt(p->n, 0);
	}
}

START_TEST(one_event)
{
	struct guarded data = guard_copy_str(cases[_i].data);
	struct wire_event event = {
		.pos = cases[_i].pos,
		.pre_skip = cases[_i].pre_skip,
		.post_skip = cases[_i].post_skip,
		.len = data.bytes.n,
		.flags = WIRE_F_START,
	};
	struct byte_stream s = {.expected = 100};
	struct pieces pieces;
	char text[256];

	byte_stream_take(&s, &event, data.bytes.p, &pieces);
	describe(&pieces, text, sizeof(text));
	ck_assert_str_eq(text, cases[_i].pieces);
	ck_assert_uint_eq(s.expected, cases[_i].then_expected);
	guard_free(&data);
}
END_TEST

START_TEST(untold)
{
	struct byte_stream s;

	byte_stream_init(&s);
	ck_assert_uint_eq(byte_stream_untold(&s, 10), 10);
	ck_assert_uint_eq(byte_stream_untold(&s, 10), 0);
	ck_assert_uint_eq(byte_stream_untold(&s, 5), 0);
	ck_assert_uint_eq(byte_stream_untold(&s, UINT64_MAX), UINT64_MAX - 10);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("byte_stream");
	TCase *c = tcase_create("pieces");

	tcase_add_loop_test(c, one_event, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(c, untold);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
