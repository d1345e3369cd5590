/* SPDX-License-Identifier: Apache-2.0 */
/* Connections over several intervals: bytes to the byte, ends, roles. */
#include "harness.h"

#include "conn_fixture.h"

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

static void end_with(struct conn_gone g)
{
	conn_table_gone(table, &g);
}

static void end(void)
{
	now += SECOND;
	conn_table_end(table, now);
}

static void expect_bytes(uint16_t port, uint64_t rx, uint64_t tx)
{
	const struct conn_record *r = record_of(table, port);

	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(r->rx_bytes, rx);
	ck_assert_uint_eq(r->tx_bytes, tx);
}

/* An interval with one listener, so that sockets were told even if no connection is left. */
static void empty_interval(void)
{
	begin();
	tell(sample_listener(NETNS, 9));
	end();
}

START_TEST(older_than_the_tool)
{
	const struct conn_record *r;

	begin();
	tell(sample_socket(1000, 5000, 600));
	end();
	expect_bytes(1000, 0, 0);
	r = record_of(table, 1000);
	ck_assert_uint_eq(r->rx_total, 5000);
	ck_assert_int_eq(r->age_ns, -1);
	ck_assert_uint_eq(r->rtt_us, 100);
	ck_assert(r->bytes_known);
	ck_assert(!r->http);
	ck_assert_uint_eq(conn_table_summary(table)->opened, 0);
	begin();
	tell(sample_socket(1000, 5100, 601));
	end();
	expect_bytes(1000, 100, 1);
	ck_assert_int_eq(record_of(table, 1000)->seen_ns, SECOND);
	begin();
	tell(sample_socket(1000, 5100, 601));
	end();
	expect_bytes(1000, 0, 0);
}
END_TEST

START_TEST(opened_since)
{
	const struct conn_summary *sum;

	empty_interval();
	begin();
	tell(sample_socket(1000, 70, 7));
	end();
	expect_bytes(1000, 70, 7);
	sum = conn_table_summary(table);
	ck_assert_uint_eq(sum->opened, 1);
	ck_assert_uint_eq(sum->rx_bytes, 70);
	ck_assert_uint_eq(sum->tx_bytes, 7);
	ck_assert_uint_eq(sum->states[TCP_ESTABLISHED], 1);
	ck_assert_uint_eq(sum->ownerless, 1);
	ck_assert_uint_eq(sum->end_ns - sum->start_ns, SECOND);
	ck_assert_int_eq(record_of(table, 1000)->age_ns, 0);
	begin();
	tell(sample_socket(1000, 71, 7));
	end();
	expect_bytes(1000, 1, 0);
	ck_assert_int_eq(record_of(table, 1000)->age_ns, SECOND);
	ck_assert_uint_eq(conn_table_summary(table)->opened, 0);
}
END_TEST

START_TEST(ends_with_its_last_bytes)
{
	struct conn_gone gone = sample_gone(1000, 90, 17);

	empty_interval();
	begin();
	tell(sample_socket(1000, 70, 7));
	end();
	gone.opened_ns = now - SECOND / 2;
	gone.closed_ns = now + SECOND / 2;
	begin();
	end_with(gone);
	tell(sample_listener(NETNS, 9));
	end();
	expect_bytes(1000, 20, 10);
	ck_assert(record_of(table, 1000)->closed);
	ck_assert_int_eq(record_of(table, 1000)->age_ns, SECOND);
	ck_assert_uint_eq(record_of(table, 1000)->rx_total, 90);
	ck_assert_uint_eq(conn_table_summary(table)->closed, 1);
	empty_interval();
	ck_assert_uint_eq(count_records(table), 0);
}
END_TEST

/* It came after sock_diag had looked. */
START_TEST(seen_and_ended_in_one_interval)
{
	struct conn_gone gone = sample_gone(1000, 90, 17);

	empty_interval();
	begin();
	gone.opened_ns = now + 1;
	tell(sample_socket(1000, 70, 7));
	end_with(gone);
	end();
	expect_bytes(1000, 90, 17);
	ck_assert_uint_eq(count_records(table), 1);
	ck_assert(record_of(table, 1000)->closed);
}
END_TEST

/* The state that sock_diag told was older than the bytes: its peer's FIN is one of them. */
START_TEST(ends_while_its_fin_is_counted)
{
	struct conn_gone gone = sample_gone(1000, 90, 17);

	empty_interval();
	begin();
	gone.opened_ns = now + 1;
	tell(sample_socket(1000, 91, 17));
	end_with(gone);
	end();
	expect_bytes(1000, 90, 17);
	ck_assert_uint_eq(count_records(table), 1);
	ck_assert(record_of(table, 1000)->closed);
}
END_TEST

