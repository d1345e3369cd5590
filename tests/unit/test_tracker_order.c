/* SPDX-License-Identifier: Apache-2.0 */
/* Connections older than the tool, events in the wrong order, bad heads. */
#include <stdlib.h>

#include "harness.h"
#include "http/http1_head.h"
#include "tracker_fixture.h"

#define GET_X	"GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n"	    /* 36 bytes */
#define GET_Y	"GET /y HTTP/1.1\r\nHost: a.example\r\n\r\n"	    /* 36 bytes */
#define GET_Z	"GET /z HTTP/1.1\r\nHost: a.example\r\n\r\n"	    /* 36 bytes */
#define HELLO	"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" /* 43 bytes */
#define NOTHING "HTTP/1.1 204 No Content\r\n\r\n"		    /* 27 bytes */
#define LARGE	"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"   /* 41 bytes */

#define GET_X_204 "1 GET a.example /x 204 req 36 resp 27 ttfb 0 lat 0 flags -\n"
#define GET_Y_204 "1 GET a.example /y 204 req 36 resp 27 ttfb 0 lat 0 flags -\n"
#define GET_Z_204 "1 GET a.example /z 204 req 36 resp 27 ttfb 0 lat 0 flags -\n"
#define GET_X_GAP "1 GET a.example /x gap req 36 resp 0 ttfb - lat - flags gap\n"

static struct tracker_fixture f;

static void setup(void)
{
	fixture_init(&f, true, 0);
}

/* Whatever happened before, the connection must end well. */
static void teardown(void)
{
	closed(&f, WIRE_CLOSE_LOCAL);
	expect_empty(&f);
	fixture_release(&f);
}

static void expect_loss(uint64_t gaps, uint64_t bytes, uint64_t orphans)
{
	struct tracker_stats stats = tracker_stats(f.tracker);

	ck_assert_uint_eq(stats.gaps, gaps);
	ck_assert_uint_eq(stats.gap_bytes, bytes);
	ck_assert_uint_eq(stats.orphans, orphans);
}

/* ---- connections older than the tool ---- */

START_TEST(joined_flag_is_for_the_first)
{
	f.conn.event.flags |= WIRE_F_JOINED;
	rx(&f, GET_X);
	tx(&f, NOTHING);
	rx(&f, GET_Y);
	tx(&f, NOTHING);
	expect(&f, "1 GET a.example /x 204 req 36 resp 27 ttfb 0 lat 0 flags joined\n" GET_Y_204);
}
END_TEST

/* The kernel side numbers the unseen request 0. */
START_TEST(joined_before_a_response)
{
	f.conn.event.flags |= WIRE_F_JOINED;
	f.conn.next_msg[WIRE_RX] = 1;
	tx(&f, HELLO);
	rx(&f, GET_X);
	tx(&f, NOTHING);
	expect(&f, "1 GET a.example /x 204 req 36 resp 27 ttfb 0 lat 0 flags joined\n");
	expect_loss(0, 0, 1);
}
END_TEST

/* A response that was there before its request answers another one. */
START_TEST(time_is_never_negative)
{
	at(&f, 1000);
	tx(&f, NOTHING);
	at(&f, 2000);
	rx(&f, GET_X);
	expect(&f, "1 GET a.example /x 204 req 36 resp 27 ttfb - lat - flags -\n");
}
END_TEST

/* ---- events out of order, twice, or wrong ---- */

START_TEST(overlap)
{
	rx(&f, GET_X);
	f.conn.event.flags |= WIRE_F_OVERLAP;
	tx(&f, LARGE);
	f.conn.event.flags &= ~WIRE_F_OVERLAP;
	tx_skip(&f, 1000);
	rx(&f, GET_Y);
	tx(&f, LARGE);
	f.conn.event.flags |= WIRE_F_OVERLAP;
	tx_skip(&f, 1000);
	f.conn.event.flags &= ~WIRE_F_OVERLAP;
	rx(&f, GET_Z);
	tx(&f, NOTHING);
	expect(&f, "1 GET a.example /x 200 req 36 resp 1041 ttfb 0 lat 0 flags overlap\n"
		   "1 GET a.example /y 200 req 36 resp 1041 ttfb 0 lat 0 flags overlap\n" GET_Z_204);
}
END_TEST

