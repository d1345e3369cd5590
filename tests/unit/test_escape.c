/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from the network never act on a terminal. */
#include <check.h>
#include <stdlib.h>

#include "harness.h"
#include "sink/escape.h"
#include "sink/utf8.h"

/* `in` is a guarded copy, so that reading past it faults. */
static void check_escape(const char *in, size_t n, const char *want)
{
	struct guarded g = guard_copy(bytes_of(in, n));
	struct text t = {0};

	escape_put(&t, g.bytes);
	text_put_char(&t, '\0');
	ck_assert_str_eq(t.p, want);
	text_release(&t);
	guard_free(&g);
}

#define ESCAPES(in, want) check_escape(in, sizeof(in) - 1, want)

START_TEST(plain_text_passes)
{
	ESCAPES("", "");
	ESCAPES("/a b?c=d&e='f'\"~", "/a b?c=d&e='f'\"~");
	ESCAPES("/caf\xc3\xa9/\xe6\x97\xa5\xe6\x9c\xac/\xf0\x9f\x90\x99",
		"/caf\xc3\xa9/\xe6\x97\xa5\xe6\x9c\xac/\xf0\x9f\x90\x99");
}
END_TEST

START_TEST(controls_are_written_out)
{
	ESCAPES("a\nb\tc\r\0d", "a\\x0ab\\x09c\\x0d\\x00d");
	ESCAPES("\x1b[2J\x07\x7f", "\\x1b[2J\\x07\\x7f");
	ESCAPES("\xc2\x9b"
		"31m",
		"\\u009b31m");
	ESCAPES("\xc2\x80\xc2\x9f\xc2\xa0", "\\u0080\\u009f\xc2\xa0");
}
END_TEST

START_TEST(direction_changes_are_written_out)
{
	ESCAPES("a\xe2\x80\xae"
		"b",
		"a\\u202eb");
	ESCAPES("\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x8f\xd8\x9c", "\\u2066\\u2069\\u200f\\u061c");
	ESCAPES("\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029");
	ESCAPES("\xf3\xa0\x81\x81", "\\U000e0041");
}
END_TEST

START_TEST(backslash_is_doubled)
{
	ESCAPES("\\x1b", "\\\\x1b");
}
END_TEST

START_TEST(bad_utf8_is_written_out)
{
	ESCAPES("\xff\xfe", "\\xff\\xfe");
	ESCAPES("caf\xe9", "caf\\xe9");
	ESCAPES("\xc3", "\\xc3");
	ESCAPES("\xe6\x97", "\\xe6\\x97");
	ESCAPES("\xf0\x9f\x90", "\\xf0\\x9f\\x90");
	ESCAPES("\x9b"
		"2J",
		"\\x9b2J");
	ESCAPES("\xc0\xaf", "\\xc0\\xaf");		     /* overlong */
	ESCAPES("\xe0\x80\xaf", "\\xe0\\x80\\xaf");	     /* overlong */
	ESCAPES("\xed\xa0\x80", "\\xed\\xa0\\x80");	     /* surrogate */
	ESCAPES("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* past the last */
	ESCAPES("\xc3"
		"A",
		"\\xc3"
		"A");
}
END_TEST

static bool is_harmless(struct bytes b)
{
	uint32_t code;

	while (b.n) {
		size_t n = utf8_decode(b, &code);

		if (n == 0 || !utf8_is_shown(code))
			return false;
		b = bytes_from(b, n);
	}
	return true;
}

/* Whatever the bytes: one line of valid UTF-8 without a control character. */
START_TEST(random_bytes_become_harmless)
{
	struct text t = {0};
	unsigned seed = 1;
	uint8_t in[64];

	for (int run = 0; run < 20000; run++) {
		size_t n = (size_t)rand_r(&seed) % sizeof(in);

		for (size_t i = 0; i < n; i++)
			in[i] = (uint8_t)(rand_r(&seed) >> 7);
		text_clear(&t);
		escape_put(&t, bytes_of(in, n));
		ck_assert_msg(is_harmless(text_bytes(&t)), "'%.*s'", (int)t.n, t.p);
	}
	text_release(&t);
}
END_TEST

START_TEST(columns_are_never_too_few)
{
	ck_assert_uint_eq(escape_columns(bytes_of_str("")), 0);
	ck_assert_uint_eq(escape_columns(bytes_of_str("abc")), 3);
	ck_assert_uint_eq(escape_columns(bytes_of_str("\xc3\xa9")), 1);
	ck_assert_uint_eq(escape_columns(bytes_of_str("\xe6\x97\xa5")), 2);
}
END_TEST

START_TEST(fit_cuts_between_characters)
{
	ck_assert_uint_eq(escape_fit(bytes_of_str("abcdef"), 4), 4);
	ck_assert_uint_eq(escape_fit(bytes_of_str("abc"), 10), 3);
	ck_assert_uint_eq(escape_fit(bytes_of_str("a\xe6\x97\xa5"
						  "b"),
				     2),
			  1);
	ck_assert_uint_eq(escape_fit(bytes_of_str("a\xe6\x97\xa5"
						  "b"),
				     3),
			  4);
	ck_assert_uint_eq(escape_fit(bytes_of_str("x"), 0), 0);
}
END_TEST

START_TEST(numbers_are_formatted)
{
	static const struct {
		int64_t ns;
		const char *want;
	} ms[] = {{0, "0.000"},
		  {499, "0.000"},
		  {500, "0.001"},
		  {1500000, "1.500"},
		  {999999999, "1000.000"},
		  {-1500000, "-1.500"},
		  {-100, "0.000"},
		  {123456789012345, "123456789.012"}};
	struct text t = {0};

	for (size_t i = 0; i < sizeof(ms) / sizeof(ms[0]); i++) {
		text_clear(&t);
		text_put_ms(&t, ms[i].ns);
		text_put_char(&t, '\0');
		ck_assert_str_eq(t.p, ms[i].want);
	}
	text_clear(&t);
	text_put_u64(&t, UINT64_MAX);
	text_put_char(&t, ' ');
	text_put_u64(&t, 0);
	text_put_char(&t, ' ');
	text_put_hex(&t, 0xbeef, 8);
	text_put_char(&t, '\0');
	ck_assert_str_eq(t.p, "18446744073709551615 0 0000beef");
	text_release(&t);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("escape");
	TCase *tc = tcase_create("escape");

	tcase_add_test(tc, plain_text_passes);
	tcase_add_test(tc, controls_are_written_out);
	tcase_add_test(tc, direction_changes_are_written_out);
	tcase_add_test(tc, backslash_is_doubled);
	tcase_add_test(tc, bad_utf8_is_written_out);
	tcase_add_test(tc, random_bytes_become_harmless);
	tcase_add_test(tc, columns_are_never_too_few);
	tcase_add_test(tc, fit_cuts_between_characters);
	tcase_add_test(tc, numbers_are_formatted);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
