/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions of amd64: what functions of Go begin with, and where they return. */
#include "transport/x86_returns.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"

/* ---- check of the stack ---- */

#define CHECK(code, expected)                                                                                \
	{                                                                                                    \
		code, sizeof(code) - 1, expected                                                             \
	}
static const struct {
	const char *code;
	size_t n, expected;
} checks[] = {
	/* cmp rsp, [r14+16]; jbe; push rbp */
	CHECK("\x49\x3b\x66\x10\x76\x10\x55", 6),
	CHECK("\x49\x3b\x66\x10\x0f\x86\x10\x01\x00\x00\x55", 10),
	/* lea r12, [rsp-...]; cmp r12, [r14+16]; jbe */
	CHECK("\x4c\x8d\x64\x24\xe8\x4d\x3b\x66\x10\x76\x10\x55", 11),
	CHECK("\x4c\x8d\xa4\x24\x00\xff\xff\xff\x4d\x3b\x66\x10\x0f\x86\x00\x01\x00\x00\x55", 18),
	/* mov r12, rsp; sub r12, ...; jb; cmp r12, [r14+16]; jbe */
	CHECK("\x49\x89\xe4\x49\x81\xec\xa8\x1f\x00\x00\x72\x46\x4d\x3b\x66\x10\x76\x40\x55", 18),
	CHECK("\x49\x89\xe4\x49\x81\xec\xa8\x1f\x00\x00\x0f\x82\xdd\x00\x00\x00\x4d\x3b\x66\x10\x0f\x86"
	      "\xd3\x00\x00\x00\x55",
	      26),
	/* none, and others that begin alike */
	CHECK("", 0),
	CHECK("\x55", 0),
	CHECK("\x49\x3b\x66\x18\x76\x10", 0),
	CHECK("\x49\x3b\x66\x10\x77\x10", 0),
	CHECK("\x4d\x3b\x66\x10\x76\x10", 0),
	CHECK("\x90\x49\x3b\x66\x10\x76\x10", 0),
	CHECK("\x4c\x8d\x64\x24\xe8\x49\x3b\x66\x10\x76\x10", 0),
	CHECK("\x49\x89\xe4\x49\x81\xec\xa8\x1f\x00\x00\x4d\x3b\x66\x10\x76\x40", 0),
};

START_TEST(check_of_the_stack)
{
	struct guarded code = guard_copy(bytes_of(checks[_i].code, checks[_i].n));
	size_t n = checks[_i].n;

	ck_assert_uint_eq(x86_go_stack_check(code.bytes.p, n), checks[_i].expected);
	/* cut off */
	while (n-- > 0) {
		struct bytes part = guard_again(&code, bytes_of(checks[_i].code, n));

		ck_assert_uint_eq(x86_go_stack_check(part.p, n),
				  n < checks[_i].expected ? 0 : checks[_i].expected);
	}
	guard_free(&code);
}
END_TEST

/* ---- returns ---- */

static struct x86_decoder *decoder;

/* "3 7 of 9" */
static const char *returns_of(const char *text, size_t n, size_t max)
{
	static char said[64];
	struct guarded code = guard_copy(bytes_of(text, n));
	size_t at[8], found = x86_returns(decoder, code.bytes.p, &n, at, max), used = 0;

	for (size_t i = 0; i < found && i < max; i++)
		used += (size_t)snprintf(said + used, sizeof(said) - used, "%zu ", at[i]);
	snprintf(said + used, sizeof(said) - used, "%s%zu", found > max ? "... of " : "of ", n);
	guard_free(&code);
	return said;
}
#define RETURNS_OF(code, max) returns_of(code, sizeof(code) - 1, max)

START_TEST(returns)
{
	ck_assert_str_eq(RETURNS_OF("\xc3", 8), "0 of 1");
	ck_assert_str_eq(RETURNS_OF("\x90\xc3\x90\xc3", 8), "1 3 of 4");
	ck_assert_str_eq(RETURNS_OF("\x90\xc3\x90\xc3", 1), "1 ... of 4");
	/* mov eax, 0xc3c3c3c3; ret 8; rep ret; int3 */
	ck_assert_str_eq(RETURNS_OF("\xb8\xc3\xc3\xc3\xc3\xc2\x08\x00\xf3\xc3\xcc\xcc", 8), "5 8 of 10");
	/* the last instruction ends with a byte of INT3's */
	ck_assert_str_eq(RETURNS_OF("\xc3\xe9\xcc\xcc\xcc\xcc\xcc\xcc", 8), "0 of 6");
}
END_TEST

START_TEST(no_instructions)
{
	ck_assert_str_eq(RETURNS_OF("", 8), "of 0");
	ck_assert_str_eq(RETURNS_OF("\xcc\xcc", 8), "of 0");
	ck_assert_str_eq(RETURNS_OF("\xc3\x06\xc3", 8), "of 3");
	ck_assert_str_eq(RETURNS_OF("\xc3\xb8\x00", 8), "of 3");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("go_code");
	TCase *tcase = tcase_create("go_code");
	char err[160];
	int result;

	decoder = x86_decoder_new(err, sizeof(err));
	tcase_add_loop_test(tcase, check_of_the_stack, 0, sizeof(checks) / sizeof(checks[0]));
	if (decoder) {
		tcase_add_test(tcase, returns);
		tcase_add_test(tcase, no_instructions);
	} else {
		printf("skip - returns # %s\n", err);
	}
	suite_add_tcase(suite, tcase);
	result = run_suite(suite);
	x86_decoder_free(decoder);
	return result;
}