START_TEST(same_event_twice)
{
	struct event_builder before = f.conn;

	rx(&f, GET_X);
	f.conn = before;
	rx(&f, GET_X);
	before = f.conn;
	tx(&f, NOTHING);
	before.pos[WIRE_RX] = f.conn.pos[WIRE_RX];
	f.conn = before;
	tx(&f, NOTHING);
	expect(&f, GET_X_204);
	expect_loss(0, 0, 0);
}
END_TEST

/* The front of a line that was split over two calls is shipped again. */
START_TEST(line_carried_over)
{
	rx(&f, "GET /x HT");
	f.conn.pos[WIRE_RX] = 0;
	rx_more(&f, GET_X);
	tx(&f, NOTHING);
	expect(&f, GET_X_204);
	expect_loss(0, 0, 0);
}
END_TEST

START_TEST(late_event_is_dropped)
{
	struct event_builder now;

	rx(&f, GET_X);
	rx_lost(&f, GET_Y, 1);
	rx(&f, GET_Z);
	now = f.conn;
	f.conn.pos[WIRE_RX] = 36;
	f.conn.next_msg[WIRE_RX] = 1;
	rx(&f, GET_Y);
	f.conn = now;
	tx(&f, NOTHING);
	f.conn.next_msg[WIRE_TX]++;
	tx_lost(&f, NOTHING, 0);
	tx(&f, NOTHING);
	expect(&f, GET_X_204 GET_Z_204);
}
END_TEST

/* Without loss our own count holds, whatever the kernel side says. */
START_TEST(numbers_differ)
{
	rx(&f, GET_X);
	tx(&f, NOTHING);
	f.conn.next_msg[WIRE_RX] = 7;
	rx(&f, GET_Y);
	tx(&f, NOTHING);
	rx_lost(&f, GET_Z, 1);
	tx_lost(&f, HELLO, 1);
	rx(&f, GET_Z);
	tx(&f, NOTHING);
	expect(&f, GET_X_204 GET_Y_204 GET_Z_204);
}
END_TEST

START_TEST(number_comes_again)
{
	rx(&f, GET_X);
	build_lost(&f.conn, WIRE_RX, 10);
	f.conn.next_msg[WIRE_RX] = 0;
	rx(&f, GET_Y);
	tx(&f, NOTHING);
	expect(&f, GET_X_GAP GET_Y_204);
}
END_TEST

/* The kernel side says a message starts where we expect a body. */
START_TEST(start_within_a_body)
{
	rx(&f, GET_X);
	tx(&f, LARGE);
	rx(&f, GET_Y);
	at(&f, 1100);
	tx(&f, NOTHING);
	expect(&f, "1 GET a.example /x 200 req 36 resp 41 ttfb 0 lat - flags truncated\n"
		   "1 GET a.example /y 204 req 36 resp 27 ttfb 100 lat 100 flags -\n");
}
END_TEST

START_TEST(data_after_eof)
{
	rx(&f, GET_X);
	eof(&f);
	rx(&f, GET_Y);
	tx(&f, NOTHING);
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, GET_X_204);
}
END_TEST

START_TEST(not_http)
{
	rx(&f, "\x16\x03\x01\x02");
	rx(&f, "\x16\x03\x01\x02");
	tx(&f, "\x16\x03\x03\x02");
	expect(&f, "");
	ck_assert_uint_eq(tracker_stats(f.tracker).not_http, 1);
	f.conn.next_msg[WIRE_TX] = 2;
	rx(&f, GET_X);
	tx(&f, NOTHING);
	expect(&f, GET_X_204);
}
END_TEST

