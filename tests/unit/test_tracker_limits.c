/* SPDX-License-Identifier: Apache-2.0 */
/* What the tracker holds is bounded, and goes again. */
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"
#include "http/http1_head.h"
#include "tracker_fixture.h"

#define GET_X	"GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n"
#define HELLO	"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define NOTHING "HTTP/1.1 204 No Content\r\n\r\n"
#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nSum: 42\r\n\r\n"

/* Of the sanitizer's run-time library; gcc comes without its header. */
size_t __sanitizer_get_current_allocated_bytes(void);

static struct tracker_fixture f;

/* A request on connection n, which stays the current one. */
static void request_on(uint64_t n)
{
	fixture_conn(&f, n, true);
	at(&f, n);
	rx(&f, GET_X);
}

/* ---- the number of connections ---- */

START_TEST(idlest_goes_first)
{
	struct event_builder first;

	fixture_init(&f, true, 3);
	request_on(1);
	first = f.conn;
	request_on(2);
	request_on(3);
	f.conn = first;
	tx(&f, NOTHING);
	expect(&f, "1 GET a.example /x 204 req 36 resp 27 ttfb 0 lat 0 flags -\n");
	request_on(4);
	expect(&f, "2 GET a.example /x unseen req 36 resp 0 ttfb - lat - flags -\n");
	request_on(5);
	expect(&f, "3 GET a.example /x unseen req 36 resp 0 ttfb - lat - flags -\n");
	request_on(6);
	expect(&f, "");
	ck_assert_uint_eq(tracker_stats(f.tracker).evicted, 3);
	ck_assert_uint_eq(tracker_stats(f.tracker).conns, 3);
	ck_assert_uint_eq(tracker_stats(f.tracker).in_flight, 3);
	fixture_release(&f);
}
END_TEST

