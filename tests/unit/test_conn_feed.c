/* SPDX-License-Identifier: Apache-2.0 */
/* Events of the kernel's probes become ends and names of connections in the table. */
#include <check.h>
#include <string.h>
#include <sys/socket.h>

#include "app/conn_feed.h"
#include "harness.h"

static struct wire_event gone(void)
{
	return (struct wire_event){
		.kind = WIRE_GONE,
		.family = AF_INET,
		.laddr = {10, 0, 0, 1},
		.raddr = {10, 0, 0, 2},
		.lport = 4000,
		.rport = 80,
		.netns = 7,
		.pid = 23,
		.uid = 1000,
		.comm = "curl",
		.total_rx = 2000,
		.total_tx = 100,
		.pos = 3,
		.pre_skip = 450,
		.entry_ns = 1500000000,
		.exit_ns = 1600000000,
	};
}

START_TEST(an_end_is_a_record)
{
	struct conn_table *table = conn_table_new(NULL, NULL);
	const struct conn_record *r;
	struct wire_event e = gone(), other = gone();
	struct conn_feed f;
	size_t n;

	conn_feed_init(&f, table);
	conn_table_begin(table, 1000000000);
	other.kind = WIRE_DATA;
	conn_feed_event(&f, &other);
	conn_feed_event(&f, &e);
	conn_table_end(table, 2000000000);
	r = conn_table_records(table, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert(r->closed);
	ck_assert_int_eq(r->role, CONN_CLIENT);
	ck_assert_uint_eq(r->pid, 23);
	ck_assert_str_eq(r->comm, "curl");
	ck_assert_uint_eq(r->local.port, 4000);
	ck_assert_uint_eq(r->remote.addr[3], 2);
	ck_assert_uint_eq(r->netns, 7);
	ck_assert_uint_eq(r->rx_bytes, 2000);
	ck_assert_uint_eq(r->tx_bytes, 100);
	ck_assert_uint_eq(r->retrans, 3);
	ck_assert_uint_eq(r->rtt_us, 450);
	conn_feed_release(&f);
	conn_table_free(table);
}
END_TEST

START_TEST(a_close_is_a_name)
{
	struct conn_table *table = conn_table_new(NULL, NULL);
	struct wire_event e = gone();
	struct conn_feed f;

	conn_feed_init(&f, table);
	e.kind = WIRE_CLOSE;
	e.conn = 42;
	conn_feed_event(&f, &e);
	ck_assert_ptr_ne(conn_names_find(&f.names, 42), NULL);
	conn_feed_release(&f);
	conn_table_free(table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_feed");
	TCase *tc = tcase_create("conn_feed");

	tcase_add_test(tc, an_end_is_a_record);
	tcase_add_test(tc, a_close_is_a_name);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
