/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets are replaced, everything else is left alone. */
#include <check.h>

#include "harness.h"
#include "sink/mask.h"

static void check_bytes(struct bytes got, const char *want, const char *in)
{
	ck_assert_msg(bytes_equal(got, bytes_of_str(want)), "%s: got '%.*s', not '%s'", in, (int)got.n,
		      (const char *)got.p, want);
}

static void check_target(const char *in, const char *want)
{
	struct guarded g = guard_copy_str(in);
	struct masker m;

	masker_init(&m, false);
	check_bytes(mask_target(&m, g.bytes), want, in);
	masker_release(&m);
	masker_init(&m, true);
	check_bytes(mask_target(&m, g.bytes), in, in);
	masker_release(&m);
	guard_free(&g);
}

START_TEST(ordinary_targets_are_left_alone)
{
	static const char *const targets[] = {
		"",
		"/",
		"*",
		"/a/b?x=1&y=2",
		"/@scope/pkg",
		"/?",
		"/?token",
		"/?token=",
		"/?=x",
		"/?monkey=1",
		"/?tokens=3",
		"/?bypass=1",
		"/a?b=c@d",
		"http://h/p?q=1",
		"h:443",
		"/a=b/token=c",
		"/?q=token%3Dx",
		"//u@h/p",
	};

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		check_target(targets[i], targets[i]);
}
END_TEST

START_TEST(secret_parameters_are_masked)
{
	check_target("/?token=abc", "/?token=<masked>");
	check_target("/a?x=1&password=p&y=2", "/a?x=1&password=<masked>&y=2");
	check_target("/?PASSWD=p;key=k", "/?PASSWD=<masked>;key=<masked>");
	check_target("/?api_key=k&access_token=t", "/?api_key=<masked>&access_token=<masked>");
	check_target("/?X-Amz-Signature=s&sig=t", "/?X-Amz-Signature=<masked>&sig=<masked>");
	check_target("/?apiKey=k&client_secret=s", "/?apiKey=<masked>&client_secret=<masked>");
	check_target("/?csrftoken=k&APIKEY=s", "/?csrftoken=<masked>&APIKEY=<masked>");
	check_target("/?user[password]=p", "/?user[password]=<masked>");
	check_target("/?%74oken=abc", "/?%74oken=<masked>");
	check_target("/?token=a=b", "/?token=<masked>");
	check_target("/?next=/x?token=abc", "/?next=/x?token=<masked>");
	check_target("/?token=a#frag", "/?token=<masked>#frag");
	check_target("https://h/p?secret=s", "https://h/p?secret=<masked>");
}
END_TEST

START_TEST(user_information_is_masked)
{
	check_target("http://u:p@h/x", "http://<masked>@h/x");
	check_target("http://u:p@q@h", "http://<masked>@h");
	check_target("u:p@h:443", "<masked>@h:443");
	check_target("ftp://u:p@h?x=1", "ftp://<masked>@h?x=1");
	check_target("http://u@h/a@b?token=c", "http://<masked>@h/a@b?token=<masked>");
}
END_TEST

START_TEST(authorities_lose_their_user)
{
	struct masker m;

	masker_init(&m, false);
	check_bytes(mask_authority(&m, bytes_of_str("h:80")), "h:80", "h:80");
	check_bytes(mask_authority(&m, bytes_of_str("u:p@h:80")), "<masked>@h:80", "u:p@h:80");
	check_bytes(mask_authority(&m, bytes_of(NULL, 0)), "", "");
	masker_release(&m);
}
END_TEST

static void check_header(const char *name, const char *value, bool sensitive, const char *want)
{
	struct header_field field = {bytes_of_str(name), bytes_of_str(value), sensitive};
	struct masker m;

	masker_init(&m, false);
	check_bytes(mask_header(&m, &field), want, name);
	masker_release(&m);
	masker_init(&m, true);
	check_bytes(mask_header(&m, &field), value, name);
	masker_release(&m);
}

START_TEST(secret_headers_are_masked)
{
	static const char *const names[] = {"Authorization", "proxy-authorization", "COOKIE", "Set-Cookie",
					    "X-API-Key"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check_header(names[i], "s3cret", false, MASK_TEXT);
	check_header("x-anything", "s3cret", true, MASK_TEXT);
	check_header("Accept", "*/*", false, "*/*");
	check_header("X-Authorization-Mode", "basic", false, "basic");
	check_header("Location", "https://u:p@h/?token=t", false, "https://<masked>@h/?token=<masked>");
	check_header("Referer", "https://h/", false, "https://h/");
}
END_TEST

static void mask_without_memory(void *ctx)
{
	struct bytes *got = ctx;
	struct masker m;

	masker_init(&m, false);
	*got = mask_target(&m, bytes_of_str("/?token=abc"));
	ck_assert(!got->n || !memmem(got->p, got->n, "abc", 3));
	masker_release(&m);
}

START_TEST(without_memory_all_is_masked)
{
	struct bytes got;

	fail_each_alloc(mask_without_memory, &got);
}
END_TEST

/* No prefix of a target, cut anywhere, makes the masker read past its end. */
START_TEST(every_prefix_is_safe)
{
	static const char target[] = "http://u:p%4@h:1/a;b?%74oken=%&user[password]=p;x=#y=?key=k&%";

	for (size_t n = 0; n <= sizeof(target) - 1; n++) {
		struct guarded g = guard_copy(bytes_of(target, n));
		struct masker m;

		masker_init(&m, false);
		mask_target(&m, g.bytes);
		mask_authority(&m, g.bytes);
		masker_release(&m);
		guard_free(&g);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mask");
	TCase *tc = tcase_create("mask");

	tcase_add_test(tc, ordinary_targets_are_left_alone);
	tcase_add_test(tc, secret_parameters_are_masked);
	tcase_add_test(tc, user_information_is_masked);
	tcase_add_test(tc, authorities_lose_their_user);
	tcase_add_test(tc, secret_headers_are_masked);
	tcase_add_test(tc, without_memory_all_is_masked);
	tcase_add_test(tc, every_prefix_is_safe);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
