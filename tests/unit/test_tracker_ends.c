/* SPDX-License-Identifier: Apache-2.0 */
/* How exchanges end: closed connections, early and early-seen responses; the client side. */
#include <stdlib.h>

#include "harness.h"
#include "tracker_fixture.h"

#define GET_X	 "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n"			      /* 36 bytes */
#define GET_Y	 "GET /y HTTP/1.1\r\nHost: a.example\r\n\r\n"			      /* 36 bytes */
#define HELLO	 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"		      /* 43 bytes */
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"				      /* 25 bytes */
#define UPLOAD	 "POST /up HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\n" /* 58 bytes */
#define CHUNKED	 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"	      /* 47 bytes */
#define CONNECT	 "CONNECT b.example:443 HTTP/1.1\r\n\r\n"			      /* 34 bytes */

static struct tracker_fixture f;

static void setup_server(void)
{
	fixture_init(&f, true, 0);
}

static void setup_client(void)
{
	fixture_init(&f, false, 0);
}

static void teardown(void)
{
	struct tracker_stats stats = tracker_stats(f.tracker);

	ck_assert_uint_eq(stats.gaps, 0);
	ck_assert_uint_eq(stats.no_memory, 0);
	ck_assert_uint_eq(stats.evicted, 0);
	fixture_release(&f);
}

/* The client's request begins when the call is entered, the response when it was read. */
START_TEST(client_side)
{
	between(&f, 1000, 1050);
	tx(&f, GET_X);
	between(&f, 1060, 1300);
	rx(&f, HELLO);
	expect(&f, "1 GET a.example /x 200 req 36 resp 43 ttfb 300 lat 300 flags -\n");
}
END_TEST

START_TEST(until_close_by_eof)
{
	tx(&f, GET_X);
	at(&f, 1100);
	rx(&f, "HTTP/1.0 200 OK\r\n\r\nsome");
	at(&f, 1500);
	rx_skip(&f, 1000);
	expect(&f, "");
	at(&f, 1700);
	eof(&f);
	expect(&f, "1 GET a.example /x 200 req 36 resp 1023 ttfb 100 lat 700 flags -\n");
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "");
	expect_empty(&f);
}
END_TEST

START_TEST(until_close_by_close)
{
	rx(&f, GET_X);
	tx(&f, "HTTP/1.0 200 OK\r\n\r\nsome");
	build_lost(&f.conn, WIRE_TX, 1000); /* body bytes make no events */
	at(&f, 1700);
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "1 GET a.example /x 200 req 36 resp 1023 ttfb 0 lat 700 flags -\n");
	expect_empty(&f);
}
END_TEST

static const struct {
	unsigned reason;
	const char *line;
} endings[] = {
	{WIRE_CLOSE_LOCAL, "1 GET a.example /x closed req 36 resp 0 ttfb - lat - flags -\n"},
	{WIRE_CLOSE_RESET, "1 GET a.example /x reset req 36 resp 0 ttfb - lat - flags -\n"},
	{WIRE_CLOSE_RESET_AFTER_END, "1 GET a.example /x reset req 36 resp 0 ttfb - lat - flags -\n"},
	{WIRE_CLOSE_TIMEOUT, "1 GET a.example /x timeout req 36 resp 0 ttfb - lat - flags -\n"},
};

/* The end of the connection is not the last byte of the response. */
START_TEST(until_close_is_timed_to_the_last_byte)
{
	tx(&f, GET_X);
	at(&f, 1100);
	rx(&f, "HTTP/1.0 200 OK\r\n\r\nsome");
	between(&f, 1500, 1700);
	eof(&f);
	expect(&f, "1 GET a.example /x 200 req 36 resp 23 ttfb 100 lat 500 flags -\n");
}
END_TEST

/* RFC 9112 8: not complete when the connection indicates an error. */
START_TEST(until_close_by_reset)
{
	tx(&f, GET_X);
	at(&f, 1100);
	rx(&f, "HTTP/1.0 200 OK\r\n\r\nsome");
	between(&f, 1500, 1700);
	closed(&f, WIRE_CLOSE_RESET);
	expect(&f, "1 GET a.example /x 200 req 36 resp 23 ttfb 100 lat 500 flags truncated\n");
	expect_empty(&f);
}
END_TEST

