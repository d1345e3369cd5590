/* SPDX-License-Identifier: Apache-2.0 */
/* Who calls whom. */
#include "harness.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>

#include "app/conn_edges.h"

#define MAX 16

static struct conn_record records[MAX];
static size_t n;
static struct conn_edges edges;
static const struct conn_edge *built;
static size_t n_built;
static struct histogram fast, slow;

static struct endpoint ip(uint8_t first, uint8_t last, uint16_t port)
{
	return (struct endpoint){.family = AF_INET, .addr = {first, 0, 0, last}, .port = port};
}

static void setup(void)
{
	n = 0;
	edges = (struct conn_edges){0};
	memset(&fast, 0, sizeof(fast));
	memset(&slow, 0, sizeof(slow));
	histogram_add(&fast, 1000000, 0);
	histogram_add(&slow, 9000000, 0);
}

static void teardown(void)
{
	conn_edges_release(&edges);
}

static struct conn_record *add(const char *comm, enum conn_role role, struct endpoint local,
			       struct endpoint remote)
{
	struct conn_record *r = &records[n++];

	*r = (struct conn_record){
		.id = n,
		.n = 1,
		.pid = comm ? (uint32_t)comm[0] : 0,
		.comm = comm,
		.local = local,
		.remote = remote,
		.netns = 1,
		.role = role,
		.state = TCP_ESTABLISHED,
		.bytes_known = true,
		.rx_bytes = 100,
		.tx_bytes = 10,
	};
	return r;
}

static void build(void)
{
	ck_assert(conn_edges_build(&edges, records, n, &built, &n_built));
}

/* to: with the port */
static void expect(size_t i, const char *from, const char *to)
{
	char name[64];

	ck_assert_uint_lt(i, n_built);
	snprintf(name, sizeof(name), "%.*s:%u", (int)built[i].to.n, (const char *)built[i].to.p,
		 built[i].port);
	ck_assert_msg(bytes_equal(built[i].from, bytes_of_str(from)), "from is %.*s", (int)built[i].from.n,
		      (const char *)built[i].from.p);
	ck_assert_str_eq(name, to);
}

START_TEST(both_ends_here)
{
	struct conn_record *client = add("curl", CONN_CLIENT, ip(127, 1, 4000), ip(127, 1, 80));
	struct conn_record *server = add("nginx", CONN_SERVER, ip(127, 1, 80), ip(127, 1, 4000));

	client->http = server->http = true;
	client->requests = 9;
	client->latency = &slow;
	server->requests = 10;
	server->errors = 1;
	server->latency = &fast;
	build();
	ck_assert_uint_eq(n_built, 1);
	expect(0, "curl[99]", "nginx[110]:80");
	ck_assert(built[0].from_local && built[0].to_local);
	ck_assert_uint_eq(built[0].connections, 1);
	ck_assert_uint_eq(built[0].bytes, 110);
	ck_assert_uint_eq(built[0].requests, 10);
	ck_assert_uint_eq(built[0].errors, 1);
	ck_assert_ptr_eq(built[0].latency, &fast);
	/* only the client's side is HTTP to us */
	server->http = false;
	build();
	ck_assert_uint_eq(built[0].requests, 9);
	ck_assert_ptr_eq(built[0].latency, &slow);
}
END_TEST

/* Who is called, and calls others, has one name. */
START_TEST(in_the_middle)
{
	add("curl", CONN_CLIENT, ip(127, 1, 4000), ip(127, 1, 80));
	add("nginx", CONN_SERVER, ip(127, 1, 80), ip(127, 1, 4000));
	add("nginx", CONN_SERVER, ip(127, 1, 443), ip(127, 1, 4001));
	add("nginx", CONN_CLIENT, ip(127, 1, 5000), ip(10, 9, 8080));
	build();
	ck_assert_uint_eq(n_built, 3);
	expect(0, "127.0.0.1", "nginx[110]:443");
	expect(1, "curl[99]", "nginx[110]:80");
	expect(2, "nginx[110]", "10.0.0.9:8080");
	ck_assert(bytes_equal(built[1].to, built[2].from));
}
END_TEST