START_TEST(evicted_within_a_response)
{
	fixture_init(&f, true, 1);
	request_on(1);
	tx(&f, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
	request_on(2);
	expect(&f, "1 GET a.example /x 200 req 36 resp 0 ttfb 0 lat 0 flags gap\n");
	fixture_release(&f);
}
END_TEST

START_TEST(evicted_connection_comes_back)
{
	struct event_builder first;

	fixture_init(&f, true, 1);
	request_on(1);
	first = f.conn;
	request_on(2);
	f.text[0] = '\0';
	f.conn = first;
	tx(&f, NOTHING);
	rx(&f, GET_X);
	tx(&f, NOTHING);
	expect(&f, "2 GET a.example /x unseen req 36 resp 0 ttfb - lat - flags -\n"
		   "3 GET a.example /x 204 req 36 resp 27 ttfb 0 lat 0 flags -\n");
	fixture_release(&f);
}
END_TEST

/* ---- pipelining ---- */

START_TEST(too_many_pending)
{
	fixture_init(&f, true, 0);
	for (int i = 0; i <= TRACKER_PENDING_MAX; i++)
		rx(&f, GET_X);
	expect(&f, "1 GET a.example /x unseen req 36 resp 0 ttfb - lat - flags -\n");
	ck_assert_uint_eq(tracker_stats(f.tracker).in_flight, TRACKER_PENDING_MAX);
	tx(&f, NOTHING); /* an answer to the one given up */
	expect(&f, "");
	ck_assert_uint_eq(tracker_stats(f.tracker).orphans, 1);
	for (int i = 0; i < TRACKER_PENDING_MAX; i++)
		tx(&f, NOTHING);
	ck_assert_uint_eq(f.seen, 1 + TRACKER_PENDING_MAX);
	ck_assert_uint_eq(tracker_stats(f.tracker).in_flight, 0);
	fixture_release(&f);
}
END_TEST

START_TEST(too_many_orphans)
{
	fixture_init(&f, true, 0);
	for (int i = 0; i < 2 * TRACKER_PENDING_MAX; i++)
		tx(&f, NOTHING);
	ck_assert_uint_eq(tracker_stats(f.tracker).orphans, TRACKER_PENDING_MAX);
	closed(&f, WIRE_CLOSE_LOCAL);
	ck_assert_uint_eq(tracker_stats(f.tracker).orphans, 2 * TRACKER_PENDING_MAX);
	expect_empty(&f);
	fixture_release(&f);
}
END_TEST

/* ---- memory ---- */

/* Requests with long heads that get no answer: far more than may be held. */
START_TEST(heads_are_bounded)
{
	char field[1500];
	size_t before;

	fixture_init(&f, true, 0);
	f.bulk = true;
	memset(field, 'c', sizeof(field) - 1);
	field[sizeof(field) - 1] = '\0';
	before = __sanitizer_get_current_allocated_bytes();
	for (uint64_t n = 1; n <= 3000; n++) {
		fixture_conn(&f, n, true);
		rx(&f, "GET /x HTTP/1.1\r\nCookie: ");
		for (int i = 0; i < 40; i++)
			rx_more(&f, field);
		if (n % 2) /* the others stay incomplete */
			rx_more(&f, "\r\n\r\n");
		ck_assert_uint_lt(__sanitizer_get_current_allocated_bytes() - before, 2 * TRACKER_HELD_MAX);
	}
	ck_assert_uint_gt(tracker_stats(f.tracker).evicted, 1000);
	ck_assert_uint_gt(tracker_stats(f.tracker).conns, 500);
	fixture_release(&f);
	ck_assert_uint_le(__sanitizer_get_current_allocated_bytes(), before);
}
END_TEST

static void many_connections(uint64_t from, uint64_t to)
{
	for (uint64_t n = from; n < to; n++) {
		fixture_conn(&f, n, n & 1);
		if (n & 1)
			rx(&f, GET_X);
		tx(&f, n & 1 ? HELLO : GET_X);
		if (n & 2)
			closed(&f, WIRE_CLOSE_LOCAL);
	}
	for (uint64_t n = from; n < to; n++) {
		fixture_conn(&f, n, n & 1);
		closed(&f, WIRE_CLOSE_LOCAL);
	}
}

START_TEST(memory_stays_flat)
{
	size_t before;

	fixture_init(&f, true, 0);
	f.bulk = true;
	many_connections(1, 20000);
	before = __sanitizer_get_current_allocated_bytes();
	many_connections(20000, 60000);
	many_connections(60000, 120000);
	ck_assert_uint_eq(f.seen, 119999);
	expect_empty(&f);
	/* only the table may have grown */
	ck_assert_uint_lt(__sanitizer_get_current_allocated_bytes() - before,
			  TRACKER_CONNS_MAX * sizeof(void *));
	fixture_release(&f);
}
END_TEST

START_TEST(no_allocation_per_exchange)
{
	if (!harness_alloc_hooked())
		return;
	fixture_init(&f, true, 0);
	f.bulk = true;
	for (int i = 0; i < 1000; i++) {
		if (i == 3)
			harness_fail_alloc(-1);
		rx(&f, GET_X);
		tx(&f, HELLO);
		rx(&f, GET_X);
		tx(&f, CHUNKED);
	}
	ck_assert_int_eq(harness_alloc_count(), 0);
	ck_assert_uint_eq(f.seen, 2000);
	fixture_release(&f);
}
END_TEST

static void sessions(void *ctx)
{
	struct tracker_stats stats;

	(void)ctx;
	fixture_init(&f, true, 2);
	if (!f.tracker)
		return;
	rx(&f, "GET /x HTTP/1.1\r\nHo");
	rx_more(&f, "st: a.example\r\n\r\n" GET_X);
	f.conn.next_msg[WIRE_RX] = 2;
	tx(&f, CHUNKED);
	tx(&f, HELLO);
	rx_lost(&f, GET_X, 1);
	rx(&f, GET_X);
	tx_lost(&f, HELLO, 1);
	tx(&f, HELLO);
	request_on(2);
	tx_interim(&f, "HTTP/1.1 100 Continue\r\n\r\n");
	request_on(3);
	closed(&f, WIRE_CLOSE_RESET);
	stats = tracker_stats(f.tracker);
	ck_assert_uint_eq(f.seen, stats.exchanges);
	ck_assert_uint_le(stats.conns, 2);
	if (stats.exchanges != 4)
		ck_assert_uint_gt(stats.no_memory + stats.not_http + stats.orphans, 0);
	fixture_release(&f);
}

START_TEST(every_allocation_fails)
{
	if (harness_alloc_hooked())
		ck_assert_int_gt(fail_each_alloc(sessions, NULL), 10);
}
END_TEST

/* ---- close events that were lost ---- */

static uint64_t gone_sock;
static unsigned asked;

static bool alive(void *ctx, uint64_t sock, uint64_t conn)
{
	(void)conn;
	ck_assert_ptr_eq(ctx, &f);
	asked++;
	return sock != gone_sock;
}

static void collect(uint64_t now_us, uint64_t idle_us)
{
	asked = 0;
	tracker_collect(f.tracker, now_us * 1000, idle_us * 1000, alive, &f);
}

START_TEST(collect_asks_only_for_idle_ones)
{
	fixture_init(&f, true, 0);
	request_on(100);
	gone_sock = f.conn.event.sock;
	request_on(200);
	request_on(300);
	collect(320, 1000);
	ck_assert_uint_eq(asked, 0);
	collect(320, 100);
	ck_assert_uint_eq(asked, 2);
	expect(&f, "1 GET a.example /x unseen req 36 resp 0 ttfb - lat - flags -\n");
	collect(10, 100); /* before all of them */
	ck_assert_uint_eq(asked, 0);
	collect(UINT64_MAX / 1000, 0);
	ck_assert_uint_eq(asked, 2);
	ck_assert_uint_eq(tracker_stats(f.tracker).conns, 2);
	ck_assert_uint_eq(tracker_stats(f.tracker).evicted, 0);
	fixture_release(&f);
}
END_TEST

/* A bounded part at a time, and going on where it stopped, whatever happens meanwhile. */
START_TEST(collect_comes_to_all)
{
	unsigned total = 0, calls = 0;

	fixture_init(&f, true, 0);
	f.bulk = true;
	for (uint64_t n = 1; n <= 2000; n++)
		request_on(n);
	gone_sock = f.conn.event.sock;
	for (;;) {
		collect(100000, 1);
		total += asked;
		calls++;
		ck_assert_uint_gt(asked, 0);
		ck_assert_uint_lt(asked, 1000);
		if (tracker_stats(f.tracker).conns < 2000)
			break;
		fixture_conn(&f, total + calls, true); /* where the walk stands */
		f.conn.pos[WIRE_RX] = 36;
		closed(&f, WIRE_CLOSE_LOCAL);
		request_on(3000 + calls);
	}
	ck_assert_uint_le(total, 2000);
	ck_assert_uint_gt(calls, 2);
	fixture_release(&f);
}
END_TEST

START_TEST(free_takes_null_and_reports_nothing)
{
	tracker_free(NULL);
	fixture_init(&f, true, 0);
	request_on(1);
	fixture_release(&f);
	expect(&f, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tracker, limits");
	TCase *c = tcase_create("limits");

	tcase_set_timeout(c, 120);
	tcase_add_test(c, idlest_goes_first);
	tcase_add_test(c, evicted_within_a_response);
	tcase_add_test(c, evicted_connection_comes_back);
	tcase_add_test(c, too_many_pending);
	tcase_add_test(c, too_many_orphans);
	tcase_add_test(c, heads_are_bounded);
	tcase_add_test(c, memory_stays_flat);
	tcase_add_test(c, no_allocation_per_exchange);
	tcase_add_test(c, every_allocation_fails);
	tcase_add_test(c, collect_asks_only_for_idle_ones);
	tcase_add_test(c, collect_comes_to_all);
	tcase_add_test(c, free_takes_null_and_reports_nothing);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