/* ... but all had arrived by then. */
START_TEST(until_close_by_reset_after_the_end)
{
	tx(&f, GET_X);
	at(&f, 1100);
	rx(&f, "HTTP/1.0 200 OK\r\n\r\nsome");
	between(&f, 1500, 1700);
	closed(&f, WIRE_CLOSE_RESET_AFTER_END);
	expect(&f, "1 GET a.example /x 200 req 36 resp 23 ttfb 100 lat 500 flags -\n");
	expect_empty(&f);
}
END_TEST

START_TEST(no_response)
{
	rx(&f, GET_X);
	closed(&f, endings[_i].reason);
	expect(&f, endings[_i].line);
	expect_empty(&f);
}
END_TEST

START_TEST(no_response_after_interim)
{
	rx(&f, UPLOAD);
	tx_interim(&f, CONTINUE);
	rx_skip(&f, 4);
	closed(&f, WIRE_CLOSE_RESET);
	expect(&f, "1 POST a.example /up reset req 62 resp 25 ttfb - lat - flags truncated\n");
}
END_TEST

START_TEST(eof_instead_of_response)
{
	tx(&f, GET_X);
	eof(&f);
	expect(&f, "1 GET a.example /x closed req 36 resp 0 ttfb - lat - flags -\n");
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "");
}
END_TEST

/* A client that shuts its sending half down still gets its answer. */
START_TEST(eof_of_requests)
{
	rx(&f, GET_X);
	eof(&f);
	expect(&f, "");
	tx(&f, HELLO);
	expect(&f, "1 GET a.example /x 200 req 36 resp 43 ttfb 0 lat 0 flags -\n");
}
END_TEST

START_TEST(response_cut_short)
{
	rx(&f, GET_X);
	tx(&f, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
	build_lost(&f.conn, WIRE_TX, 100); /* of the body */
	at(&f, 1200);
	closed(&f, WIRE_CLOSE_RESET);
	expect(&f, "1 GET a.example /x 200 req 36 resp 141 ttfb 0 lat 200 flags truncated\n");
}
END_TEST

START_TEST(chunked_response_cut_short)
{
	rx(&f, GET_X);
	tx_then_skip(&f, CHUNKED "400\r\n", 100);
	build_lost(&f.conn, WIRE_TX, 3000); /* chunks make no events */
	at(&f, 1200);
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "1 GET a.example /x 200 req 36 resp 3152 ttfb 0 lat 200 flags truncated\n");
}
END_TEST

START_TEST(response_head_cut_short)
{
	rx(&f, GET_X);
	at(&f, 1100);
	tx(&f, "HTTP/1.1 200 OK\r\nContent-");
	closed(&f, WIRE_CLOSE_RESET);
	expect(&f, "1 GET a.example /x reset req 36 resp 25 ttfb 100 lat 100 flags truncated\n");
}
END_TEST

START_TEST(request_head_cut_short)
{
	rx(&f, "GET /x HTTP/1.1\r\nHo");
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "");
	expect_empty(&f);
}
END_TEST

/* Two threads of a client: the response's event overtakes the request's. */
START_TEST(response_event_first)
{
	at(&f, 1100);
	rx(&f, HELLO);
	expect(&f, "");
	between(&f, 1000, 1200);
	tx(&f, GET_X);
	expect(&f, "1 GET a.example /x 200 req 36 resp 43 ttfb 100 lat 100 flags -\n");
	ck_assert_uint_eq(tracker_stats(f.tracker).orphans, 0);
}
END_TEST

START_TEST(response_event_first_to_head)
{
	at(&f, 1100);
	rx(&f, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
	between(&f, 1000, 1200);
	tx(&f, "HEAD /x HTTP/1.1\r\nHost: a.example\r\n\r\n");
	expect(&f, "1 HEAD a.example /x 200 req 37 resp 41 ttfb 100 lat 100 flags -\n");
	at(&f, 2000);
	tx(&f, GET_X);
	rx(&f, HELLO);
	expect(&f, "1 GET a.example /x 200 req 36 resp 43 ttfb 0 lat 0 flags -\n");
}
END_TEST

START_TEST(response_event_first_to_connect)
{
	rx(&f, "HTTP/1.1 200 OK\r\n\r\n");
	tx(&f, CONNECT);
	expect(&f, "1 CONNECT b.example:443 b.example:443 200 req 34 resp 19 ttfb 0 lat 0 flags -\n");
	rx(&f, HELLO);
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "");
}
END_TEST

