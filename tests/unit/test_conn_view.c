/* SPDX-License-Identifier: Apache-2.0 */
/* What options and keys choose of an interval: rows, groups, edges with both their ends. */
#include <check.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "app/conn_filter.h"
#include "app/conn_view.h"
#include "harness.h"

static struct endpoint at(uint8_t last, uint16_t port)
{
	return (struct endpoint){.family = AF_INET, .addr = {10, 0, 0, last}, .port = port};
}

static struct conn_record one(uint64_t id, uint32_t pid, const char *comm, struct endpoint local,
			      struct endpoint remote)
{
	return (struct conn_record){
		.id = id,
		.pid = pid,
		.comm = comm,
		.role = local.port == 80 ? CONN_SERVER : CONN_CLIENT,
		.local = local,
		.remote = remote,
		.netns = (uint32_t)id, /* each in its own */
		.state = TCP_ESTABLISHED,
		.n = 1,
		.bytes_known = true,
		.rx_bytes = 10 * id,
	};
}

/* curl and its nginx, both here; a server's connection from elsewhere; a client's to elsewhere. */
#define RECORDS 4
static struct conn_record records[RECORDS];
static struct options options;
static struct conn_interval shown;

static void prepare(void)
{
	options = (struct options){0};
	options.conn.sort = CONN_COL_RX;
	records[0] = one(1, 11, "curl", at(1, 4000), at(2, 80));
	records[1] = one(2, 12, "nginx", at(2, 80), at(1, 4000));
	records[2] = one(3, 12, "nginx", at(2, 80), at(9, 5000));
	records[3] = one(4, 13, "wget", at(1, 4001), at(8, 80));
}

static void build(struct conn_view *v)
{
	static const struct conn_summary summary = {.n_records = RECORDS, .lost = 3};

	ck_assert(conn_view_build(v, records, RECORDS, &summary, &shown));
	ck_assert_uint_eq(shown.summary->lost, 3);
}

START_TEST(rows)
{
	struct conn_view v;

	prepare();
	options.conn.filter.only_server = true;
	conn_view_init(&v, &options);
	build(&v);
	ck_assert_uint_eq(shown.n_records, 2);
	ck_assert_uint_eq(shown.records[0].id, 3);
	ck_assert_uint_eq(shown.summary->n_records, RECORDS);
	v.order.reverse = true;
	build(&v);
	ck_assert_uint_eq(shown.records[0].id, 2);
	v.order.rows = 1;
	v.order.filter = "10.0.0.9";
	build(&v);
	ck_assert_uint_eq(shown.n_records, 1);
	ck_assert_uint_eq(shown.records[0].id, 3);
	conn_view_release(&v);
}
END_TEST

START_TEST(groups)
{
	struct conn_view v;

	prepare();
	options.conn.by = CONN_BY_PROCESS;
	conn_view_init(&v, &options);
	build(&v);
	ck_assert_uint_eq(shown.n_records, 3);
	ck_assert_uint_eq(shown.summary->n_records, 3);
	ck_assert_uint_eq(shown.records[0].n, 2);
	ck_assert(bytes_equal(shown.records[0].group, bytes_of_str("nginx[12]")));
	conn_view_release(&v);
}
END_TEST

/* An option that leaves out the other end does not leave out its name. */
START_TEST(edges)
{
	struct conn_view v;

	prepare();
	options.conn.graph = true;
	strcpy(options.conn.filter.comms[0], "curl");
	options.conn.filter.n_comms = 1;
	conn_view_init(&v, &options);
	build(&v);
	ck_assert_uint_eq(shown.n_edges, 1);
	ck_assert(bytes_equal(shown.edges[0].from, bytes_of_str("curl[11]")));
	ck_assert(bytes_equal(shown.edges[0].to, bytes_of_str("nginx[12]")));
	ck_assert_uint_eq(shown.edges[0].port, 80);
	options.conn.filter.n_comms = 0;
	build(&v);
	ck_assert_uint_eq(shown.n_edges, 3);
	v.order.filter = "wget";
	build(&v);
	ck_assert_uint_eq(shown.n_edges, 1);
	v.order.filter = "nobody";
	build(&v);
	ck_assert_uint_eq(shown.n_edges, 0);
	conn_view_release(&v);
}
END_TEST

START_TEST(filters)
{
	struct conn_record r;
	const uint32_t owners[] = {11, 77};

	prepare();
	r = records[0];
	ck_assert(!conn_filter_any(&options) && conn_filter_match(&options, &r));
	options.conn.filter.pids[0] = 77;
	options.conn.filter.n_pids = 1;
	ck_assert(conn_filter_any(&options) && !conn_filter_match(&options, &r));
	r.owners = owners;
	r.n_owners = r.n_owner_pids = 2;
	ck_assert(conn_filter_match(&options, &r));
	options.conn.filter.only_client = true;
	ck_assert(conn_filter_match(&options, &r));
	r.role = CONN_ROLE_UNKNOWN;
	ck_assert(!conn_filter_match(&options, &r));
	r.role = CONN_CLIENT;
	options.container = "0123";
	ck_assert(!conn_filter_match(&options, &r));
	r.container = "0123456789ab";
	ck_assert(conn_filter_match(&options, &r));
	options.container = NULL;
	options.pod = "shop/web";
	ck_assert(!conn_filter_match(&options, &r));
	r.pod = "web";
	r.namespace_ = "shopping";
	ck_assert(!conn_filter_match(&options, &r));
	r.namespace_ = "shop";
	ck_assert(conn_filter_match(&options, &r));
}
END_TEST

static void build_each(void *ctx)
{
	static const struct conn_summary summary;
	struct conn_view v;

	(void)ctx;
	prepare();
	options.conn.filter.only_ipv4 = true;
	conn_view_init(&v, &options);
	for (unsigned i = 0; i < 4; i++) {
		v.by = i & 1 ? CONN_BY_PEER : CONN_BY_CONNECTION;
		v.topology = i > 1;
		if (!conn_view_build(&v, records, RECORDS, &summary, &shown))
			ck_assert_uint_eq(shown.n_records + shown.n_edges, 0);
	}
	conn_view_release(&v);
}

START_TEST(each_allocation_may_fail)
{
	fail_each_alloc(build_each, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_view");
	TCase *tc = tcase_create("conn_view");

	tcase_add_test(tc, rows);
	tcase_add_test(tc, groups);
	tcase_add_test(tc, edges);
	tcase_add_test(tc, filters);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