START_TEST(never_seen_by_sock_diag)
{
	struct conn_gone gone = sample_gone(1000, 90, 17);

	gone.pid = 77;
	strcpy(gone.comm, "curl");
	gone.role = CONN_CLIENT;
	begin();
	gone.opened_ns = now + 1;
	end_with(gone);
	gone.local.port = 1001;
	gone.opened_ns = 0; /* older: only what is told of it in time is counted */
	end_with(gone);
	end();
	expect_bytes(1000, 90, 17);
	expect_bytes(1001, 0, 0);
	ck_assert_uint_eq(record_of(table, 1000)->pid, 77);
	ck_assert_str_eq(record_of(table, 1000)->comm, "curl");
	ck_assert_uint_eq(record_of(table, 1000)->n_owners, 1);
	ck_assert_uint_eq(record_of(table, 1000)->owners[0], 77);
	ck_assert_int_eq(record_of(table, 1001)->age_ns, -1);
	ck_assert_uint_eq(conn_table_summary(table)->opened, 1);
	ck_assert_uint_eq(conn_table_summary(table)->closed, 2);
	empty_interval();
	ck_assert_uint_eq(count_records(table), 0);
}
END_TEST

/* Opened after the probes were there and before the first look. */
START_TEST(opened_before_the_first_look)
{
	struct conn_gone gone = sample_gone(1000, 90, 17);

	begin();
	gone.opened_ns = now - 1;
	tell(sample_socket(1000, 70, 7));
	end();
	expect_bytes(1000, 0, 0);
	begin();
	tell(sample_socket(1000, 75, 7));
	end();
	expect_bytes(1000, 5, 0);
	begin();
	end_with(gone);
	tell(sample_listener(NETNS, 9));
	end();
	expect_bytes(1000, 85, 17);
}
END_TEST

/* Its end is told one interval late, or never. */
START_TEST(missing_for_one_interval)
{
	empty_interval();
	for (unsigned told = 0; told < 2; told++) {
		begin();
		tell(sample_socket(1000, 70, 7));
		end();
		empty_interval();
		expect_bytes(1000, 0, 0);
		ck_assert(!record_of(table, 1000)->closed);
		begin();
		tell(sample_listener(NETNS, 9));
		if (told)
			end_with(sample_gone(1000, 75, 7));
		end();
		expect_bytes(1000, told ? 5 : 0, 0);
		ck_assert(record_of(table, 1000)->closed);
		empty_interval();
		ck_assert_uint_eq(count_records(table), 0);
	}
}
END_TEST

/* A dump may leave one out. */
START_TEST(missing_and_back)
{
	empty_interval();
	begin();
	tell(sample_socket(1000, 70, 7));
	end();
	empty_interval();
	begin();
	tell(sample_socket(1000, 75, 7));
	end();
	expect_bytes(1000, 5, 0);
	empty_interval();
	ck_assert(!record_of(table, 1000)->closed);
}
END_TEST

/* Nobody could be asked: nothing has ended. */
START_TEST(no_sockets_told)
{
	begin();
	tell(sample_socket(1000, 70, 7));
	end();
	for (int i = 0; i < 3; i++) {
		begin();
		end();
		expect_bytes(1000, 0, 0);
		ck_assert(!record_of(table, 1000)->closed);
	}
	begin();
	tell(sample_socket(1000, 75, 7));
	tell(sample_socket(1001, 30, 0));
	end();
	expect_bytes(1000, 5, 0);
	expect_bytes(1001, 30, 0);
}
END_TEST

START_TEST(a_port_used_again)
{
	struct sock_diag_socket again = sample_socket(1000, 3, 4);
	struct conn_gone first = sample_gone(1000, 90, 17), second = sample_gone(1000, 1, 2);
	uint64_t rx = 0, tx = 0;
	const struct conn_record *records;
	size_t n;

	empty_interval();
	begin();
	tell(sample_socket(1000, 70, 7));
	end();
	/* the first ends, a second comes and goes, a third is open */
	again.cookie = 4711;
	first.opened_ns = now - 1;
	second.opened_ns = now + 1;
	begin();
	end_with(first);
	end_with(second);
	tell(again);
	end();
	records = conn_table_records(table, &n);
	ck_assert_uint_eq(n, 3);
	for (size_t i = 0; i < n; i++) {
		rx += records[i].rx_bytes;
		tx += records[i].tx_bytes;
	}
	ck_assert_uint_eq(rx, 20 + 1 + 3);
	ck_assert_uint_eq(tx, 10 + 2 + 4);
	ck_assert_uint_eq(conn_table_summary(table)->closed, 2);
	ck_assert_uint_eq(conn_table_summary(table)->opened, 2);
	begin();
	again.received = 5;
	tell(again);
	end();
	ck_assert_uint_eq(count_records(table), 1);
	expect_bytes(1000, 2, 0);
}
END_TEST