START_TEST(one_end_here)
{
	add("curl", CONN_CLIENT, ip(10, 1, 4000), ip(10, 9, 80))->requests = 1;
	add("curl", CONN_CLIENT, ip(10, 1, 4001), ip(10, 9, 80))->requests = 1;
	add("nginx", CONN_SERVER, ip(10, 1, 80), ip(10, 7, 5000));
	add(NULL, CONN_SERVER, ip(10, 1, 22), ip(10, 7, 5001))->rx_bytes = 1;
	records[0].http = records[1].http = true;
	records[0].latency = &fast;
	records[1].latency = &slow;
	build();
	ck_assert_uint_eq(n_built, 3);
	expect(0, "curl[99]", "10.0.0.9:80");
	ck_assert_uint_eq(built[0].connections, 2);
	ck_assert_uint_eq(built[0].requests, 2);
	ck_assert_uint_eq(built[0].latency->count, 2);
	ck_assert_uint_eq(fast.count, 1);
	ck_assert(built[0].from_local && !built[0].to_local);
	expect(1, "10.0.0.7", "nginx[110]:80");
	ck_assert(!built[1].from_local && built[1].to_local);
	expect(2, "10.0.0.7", "10.0.0.1:22");
	ck_assert(built[2].to_local);
}
END_TEST

/* Two containers; a pod; 127.0.0.1 of one namespace is not that of another. */
START_TEST(other_namespaces)
{
	struct conn_record *server;

	add("curl", CONN_CLIENT, ip(172, 2, 4000), ip(172, 3, 80))->container = "0123456789abcdef";
	server = add("web", CONN_SERVER, ip(172, 3, 80), ip(172, 2, 4000));
	server->netns = 2;
	server->pod = "web-1";
	server->namespace_ = "shop";
	add("a", CONN_CLIENT, ip(127, 1, 4000), ip(127, 1, 81))->rx_bytes = 20;
	add("b", CONN_SERVER, ip(127, 1, 81), ip(127, 1, 4000))->netns = 2;
	build();
	ck_assert_uint_eq(n_built, 3);
	expect(0, "127.0.0.1", "b[98]:81");
	expect(1, "curl (0123456789ab)", "web (shop/web-1):80");
	expect(2, "a[97]", "127.0.0.1:81");
}
END_TEST

/* The listener is gone: both look like clients. */
START_TEST(roles_that_cannot_be)
{
	add("nginx", CONN_CLIENT, ip(127, 1, 80), ip(127, 1, 4000));
	add("curl", CONN_CLIENT, ip(127, 1, 4000), ip(127, 1, 80));
	add("x", CONN_ROLE_UNKNOWN, ip(10, 1, 5000), ip(10, 9, 53))->rx_bytes = 1;
	build();
	ck_assert_uint_eq(n_built, 2);
	expect(0, "curl[99]", "nginx[110]:80");
	expect(1, "x[120]", "10.0.0.9:53");
}
END_TEST

START_TEST(a_port_used_again)
{
	for (int i = 0; i < 3; i++) {
		add("curl", CONN_CLIENT, ip(127, 1, 4000), ip(127, 1, 80))->closed = i < 2;
		add("nginx", CONN_SERVER, ip(127, 1, 80), ip(127, 1, 4000))->closed = i < 2;
	}
	build();
	ck_assert_uint_eq(n_built, 1);
	ck_assert_uint_eq(built[0].connections, 3);
	ck_assert_uint_eq(built[0].bytes, 330);
}
END_TEST

/* A connection to itself (simultaneous open). */
START_TEST(one_socket_is_both_ends)
{
	add("self", CONN_CLIENT, ip(127, 1, 4000), ip(127, 1, 4000));
	build();
	ck_assert_uint_eq(n_built, 1);
	ck_assert_uint_eq(built[0].connections, 1);
}
END_TEST

static void without_memory(void *ctx)
{
	struct conn_edges e = {0};

	(void)ctx;
	if (!conn_edges_build(&e, records, n, &built, &n_built))
		ck_assert_uint_eq(n_built, 0);
	else
		ck_assert_uint_eq(n_built, 1);
	conn_edges_release(&e);
}

START_TEST(each_allocation_may_fail)
{
	for (uint16_t i = 0; i < 4; i++)
		add("curl", CONN_CLIENT, ip(10, 1, 4000 + i), ip(10, 9, 80))->latency = i % 2 ? &fast : &slow;
	ck_assert(harness_alloc_hooked());
	ck_assert_int_ge(fail_each_alloc(without_memory, NULL), 5);
	build();
	ck_assert_uint_eq(built[0].latency->count, 4);
}
END_TEST

START_TEST(nothing)
{
	build();
	ck_assert_uint_eq(n_built, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_edges");
	TCase *tc = tcase_create("conn_edges");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, both_ends_here);
	tcase_add_test(tc, in_the_middle);
	tcase_add_test(tc, one_end_here);
	tcase_add_test(tc, other_namespaces);
	tcase_add_test(tc, roles_that_cannot_be);
	tcase_add_test(tc, a_port_used_again);
	tcase_add_test(tc, one_socket_is_both_ends);
	tcase_add_test(tc, each_allocation_may_fail);
	tcase_add_test(tc, nothing);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
