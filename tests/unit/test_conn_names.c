/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of connections, and who they are. */
#include <check.h>
#include <string.h>

#include "app/conn_names.h"
#include "harness.h"

#define MANY 10000

START_TEST(finds_what_was_added)
{
	struct conn_names s = {0};

	ck_assert_ptr_eq(conn_names_find(&s, 1), NULL);
	for (uint64_t id = 1; id <= MANY; id++) {
		struct wire_conn c = {.id = id * 7, .pid = (uint32_t)id};

		conn_names_add(&s, &c);
		conn_names_add(&s, &c);
	}
	ck_assert_uint_eq(s.n, MANY);
	for (uint64_t id = 1; id <= 7 * MANY; id++) {
		const struct wire_conn *c = conn_names_find(&s, id);

		ck_assert((c != NULL) == (id % 7 == 0));
		ck_assert(!c || c->pid == id / 7);
	}
	ck_assert_ptr_eq(conn_names_find(&s, 0), NULL);
	conn_names_clear(&s);
	ck_assert_ptr_eq(conn_names_find(&s, 7), NULL);
	ck_assert_uint_eq(s.dropped, 0);
	conn_names_release(&s);
}
END_TEST

START_TEST(has_a_bound)
{
	struct conn_names s = {0};

	for (uint64_t id = 1; id <= CONN_NAMES_MAX + 3; id++)
		conn_names_add(&s, &(struct wire_conn){.id = id});
	ck_assert_uint_ge(s.n, CONN_NAMES_MAX);
	ck_assert_uint_eq(s.n + s.dropped, CONN_NAMES_MAX + 3);
	ck_assert_ptr_ne(conn_names_find(&s, CONN_NAMES_MAX), NULL);
	ck_assert_ptr_eq(conn_names_find(&s, CONN_NAMES_MAX + 4), NULL);
	conn_names_release(&s);
}
END_TEST

START_TEST(takes_events)
{
	struct wire_event e = {.kind = WIRE_CLOSE,
			       .conn = 5,
			       .pid = 23,
			       .lport = 80,
			       .rport = 40000,
			       .flags = WIRE_F_SERVER | WIRE_F_HTTP2,
			       .laddr = {127, 0, 0, 1},
			       .comm = "nginx"};
	struct conn_names s = {0};
	const struct wire_conn *c;

	conn_names_add_event(&s, &e);
	e.conn = 0;
	conn_names_add_event(&s, &e);
	ck_assert_uint_eq(s.n, 1);
	c = conn_names_find(&s, 5);
	ck_assert_ptr_ne(c, NULL);
	ck_assert_uint_eq(c->pid, 23);
	ck_assert_uint_eq(c->lport, 80);
	ck_assert_uint_eq(c->laddr[0], 127);
	ck_assert(c->is_server && c->http2);
	ck_assert_str_eq(c->comm, "nginx");
	conn_names_release(&s);
}
END_TEST

static void add_some(void *ctx)
{
	struct conn_names s = {0};

	(void)ctx;
	for (uint64_t id = 1; id <= 1000; id++)
		conn_names_add(&s, &(struct wire_conn){.id = id});
	ck_assert_uint_eq(s.n + s.dropped, 1000);
	conn_names_release(&s);
}

START_TEST(each_allocation_may_fail)
{
	fail_each_alloc(add_some, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_names");
	TCase *tc = tcase_create("conn_names");

	tcase_add_test(tc, finds_what_was_added);
	tcase_add_test(tc, has_a_bound);
	tcase_add_test(tc, takes_events);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
