/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows, in which order. */
#include "harness.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include "app/conn_order.h"

#define N 4

static struct histogram slow, fast;
static struct conn_record records[N];

static struct endpoint ip(uint8_t last, uint16_t port)
{
	return (struct endpoint){.family = AF_INET, .addr = {10, 0, 0, last}, .port = port};
}

/* 1: busy; 2: slow and broken; 3: idle; 4: nothing is known. */
static void setup(void)
{
	memset(&slow, 0, sizeof(slow));
	memset(&fast, 0, sizeof(fast));
	histogram_add(&slow, 1000000000, 0);
	histogram_add(&fast, 1000000, 0);
	records[0] = (struct conn_record){
		.id = 1,
		.n = 1,
		.pid = 30,
		.comm = "nginx",
		.local = ip(1, 80),
		.remote = ip(9, 4000),
		.role = CONN_SERVER,
		.proto = "http/1",
		.state = TCP_ESTABLISHED,
		.bytes_known = true,
		.rx_bytes = 500,
		.tx_bytes = 10,
		.rtt_us = 50,
		.retrans = 1,
		.age_ns = 1000,
		.http = true,
		.requests = 100,
		.latency = &fast,
	};
	records[1] = (struct conn_record){
		.id = 2,
		.n = 1,
		.pid = 4,
		.comm = "Curl",
		.local = ip(1, 4001),
		.remote = ip(10, 443),
		.role = CONN_CLIENT,
		.proto = "http/2",
		.state = TCP_CLOSE_WAIT,
		.bytes_known = true,
		.rx_bytes = 5,
		.tx_bytes = 4000,
		.rtt_us = 5000,
		.retrans = 9,
		.age_ns = -1,
		.http = true,
		.requests = 10,
		.errors = 5,
		.latency = &slow,
		.container = "0123",
		.pod = "web",
		.namespace_ = "shop",
	};
	records[2] = (struct conn_record){
		.id = 3,
		.n = 1,
		.pid = 200,
		.comm = "sshd",
		.local = ip(1, 22),
		.remote = ip(9, 3999),
		.role = CONN_SERVER,
		.state = TCP_ESTABLISHED,
		.closed = true,
		.bytes_known = true,
		.age_ns = 999999,
	};
	records[3] = (struct conn_record){.id = 4, .n = 1};
}

/* "1234": the ids. */
static void expect_order(const struct conn_order *order, const char *ids)
{
	struct conn_rows rows = {0};
	char got[N + 1] = "";

	ck_assert(conn_rows_choose(&rows, order, records, N));
	for (size_t i = 0; i < rows.n; i++)
		got[i] = (char)('0' + rows.p[i].id);
	ck_assert_str_eq(got, ids);
	conn_rows_release(&rows);
}

static void expect(const char *column, const char *ids, const char *reversed)
{
	struct conn_order order = {0};

	ck_assert(conn_order_parse(column, &order.by));
	expect_order(&order, ids);
	order.reverse = true;
	expect_order(&order, reversed);
}

START_TEST(each_column)
{
	expect("pid", "2134", "3124");
	expect("comm", "2134", "3124");
	expect("role", "2134", "1324");
	expect("laddr", "3124", "2134");
	expect("raddr", "3124", "2134");
	expect("proto", "1234", "2134");
	expect("state", "1234", "3214");
	expect("rx", "1234", "3214");
	expect("tx", "2134", "3124");
	expect("req", "1234", "2134");
	expect("err", "2134", "1234");
	expect("p50", "2134", "1234");
	expect("p99", "2134", "1234");
	expect("rtt", "2134", "1234");
	expect("retr", "2134", "3124");
	expect("age", "2314", "4132");
	expect("CONTAINER", "2134", "2134");
}
END_TEST

START_TEST(no_such_column)
{
	enum conn_column by;

	ck_assert(!conn_order_parse("", &by));
	ck_assert(!conn_order_parse("pi", &by));
	ck_assert(!conn_order_parse("pid ", &by));
	for (unsigned i = 0; i < CONN_COLS; i++) {
		ck_assert(conn_order_parse(conn_column_key(i), &by));
		ck_assert_uint_eq(by, i);
	}
}
END_TEST

START_TEST(filter)
{
	static const struct {
		const char *filter, *ids;
	} cases[] = {
		{"", "2134"},	  {"NGINX", "1"},      {"curl", "2"},	{"10.0.0.9", "13"},
		{":443", "2"},	  {"close_wait", "2"}, {"closed", "3"}, {"http", "21"},
		{"server", "13"}, {"shop/w", "2"},     {"nothing", ""}, {"200", "3"},
	};
	struct conn_order order = {.by = CONN_COL_PID};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		order.filter = cases[i].filter;
		expect_order(&order, cases[i].ids);
		ck_assert_int_eq(conn_order_match(order.filter, &records[1]),
				 strchr(cases[i].ids, '2') != NULL);
	}
	ck_assert(conn_order_match(NULL, &records[3]));
}
END_TEST

START_TEST(only_the_first_rows)
{
	struct conn_order order = {.by = CONN_COL_RX, .rows = 2};
	struct conn_rows rows = {0};

	expect_order(&order, "12");
	ck_assert(conn_rows_choose(&rows, &order, records, N));
	ck_assert_uint_eq(rows.matched, N);
	ck_assert(conn_rows_choose(&rows, &order, records, 0));
	ck_assert_uint_eq(rows.n, 0);
	conn_rows_release(&rows);
}
END_TEST

static void without_memory(void *ctx)
{
	struct conn_order order = {.by = CONN_COL_RX, .filter = "nginx"};
	struct conn_rows rows = {0};

	(void)ctx;
	if (!conn_rows_choose(&rows, &order, records, N))
		ck_assert_uint_eq(rows.n, 0);
	else
		ck_assert_uint_ge(rows.n, 1);
	conn_rows_release(&rows);
}

START_TEST(each_allocation_may_fail)
{
	ck_assert(harness_alloc_hooked());
	ck_assert_int_ge(fail_each_alloc(without_memory, NULL), 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_order");
	TCase *tc = tcase_create("conn_order");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, each_column);
	tcase_add_test(tc, no_such_column);
	tcase_add_test(tc, filter);
	tcase_add_test(tc, only_the_first_rows);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