START_TEST(bad_response_head)
{
	rx(&f, GET_X);
	tx(&f, "HTTP/1.1 200 OK\r\nno field\r\n\r\n");
	expect(&f, "1 GET a.example /x gap req 36 resp 29 ttfb 0 lat 0 flags truncated\n");
	rx(&f, GET_Y);
	tx(&f, NOTHING);
	expect(&f, GET_Y_204);
}
END_TEST

START_TEST(bad_response_head_within_an_upload)
{
	rx(&f, "POST /x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\n");
	tx(&f, "HTTP/1.1 200 OK\r\nno field\r\n\r\n");
	expect(&f, "");
	closed(&f, WIRE_CLOSE_RESET);
	expect(&f, "1 POST a.example /x gap req 57 resp 29 ttfb 0 lat 0 flags truncated\n");
}
END_TEST

/* ---- heads that are too much ---- */

START_TEST(too_many_fields)
{
	rx(&f, GET_X);
	tx(&f, "HTTP/1.1 204 No Content\r\n");
	for (int i = 0; i <= HTTP1_FIELDS_MAX; i++)
		tx_more(&f, "A: b\r\n");
	tx_more(&f, "\r\n");
	expect(&f, "1 GET a.example /x 204 req 36 resp 801 ttfb 0 lat 0 flags partial\n");
}
END_TEST

static void long_field(void (*send)(struct tracker_fixture *fixture, const char *text))
{
	char text[1025] = {0};

	memset(text, 'c', sizeof(text) - 1);
	for (size_t n = 0; n < HTTP1_HEAD_MAX; n += sizeof(text) - 1)
		send(&f, text);
}

START_TEST(request_head_too_long)
{
	rx(&f, "GET /x HTTP/1.1\r\nCookie: ");
	long_field(rx_more);
	rx_more(&f, "\r\n\r\n");
	tx(&f, NOTHING);
	/* what is not known to be a request is not printed: 64 KiB of anything may begin with "GET " */
	expect(&f, "");
	ck_assert_uint_eq(tracker_stats(f.tracker).orphans, 1);
	rx(&f, GET_Y);
	tx(&f, NOTHING);
	expect(&f, GET_Y_204);
}
END_TEST

START_TEST(response_head_too_long)
{
	rx(&f, GET_X);
	tx(&f, "HTTP/1.1 200 OK\r\nSet-Cookie: ");
	long_field(tx_more);
	tx_more(&f, "\r\n\r\n");
	expect(&f, "1 GET a.example /x gap req 36 resp 65536 ttfb 0 lat 0 flags truncated,partial\n");
	rx(&f, GET_Y);
	tx(&f, NOTHING);
	expect(&f, GET_Y_204);
}
END_TEST

static TCase *order_case(void)
{
	TCase *c = tcase_create("joined, order, numbers");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, joined_flag_is_for_the_first);
	tcase_add_test(c, joined_before_a_response);
	tcase_add_test(c, time_is_never_negative);
	tcase_add_test(c, overlap);
	tcase_add_test(c, same_event_twice);
	tcase_add_test(c, line_carried_over);
	tcase_add_test(c, late_event_is_dropped);
	tcase_add_test(c, numbers_differ);
	tcase_add_test(c, number_comes_again);
	tcase_add_test(c, start_within_a_body);
	tcase_add_test(c, data_after_eof);
	return c;
}

static TCase *heads_case(void)
{
	TCase *c = tcase_create("bad heads");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, not_http);
	tcase_add_test(c, bad_response_head);
	tcase_add_test(c, bad_response_head_within_an_upload);
	tcase_add_test(c, too_many_fields);
	tcase_add_test(c, request_head_too_long);
	tcase_add_test(c, response_head_too_long);
	return c;
}

int main(void)
{
	Suite *suite = suite_create("tracker, order");

	suite_add_tcase(suite, order_case());
	suite_add_tcase(suite, heads_case());
	return run_suite(suite);
}