START_TEST(counters_that_go_back)
{
	empty_interval();
	begin();
	tell(sample_socket(1000, 70, 7));
	end();
	begin();
	tell(sample_socket(1000, 60, 7));
	end();
	expect_bytes(1000, 0, 0);
	begin();
	tell(sample_socket(1000, 71, 7));
	end();
	expect_bytes(1000, 1, 0);
}
END_TEST

START_TEST(states_without_a_connection)
{
	struct sock_diag_socket waits = sample_socket(1000, 0, 0), made = sample_socket(1001, 0, 0);
	struct sock_diag_socket half = sample_socket(1002, 0, 0), orphan = sample_socket(1003, 8, 8);

	empty_interval();
	waits.state = TCP_TIME_WAIT;
	waits.has_info = false;
	waits.inode = 0;
	made.state = TCP_SYN_RECV;
	half.state = TCP_FIN_WAIT2; /* a small socket that waits for the peer's FIN */
	half.has_info = false;
	half.inode = 0;
	orphan.state = TCP_FIN_WAIT1;
	orphan.inode = 0;
	begin();
	tell(waits);
	tell(made);
	tell(half);
	tell(orphan);
	tell(sample_listener(NETNS, 80));
	end();
	ck_assert_uint_eq(count_records(table), 1);
	expect_bytes(1003, 8, 8);
	ck_assert_uint_eq(conn_table_summary(table)->states[TCP_TIME_WAIT], 1);
	ck_assert_uint_eq(conn_table_summary(table)->states[TCP_SYN_RECV], 1);
	ck_assert_uint_eq(conn_table_summary(table)->states[TCP_FIN_WAIT2], 1);
	ck_assert_uint_eq(conn_table_summary(table)->states[TCP_LISTEN], 1);
}
END_TEST

START_TEST(roles_from_listeners)
{
	struct sock_diag_socket elsewhere = sample_socket(80, 0, 0);

	elsewhere.netns = NETNS + 1;
	elsewhere.remote.port = 2000;
	begin();
	tell(sample_socket(80, 0, 0));
	tell(sample_socket(1000, 0, 0));
	tell(elsewhere);
	tell(sample_listener(NETNS, 443));
	tell(sample_listener(NETNS, 80)); /* told last: it still counts */
	end();
	ck_assert_uint_eq(count_records(table), 3);
	ck_assert_int_eq(record_of(table, 1000)->role, CONN_CLIENT);
	for (size_t i = 0; i < 3; i++) {
		size_t n;
		const struct conn_record *r = &conn_table_records(table, &n)[i];

		if (r->local.port == 80)
			ck_assert_int_eq(r->role, r->netns == NETNS ? CONN_SERVER : CONN_CLIENT);
	}
	/* it does not listen any more, and the connection goes on */
	begin();
	tell(sample_socket(80, 0, 0));
	end();
	ck_assert_int_eq(record_of(table, 80)->role, CONN_SERVER);
}
END_TEST

START_TEST(retransmits)
{
	struct sock_diag_socket s = sample_socket(1000, 0, 0);
	struct conn_gone gone = sample_gone(1000, 0, 0);

	s.retrans = 5;
	begin();
	tell(s);
	end();
	ck_assert_uint_eq(record_of(table, 1000)->retrans, 0);
	s.retrans = 7;
	begin();
	tell(s);
	end();
	ck_assert_uint_eq(record_of(table, 1000)->retrans, 2);
	gone.retrans = 10;
	begin();
	end_with(gone);
	end();
	ck_assert_uint_eq(record_of(table, 1000)->retrans, 3);
	ck_assert_uint_eq(record_of(table, 1000)->rtt_us, 200);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_table");
	TCase *tc = tcase_create("conn_table");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, older_than_the_tool);
	tcase_add_test(tc, opened_since);
	tcase_add_test(tc, ends_with_its_last_bytes);
	tcase_add_test(tc, seen_and_ended_in_one_interval);
	tcase_add_test(tc, ends_while_its_fin_is_counted);
	tcase_add_test(tc, never_seen_by_sock_diag);
	tcase_add_test(tc, opened_before_the_first_look);
	tcase_add_test(tc, missing_for_one_interval);
	tcase_add_test(tc, missing_and_back);
	tcase_add_test(tc, no_sockets_told);
	tcase_add_test(tc, a_port_used_again);
	tcase_add_test(tc, counters_that_go_back);
	tcase_add_test(tc, states_without_a_connection);
	tcase_add_test(tc, roles_from_listeners);
	tcase_add_test(tc, retransmits);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
