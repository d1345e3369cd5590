/* SPDX-License-Identifier: Apache-2.0 */
/* Connections folded into groups. */
#include "harness.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include "app/conn_groups.h"

#define N 5

static struct histogram one, two;
static struct conn_record records[N];
static struct conn_groups groups;
static const struct conn_record *folded;
static size_t n_folded;

static struct endpoint ip(uint8_t last, uint16_t port)
{
	return (struct endpoint){.family = AF_INET, .addr = {10, 0, 0, last}, .port = port};
}

static struct conn_record sample(uint64_t id, const char *comm, uint32_t pid, struct endpoint remote)
{
	return (struct conn_record){
		.id = id,
		.n = 1,
		.pid = pid,
		.comm = comm,
		.local = ip(1, (uint16_t)(4000 + id)),
		.remote = remote,
		.role = CONN_CLIENT,
		.state = TCP_ESTABLISHED,
		.bytes_known = true,
		.rx_bytes = id,
		.tx_bytes = 10 * id,
		.rtt_us = (uint32_t)id,
		.age_ns = (int64_t)id,
		.seen_ns = (int64_t)id,
	};
}

static void setup(void)
{
	groups = (struct conn_groups){0};
	memset(&one, 0, sizeof(one));
	memset(&two, 0, sizeof(two));
	histogram_add(&one, 1000000, 0);
	histogram_add(&two, 2000000, 0);
	records[0] = sample(1, "curl", 7, ip(9, 80));
	records[1] = sample(2, "curl", 7, ip(9, 443));
	records[2] = sample(3, "wget", 8, ip(9, 80));
	records[3] = sample(4, "nginx", 9, ip(5, 999));
	records[4] = (struct conn_record){.id = 5, .n = 1, .age_ns = -1};
	records[0].http = true;
	records[0].requests = 3;
	records[0].latency = &one;
	records[2].http = true;
	records[2].requests = 4;
	records[2].errors = 1;
	records[2].latency = &two;
	records[3].role = CONN_SERVER;
	records[3].local.port = 8080;
	records[3].container = "0123456789abcdef";
	records[3].pod = "web-1";
	records[3].namespace_ = "shop";
}

static void teardown(void)
{
	conn_groups_release(&groups);
}

static void fold(enum conn_group by)
{
	uint64_t rx = 0, n = 0;

	ck_assert(conn_groups_fold(&groups, by, records, N, &folded, &n_folded));
	for (size_t i = 0; i < n_folded; i++) {
		rx += folded[i].rx_bytes;
		n += folded[i].n;
	}
	ck_assert_uint_eq(rx, 1 + 2 + 3 + 4);
	ck_assert_uint_eq(n, N);
}

static const struct conn_record *group_of(const char *name)
{
	for (size_t i = 0; i < n_folded; i++)
		if (bytes_equal(folded[i].group, bytes_of_str(name)))
			return &folded[i];
	ck_abort_msg("no group %s", name);
}

START_TEST(names)
{
	static const struct {
		enum conn_group by;
		const char *names[N];
	} cases[] = {
		{CONN_BY_PROCESS, {"-", "curl[7]", "nginx[9]", "wget[8]"}},
		{CONN_BY_PEER, {"-", "10.0.0.5", "10.0.0.9"}},
		{CONN_BY_SERVICE, {"-", "10.0.0.9:443", "10.0.0.9:80", ":8080 nginx"}},
		{CONN_BY_CONTAINER, {"-", "0123456789ab"}},
		{CONN_BY_POD, {"-", "shop/web-1"}},
	};
	enum conn_group by;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fold(cases[i].by);
		for (size_t j = 0; j < N; j++) {
			ck_assert_int_eq(cases[i].names[j] != NULL, j < n_folded);
			if (cases[i].names[j])
				ck_assert(bytes_equal(folded[j].group, bytes_of_str(cases[i].names[j])));
		}
	}
	for (unsigned i = 0; i < CONN_GROUPS; i++)
		ck_assert(conn_group_parse(conn_group_name(i), &by) && by == i);
	ck_assert(!conn_group_parse("", &by));
}
END_TEST

START_TEST(not_grouped)
{
	fold(CONN_BY_CONNECTION);
	ck_assert_ptr_eq(folded, records);
}
END_TEST

START_TEST(what_differs_is_unknown)
{
	const struct conn_record *g;

	fold(CONN_BY_PEER);
	g = group_of("10.0.0.9");
	ck_assert_uint_eq(g->n, 3);
	ck_assert_uint_eq(g->pid, 0);
	ck_assert_ptr_null(g->comm);
	ck_assert_uint_eq(g->remote.family, 0);
	ck_assert_uint_eq(g->state, TCP_ESTABLISHED);
	ck_assert_int_eq(g->role, CONN_CLIENT);
	ck_assert_uint_eq(g->tx_bytes, 60);
	ck_assert_uint_eq(g->rtt_us, 3);
	ck_assert_int_eq(g->age_ns, 3);
	ck_assert(g->http);
	ck_assert_uint_eq(g->requests, 7);
	ck_assert_uint_eq(g->errors, 1);
	ck_assert_uint_eq(g->latency->count, 2);
	ck_assert_uint_eq(one.count, 1);
	g = group_of("10.0.0.5");
	ck_assert_str_eq(g->comm, "nginx");
	ck_assert_ptr_null(g->latency);
	fold(CONN_BY_PROCESS);
	g = group_of("curl[7]");
	ck_assert_uint_eq(g->pid, 7);
	ck_assert_str_eq(g->comm, "curl");
	ck_assert_ptr_eq(g->latency, &one);
}
END_TEST

START_TEST(ids_stay)
{
	uint64_t id;

	fold(CONN_BY_PEER);
	id = group_of("10.0.0.9")->id;
	ck_assert_uint_ne(id, group_of("10.0.0.5")->id);
	ck_assert(conn_groups_fold(&groups, CONN_BY_PEER, records + 2, 1, &folded, &n_folded));
	ck_assert_uint_eq(group_of("10.0.0.9")->id, id);
	ck_assert(conn_groups_fold(&groups, CONN_BY_PEER, records, 0, &folded, &n_folded));
	ck_assert_uint_eq(n_folded, 0);
}
END_TEST

static void without_memory(void *ctx)
{
	struct conn_groups g = {0};
	const struct conn_record *rows;
	size_t n;

	(void)ctx;
	if (!conn_groups_fold(&g, CONN_BY_PEER, records, N, &rows, &n))
		ck_assert_uint_eq(n, 0);
	else
		ck_assert_uint_eq(n, 3);
	conn_groups_release(&g);
}

START_TEST(each_allocation_may_fail)
{
	ck_assert(harness_alloc_hooked());
	ck_assert_int_ge(fail_each_alloc(without_memory, NULL), 4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_groups");
	TCase *tc = tcase_create("conn_groups");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, names);
	tcase_add_test(tc, not_grouped);
	tcase_add_test(tc, what_differs_is_unknown);
	tcase_add_test(tc, ids_stay);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
