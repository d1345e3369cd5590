/* SPDX-License-Identifier: Apache-2.0 */
/* Header lists read from where a program is laid out otherwise than known: none of it is believed. */
#include "transport/header_hooks.h"

#include "harness.h"
#include "transport/uprobe_hooks.h"

struct list {
	struct wire_event event;
	uint8_t data[512];
};

static void add(struct list *l, const char *name, const void *value, size_t n)
{
	struct wire_field field = {.name = (uint16_t)strlen(name), .value = (uint16_t)n};

	memcpy(l->data + l->event.len, &field, sizeof(field));
	memcpy(l->data + l->event.len + sizeof(field), name, field.name);
	memcpy(l->data + l->event.len + sizeof(field) + field.name, value, n);
	l->event.len += sizeof(field) + field.name + n;
}

static struct list list_of(const char *name, const void *value, size_t n)
{
	struct list l = {.event = {.kind = WIRE_HEADERS,
				   .pid = 77,
				   .msg = 1,
				   .close_reason = UPROBE_GRPC_WRITE,
				   .comm = "program"}};

	add(&l, ":path", "/x", 2);
	add(&l, name, value, n);
	return l;
}

static bool plausible(const char *name, const char *value, size_t n)
{
	struct list l = list_of(name, value, n);

	return header_hooks_plausible(l.data, l.event.len);
}

START_TEST(fields)
{
	ck_assert(plausible("content-type", "application/grpc", 16));
	ck_assert(plausible("x_y.z-bin", "", 0));
	ck_assert(plausible("a", "t\t\xc3\xa4 b", 6));
	ck_assert(plausible(":scheme", "http", 4));
	ck_assert(plausible("Content-Type", "a", 1)); /* apache2, to libnghttp2 */
	ck_assert(!plausible("a b", "a", 1));
	ck_assert(!plausible("a:b", "a", 1));
	ck_assert(!plausible(":", "a", 1));
	ck_assert(!plausible("\x01\x02", "a", 1));
	ck_assert(!plausible("a", "\0", 1));
	ck_assert(!plausible("a", "x\r\ny: z", 7));
	ck_assert(!plausible("a", "\x7f", 1));
	ck_assert(!header_hooks_plausible((const uint8_t *)"", 0));
}
END_TEST

START_TEST(pseudo_fields_first)
{
	struct list l = list_of("a", "b", 1);

	add(&l, ":method", "GET", 3);
	ck_assert(!header_hooks_plausible(l.data, l.event.len));
}
END_TEST

/* The first ones do not fit: off, and said so once. */
START_TEST(drift)
{
	struct header_hooks h = {.map = -1};
	struct list bad = list_of("\x90\x1f", "x", 1), good = list_of("a", "b", 1);

	for (int i = 0; i < HEADER_HOOKS_UNFIT_MAX; i++) {
		ck_assert_ptr_null(header_hooks_notice(&h));
		ck_assert(!header_hooks_take(&h, &bad.event, bad.data));
	}
	ck_assert_ptr_nonnull(
		strstr(header_hooks_notice(&h), "(*loopyWriter).writeHeader of process 77 (program)"));
	ck_assert(!header_hooks_take(&h, &bad.event, bad.data));
	ck_assert_ptr_null(header_hooks_notice(&h));
	/* another process is another story */
	good.event.pid = bad.event.pid = 78;
	ck_assert(header_hooks_take(&h, &good.event, good.data));
	for (int i = 0; i < 100; i++)
		ck_assert(!header_hooks_take(&h, &bad.event, bad.data));
	ck_assert_ptr_null(header_hooks_notice(&h));
}
END_TEST

/* The kernel side has found it out. */
START_TEST(told)
{
	struct header_hooks h = {.map = -1};
	struct wire_event e = {.kind = WIRE_HEADERS, .flags = WIRE_F_UNFIT, .pid = 5};

	e.close_reason = UPROBE_HTTP_SERVER;
	ck_assert(!header_hooks_take(&h, &e, NULL));
	ck_assert_ptr_nonnull(strstr(header_hooks_notice(&h), "net/http.(*http2serverConn).processHeaders"));
	ck_assert_ptr_null(header_hooks_notice(&h));
}
END_TEST

START_TEST(many_processes)
{
	struct header_hooks h = {.map = -1};
	struct list good = list_of("a", "b", 1);

	for (uint32_t pid = 1; pid < 3 * HEADER_HOOKS_MAX; pid++) {
		good.event.pid = pid;
		ck_assert(header_hooks_take(&h, &good.event, good.data));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("header_hooks");
	TCase *c = tcase_create("lists");

	tcase_add_test(c, fields);
	tcase_add_test(c, pseudo_fields_first);
	tcase_add_test(c, drift);
	tcase_add_test(c, told);
	tcase_add_test(c, many_processes);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
