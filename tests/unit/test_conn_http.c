/* SPDX-License-Identifier: Apache-2.0 */
/* What the probes tell of HTTP finds its connection, and who has it open. */
#include "harness.h"

#include <unistd.h>

#include "conn_fixture.h"

#define MS 1000000ull

static struct conn_table *table;
static uint64_t now;

static void setup(void)
{
	table = conn_table_new(NULL, NULL);
	now = 100 * SECOND;
	ck_assert_ptr_nonnull(table);
}

static void teardown(void)
{
	conn_table_free(table);
}

static void begin(void)
{
	conn_table_begin(table, now);
}

static void tell(struct sock_diag_socket s)
{
	conn_table_socket(table, &s);
}

static void end(void)
{
	now += SECOND;
	conn_table_end(table, now);
}

static struct conn_http sample_http(uint16_t port, uint64_t conn)
{
	return (struct conn_http){
		.conn = conn,
		.local = ip(1, port),
		.remote = ip(2, 80),
		.netns = NETNS,
		.pid = 42,
		.comm = "curl",
		.role = CONN_CLIENT,
	};
}

/* n exchanges of ms each. */
static struct wire_latency sample_row(uint64_t n, uint64_t ms)
{
	struct histogram h = {0};
	struct wire_latency row = {0};

	for (uint64_t i = 0; i < n; i++)
		histogram_add(&h, ms * MS, 0);
	memcpy(&row, &h, sizeof(h));
	return row;
}

static void tell_row(uint16_t port, uint64_t conn, struct wire_latency row, uint64_t failed)
{
	struct conn_http http = sample_http(port, conn);

	row.failed = failed;
	http.row = &row;
	http.failed = failed;
	conn_table_http(table, &http);
}

START_TEST(rows_add_up)
{
	struct wire_latency broken = sample_row(2, 1);
	struct conn_http http = sample_http(1000, 5);
	const struct conn_record *r;

	broken.errors = 3;
	http.inflight = 4;
	begin();
	conn_table_http(table, &http);
	tell(sample_socket(1000, 0, 0));
	tell_row(1000, 5, sample_row(10, 2), 1);
	tell_row(1000, 5, broken, 0);
	end();
	ck_assert_uint_eq(count_records(table), 1);
	r = record_of(table, 1000);
	ck_assert(r->http);
	ck_assert_str_eq(r->proto, "http/1");
	ck_assert_uint_eq(r->requests, 15);
	ck_assert_uint_eq(r->errors, 4);
	ck_assert_uint_eq(r->latency->count, 12);
	ck_assert_uint_eq(r->latency->max_ns, 2 * MS);
	ck_assert_uint_eq(r->pid, 42);
	ck_assert_str_eq(r->comm, "curl");
	ck_assert_uint_eq(conn_table_summary(table)->requests, 15);
	ck_assert_uint_eq(conn_table_summary(table)->errors, 4);
	ck_assert_uint_eq(conn_table_summary(table)->ownerless, 0);
	/* nothing in the next one, but it is still known to be HTTP */
	begin();
	tell(sample_socket(1000, 0, 0));
	end();
	r = record_of(table, 1000);
	ck_assert(r->http);
	ck_assert_uint_eq(r->requests, 0);
	ck_assert_uint_eq(r->inflight, 0);
	ck_assert_ptr_null(r->latency);
}
END_TEST

START_TEST(probes_know_the_role)
{
	struct conn_http quiet = sample_http(81, 6);

	begin();
	tell(sample_socket(80, 0, 0));
	tell(sample_socket(81, 0, 0));
	tell(sample_listener(NETNS, 80));
	tell(sample_listener(NETNS, 81));
	tell_row(80, 5, sample_row(1, 1), 0);
	conn_table_http(table, &quiet); /* no message seen: its role means nothing */
	end();
	ck_assert_int_eq(record_of(table, 80)->role, CONN_CLIENT);
	ck_assert_int_eq(record_of(table, 81)->role, CONN_SERVER);
	ck_assert(!record_of(table, 81)->http);
	ck_assert_ptr_null(record_of(table, 81)->proto);
}
END_TEST

/* The probes are first; sock_diag tells of it later, or its end. */
START_TEST(told_before_it_is_seen)
{
	struct conn_gone gone = sample_gone(1001, 40, 4);

	begin();
	tell(sample_listener(NETNS, 9));
	end();
	begin();
	tell(sample_listener(NETNS, 9));
	tell_row(1000, 5, sample_row(1, 1), 0);
	tell_row(1001, 6, sample_row(2, 1), 0);
	gone.opened_ns = now + 1;
	conn_table_gone(table, &gone);
	end();
	ck_assert_uint_eq(count_records(table), 2);
	ck_assert(!record_of(table, 1000)->bytes_known);
	ck_assert(record_of(table, 1001)->closed);
	ck_assert_uint_eq(record_of(table, 1001)->requests, 2);
	ck_assert_uint_eq(record_of(table, 1001)->rx_bytes, 40);
	begin();
	tell(sample_socket(1000, 30, 3));
	end();
	ck_assert_uint_eq(count_records(table), 1);
	ck_assert_uint_eq(record_of(table, 1000)->rx_bytes, 30);
	ck_assert(record_of(table, 1000)->http);
}
END_TEST