START_TEST(response_head_waits_then_body_comes)
{
	rx(&f, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n");
	tx(&f, GET_X);
	expect(&f, "");
	at(&f, 1300);
	rx_skip(&f, 50);
	expect(&f, "1 GET a.example /x 200 req 36 resp 89 ttfb 0 lat 300 flags -\n");
}
END_TEST

/* 413 while the upload goes on: reported when the upload ends. */
START_TEST(early_response)
{
	rx(&f, UPLOAD);
	at(&f, 1100);
	tx(&f, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
	expect(&f, "");
	at(&f, 1500);
	rx_skip(&f, 10);
	expect(&f, "1 POST a.example /up 413 req 68 resp 53 ttfb 100 lat 100 flags -\n");
}
END_TEST

START_TEST(early_response_then_close)
{
	rx(&f, UPLOAD);
	tx(&f, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "1 POST a.example /up 413 req 58 resp 53 ttfb 0 lat 0 flags truncated\n");
	expect_empty(&f);
}
END_TEST

START_TEST(response_without_request)
{
	tx(&f, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "");
	ck_assert_uint_eq(tracker_stats(f.tracker).orphans, 1);
	expect_empty(&f);
}
END_TEST

/* A new connection may get the struct sock of an old one whose end is not yet known. */
START_TEST(same_sock_other_connection)
{
	struct event_builder old;

	rx(&f, GET_X);
	old = f.conn;
	fixture_conn(&f, 2, true);
	f.conn.event.sock = old.event.sock;
	rx(&f, GET_Y);
	tx(&f, HELLO);
	expect(&f, "2 GET a.example /y 200 req 36 resp 43 ttfb 0 lat 0 flags -\n");
	f.conn = old;
	closed(&f, WIRE_CLOSE_RESET);
	expect(&f, "1 GET a.example /x reset req 36 resp 0 ttfb - lat - flags -\n");
	ck_assert_uint_eq(tracker_stats(f.tracker).conns, 1);
}
END_TEST

START_TEST(close_of_unknown_connection)
{
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "");
	expect_empty(&f);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static TCase *server_case(void)
{
	TCase *c = tcase_create("server side");

	tcase_add_checked_fixture(c, setup_server, teardown);
	tcase_add_test(c, until_close_by_close);
	tcase_add_loop_test(c, no_response, 0, COUNT(endings));
	tcase_add_test(c, no_response_after_interim);
	tcase_add_test(c, eof_of_requests);
	tcase_add_test(c, response_cut_short);
	tcase_add_test(c, chunked_response_cut_short);
	tcase_add_test(c, response_head_cut_short);
	tcase_add_test(c, request_head_cut_short);
	tcase_add_test(c, early_response);
	tcase_add_test(c, early_response_then_close);
	tcase_add_test(c, response_without_request);
	tcase_add_test(c, same_sock_other_connection);
	tcase_add_test(c, close_of_unknown_connection);
	return c;
}

static TCase *client_case(void)
{
	TCase *c = tcase_create("client side");

	tcase_add_checked_fixture(c, setup_client, teardown);
	tcase_add_test(c, client_side);
	tcase_add_test(c, until_close_by_eof);
	tcase_add_test(c, until_close_is_timed_to_the_last_byte);
	tcase_add_test(c, until_close_by_reset);
	tcase_add_test(c, until_close_by_reset_after_the_end);
	tcase_add_test(c, eof_instead_of_response);
	tcase_add_test(c, response_event_first);
	tcase_add_test(c, response_event_first_to_head);
	tcase_add_test(c, response_event_first_to_connect);
	tcase_add_test(c, response_head_waits_then_body_comes);
	return c;
}

int main(void)
{
	Suite *suite = suite_create("tracker, endings");

	suite_add_tcase(suite, server_case());
	suite_add_tcase(suite, client_case());
	return run_suite(suite);
}
