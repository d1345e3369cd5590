/* SPDX-License-Identifier: Apache-2.0 */
/* test_endpoint.c - addresses as text, and the growing buffer beside them in base/. */
#include "harness.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "base/buffer.h"
#include "base/endpoint.h"

/* ---- endpoint ---- */

static const struct {
	uint8_t family;
	const char *addr;
	uint16_t port;
	const char *text;
} cases[] = {
	{AF_INET, "1.2.3.4", 80, "1.2.3.4:80"},
	{AF_INET, "0.0.0.0", 0, "0.0.0.0:0"},
	{AF_INET, "255.255.255.255", 65535, "255.255.255.255:65535"},
	{AF_INET, "10.0.100.9", 8080, "10.0.100.9:8080"},
	{AF_INET6, "::1", 80, "[::1]:80"},
	{AF_INET6, "::", 65535, "[::]:65535"},
	{AF_INET6, "fe80::1:2", 1, "[fe80::1:2]:1"},
	{AF_INET6, "1111:2222:3333:4444:5555:6666:7777:8888", 65535,
	 "[1111:2222:3333:4444:5555:6666:7777:8888]:65535"},
	{AF_INET6, "::ffff:255.255.255.255", 443, "[::ffff:255.255.255.255]:443"},
};

START_TEST(addresses)
{
	struct endpoint e = {.family = cases[_i].family, .port = cases[_i].port};
	char addr[ENDPOINT_ADDR_LEN], text[ENDPOINT_TEXT_LEN];

	ck_assert_int_eq(inet_pton(e.family, cases[_i].addr, e.addr), 1);
	ck_assert_str_eq(endpoint_addr(&e, addr), cases[_i].addr);
	ck_assert_str_eq(endpoint_text(&e, text), cases[_i].text);
	ck_assert_ptr_eq(endpoint_addr(&e, addr), addr);
	ck_assert_ptr_eq(endpoint_text(&e, text), text);
}
END_TEST

START_TEST(unknown_family)
{
	struct endpoint e = {.family = 0, .port = 80};
	char addr[ENDPOINT_ADDR_LEN], text[ENDPOINT_TEXT_LEN];

	ck_assert_str_eq(endpoint_addr(&e, addr), "?");
	ck_assert_str_eq(endpoint_text(&e, text), "?:80");
	e.family = AF_UNIX;
	ck_assert_str_eq(endpoint_addr(&e, addr), "?");
}
END_TEST

/* ---- buffer ---- */

START_TEST(buffer_grows_to_its_maximum)
{
	struct buffer b;

	buffer_init(&b, 1000);
	ck_assert_ptr_null(b.p);
	for (int i = 0; i < 1000; i++) {
		uint8_t byte = i;

		ck_assert(buffer_append(&b, bytes_of(&byte, 1)));
		ck_assert_uint_le(b.cap, 1000);
	}
	ck_assert_uint_eq(buffer_room(&b), 0);
	ck_assert(!buffer_append(&b, bytes_of("x", 1)));
	ck_assert(buffer_append(&b, bytes_of(NULL, 0)));
	ck_assert_uint_eq(b.n, 1000);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(b.p[i], i & 0xff);
	buffer_release(&b);
}
END_TEST

START_TEST(buffer_refuses_as_a_whole)
{
	struct buffer b;

	buffer_init(&b, 4);
	ck_assert(buffer_append(&b, bytes_of("abc", 3)));
	ck_assert(!buffer_append(&b, bytes_of("de", 2)));
	ck_assert(bytes_equal(buffer_bytes(&b), bytes_of("abc", 3)));
	buffer_release(&b);
}
END_TEST

START_TEST(buffer_drops_its_front)
{
	struct buffer b;

	buffer_init(&b, 100);
	buffer_drop_front(&b, 0);
	ck_assert(buffer_append(&b, bytes_of("abcdef", 6)));
	buffer_drop_front(&b, 2);
	ck_assert(bytes_equal(buffer_bytes(&b), bytes_of("cdef", 4)));
	buffer_drop_front(&b, 4);
	ck_assert_uint_eq(b.n, 0);
	ck_assert_uint_eq(buffer_room(&b), 100);
	buffer_clear(&b);
	ck_assert_ptr_null(b.p);
	ck_assert_uint_eq(b.max, 100);
	buffer_release(&b);
}
END_TEST

static void fill(void *ctx)
{
	struct buffer b;
	size_t kept = 0;

	(void)ctx;
	buffer_init(&b, 8192);
	for (int i = 0; i < 40; i++)
		kept += buffer_append(&b, bytes_of("0123456789abcdefghijklmnopqrstuvwxyz0123456789", 46)) ? 46
													  : 0;
	ck_assert_uint_eq(b.n, kept);
	buffer_release(&b);
}

START_TEST(buffer_survives_each_failure)
{
	ck_assert(harness_alloc_hooked()); /* else nothing fails here and elsewhere, and no one would know */
	ck_assert_int_ge(fail_each_alloc(fill, NULL), 3);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("endpoint");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, addresses, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, unknown_family);
	tcase_add_test(t, buffer_grows_to_its_maximum);
	tcase_add_test(t, buffer_refuses_as_a_whole);
	tcase_add_test(t, buffer_drops_its_front);
	tcase_add_test(t, buffer_survives_each_failure);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