/* The kernel side forgot it, and gave it another number. */
START_TEST(another_number)
{
	for (uint64_t conn = 5; conn < 8; conn++) {
		begin();
		tell(sample_socket(1000, 0, 0));
		tell_row(1000, conn, sample_row(conn, 1), 0);
		end();
		ck_assert_uint_eq(count_records(table), 1);
		ck_assert_uint_eq(record_of(table, 1000)->requests, conn);
		ck_assert_uint_eq(record_of(table, 1000)->latency->count, conn);
	}
	begin();
	tell(sample_socket(1000, 0, 0));
	tell_row(1000, 8, sample_row(1, 1), 0);
	tell_row(1000, 9, sample_row(2, 1), 0);
	end();
	ck_assert_uint_eq(count_records(table), 1);
	ck_assert_uint_eq(record_of(table, 1000)->requests, 3);
	ck_assert_uint_eq(record_of(table, 1000)->latency->count, 3);
}
END_TEST

static struct exchange sample_exchange2(uint16_t port, int status)
{
	return (struct exchange){
		.conn = 1,
		.pid = 43,
		.comm = "nginx",
		.role = ROLE_SERVER,
		.local = ip(1, port),
		.remote = ip(2, 80),
		.netns = NETNS,
		.version_major = 2,
		.status = status,
		.req = {SECOND, SECOND + MS},
		.resp = {SECOND + MS, SECOND + 3 * MS},
	};
}

START_TEST(exchanges_of_http2)
{
	struct grpc_call ok = {.status = 0}, bad = {.status = 14};
	struct exchange x = sample_exchange2(1000, 200), open = x, old = x, none = x;
	const struct conn_record *r;

	open.missing = MISSING_OPEN;
	old.version_major = 1;
	begin();
	tell(sample_socket(1000, 0, 0));
	conn_table_exchange(table, &x);
	conn_table_exchange(table, &open);
	conn_table_exchange(table, &old); /* the kernel counts it */
	x.status = 503;
	conn_table_exchange(table, &x);
	none.status = 0;
	none.no_status = NO_STATUS_RESET;
	conn_table_exchange(table, &none);
	none.no_status = NO_STATUS_UNSEEN; /* who knows */
	conn_table_exchange(table, &none);
	end();
	r = record_of(table, 1000);
	ck_assert_str_eq(r->proto, "http/2");
	ck_assert_int_eq(r->role, CONN_SERVER);
	ck_assert_str_eq(r->comm, "nginx");
	ck_assert_uint_eq(r->requests, 4);
	ck_assert_uint_eq(r->errors, 2);
	ck_assert_uint_eq(r->inflight, 1);
	ck_assert_uint_eq(r->latency->count, 2);
	ck_assert_uint_eq(r->latency->max_ns, 3 * MS);
	begin();
	tell(sample_socket(1000, 0, 0));
	x.status = 200;
	x.grpc = &ok;
	conn_table_exchange(table, &x);
	x.grpc = &bad;
	conn_table_exchange(table, &x);
	end();
	r = record_of(table, 1000);
	ck_assert_str_eq(r->proto, "grpc");
	ck_assert_uint_eq(r->requests, 2);
	ck_assert_uint_eq(r->errors, 1);
}
END_TEST

START_TEST(owners_of_a_socket)
{
	struct socket_owners *owners = socket_owners_new("/proc");
	struct conn_table *t = conn_table_new(owners, NULL);
	struct sock_diag_socket s = sample_socket(1000, 0, 0), unknown = sample_socket(1001, 0, 0);
	int fds[2];
	char link[64], path[64];
	const struct conn_record *r;
	ssize_t n;

	ck_assert(owners && t);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	n = readlink(path, link, sizeof(link) - 1);
	ck_assert_int_gt(n, 0);
	link[n] = '\0';
	ck_assert_int_eq(sscanf(link, "socket:[%u]", &s.inode), 1);
	unknown.inode = 0;
	conn_table_begin(t, SECOND);
	conn_table_socket(t, &s);
	conn_table_socket(t, &unknown);
	conn_table_end(t, 2 * SECOND);
	r = record_of(t, 1000);
	ck_assert_uint_eq(r->pid, (unsigned)getpid());
	ck_assert_uint_eq(r->n_owners, 1);
	ck_assert_ptr_nonnull(r->comm);
	ck_assert_uint_eq(record_of(t, 1001)->pid, 0);
	ck_assert_uint_eq(conn_table_summary(t)->ownerless, 1);
	close(fds[0]);
	close(fds[1]);
	conn_table_free(t);
	socket_owners_free(owners);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_http");
	TCase *tc = tcase_create("conn_http");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, rows_add_up);
	tcase_add_test(tc, probes_know_the_role);
	tcase_add_test(tc, told_before_it_is_seen);
	tcase_add_test(tc, another_number);
	tcase_add_test(tc, exchanges_of_http2);
	tcase_add_test(tc, owners_of_a_socket);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
