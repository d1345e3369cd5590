/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges of which an event was lost. */
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
#define GET_Y_GAP "1 GET a.example /y gap req 36 resp 0 ttfb - lat - flags gap\n"
#define GET_Z_GAP "1 GET a.example /z gap req 36 resp 0 ttfb - lat - flags gap\n"

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

START_TEST(response_lost)
{
	rx(&f, GET_X);
	tx_lost(&f, HELLO, 1);
	rx(&f, GET_Y);
	expect(&f, "");
	tx(&f, NOTHING);
	expect(&f, GET_X_GAP GET_Y_204);
	expect_loss(1, 43, 0);
}
END_TEST

START_TEST(request_lost)
{
	rx_lost(&f, GET_X, 1);
	tx(&f, HELLO);
	rx(&f, GET_Y);
	tx(&f, NOTHING);
	expect(&f, GET_Y_204);
	expect_loss(1, 36, 1);
}
END_TEST

/* The stream finds the next message by itself where no event begins with it. */
START_TEST(request_lost_then_found)
{
	rx(&f, GET_X);
	tx(&f, NOTHING);
	f.text[0] = '\0';
	rx_lost(&f, "POST /up HTTP/1.1\r\n", 1);
	rx_more(&f, "Content-Length: 0\r\n\r\n" GET_Y);
	f.conn.next_msg[WIRE_RX]++;
	tx(&f, HELLO);
	tx(&f, NOTHING);
	expect(&f, GET_Y_204);
	expect_loss(1, 19, 1);
	rx(&f, GET_Z);
	tx(&f, NOTHING);
	expect(&f, GET_Z_204);
	expect_loss(1, 19, 1);
}
END_TEST

/* The event that completes a found head does not begin with it: its time is not known. */
START_TEST(found_head_began_before_its_event)
{
	tx_lost(&f, "HTTP/1.1 200 OK\r\n", 1);
	rx(&f, GET_X);
	tx_more(&f, "\r\n");
	rx(&f, GET_Y);
	at(&f, 1100);
	tx_more(&f, "body\r\n\r\nHTTP/1.1 200 OK\r\n");
	f.conn.next_msg[WIRE_TX]++;
	at(&f, 1200);
	tx_more(&f, "Content-Length: 0\r\n\r\n");
	expect(&f, GET_X_GAP "1 GET a.example /y 200 req 36 resp 38 ttfb - lat 200 flags -\n");
}
END_TEST

START_TEST(both_lost)
{
	rx(&f, GET_X);
	tx(&f, NOTHING);
	rx_lost(&f, GET_Y, 1);
	tx_lost(&f, HELLO, 1);
	rx(&f, GET_Z);
	tx(&f, NOTHING);
	expect(&f, GET_X_204 GET_Z_204);
	expect_loss(2, 79, 0);
}
END_TEST

START_TEST(first_of_two_pipelined_responses_lost)
{
	rx(&f, GET_X);
	rx(&f, GET_Y);
	tx_lost(&f, HELLO, 1);
	tx(&f, NOTHING);
	expect(&f, GET_X_GAP GET_Y_204);
}
END_TEST

START_TEST(end_of_body_lost)
{
	rx(&f, GET_X);
	tx(&f, LARGE);
	build_lost(&f.conn, WIRE_TX, 1000);
	rx(&f, GET_Y);
	tx(&f, NOTHING);
	expect(&f, "1 GET a.example /x 200 req 36 resp 1041 ttfb 0 lat - flags gap\n" GET_Y_204);
}
END_TEST

START_TEST(part_of_body_lost)
{
	rx(&f, GET_X);
	tx(&f, LARGE);
	build_lost(&f.conn, WIRE_TX, 400);
	at(&f, 1500);
	tx_skip(&f, 600);
	expect(&f, "1 GET a.example /x 200 req 36 resp 1041 ttfb 0 lat 500 flags gap\n");
	expect_loss(1, 400, 0);
}
END_TEST

START_TEST(rest_of_response_head_lost)
{
	rx(&f, GET_X);
	at(&f, 1100);
	tx(&f, "HTTP/1.1 200 OK\r\n");
	tx_lost(&f, "Content-Length: 0\r\n\r\n", 0);
	at(&f, 2000);
	rx(&f, GET_Y);
	tx(&f, NOTHING);
	expect(&f, "1 GET a.example /x gap req 36 resp 17 ttfb 100 lat - flags gap\n" GET_Y_204);
}
END_TEST

START_TEST(rest_of_request_head_lost)
{
	rx(&f, "GET /x HTTP/1.1\r\n");
	rx_lost(&f, "Host: a.example\r\n\r\n", 0);
	tx(&f, HELLO);
	rx(&f, GET_Y);
	tx(&f, NOTHING);
	expect(&f, GET_Y_204);
	expect_loss(1, 19, 1);
}
END_TEST

START_TEST(front_of_response_head_lost)
{
	rx(&f, GET_X);
	tx_lost(&f, "HTTP/1.1 200 OK\r\n", 1);
	tx_more(&f, "Content-Length: 0\r\n\r\n");
	expect(&f, "");
	rx(&f, GET_Y);
	tx(&f, NOTHING);
	expect(&f, GET_X_GAP GET_Y_204);
}
END_TEST

/* What a 204 is followed by is content only to its server; the event that tells it begins where a
 * message should, and has the number of the next one. */
START_TEST(response_lost_then_content_of_a_204)
{
	rx(&f, GET_X);
	tx_lost(&f, HELLO, 1);
	rx(&f, GET_Y);
	tx(&f, "xxxx" NOTHING);
	expect(&f, GET_X_GAP GET_Y_204);
}
END_TEST

/* The kernel side lost its place, too, and takes the response for that to the last request. */
static void guess_response(uint32_t number)
{
	f.conn.event.flags |= WIRE_F_GUESSED;
	f.conn.next_msg[WIRE_TX] = number;
	tx(&f, NOTHING);
	f.conn.event.flags &= ~WIRE_F_GUESSED;
}

START_TEST(pipelined_response_lost_by_both_sides)
{
	rx(&f, GET_X);
	rx(&f, GET_Y);
	rx(&f, GET_Z);
	tx_lost(&f, HELLO, 1);
	guess_response(2);
	expect(&f, GET_X_GAP GET_Y_GAP GET_Z_GAP);
	rx(&f, GET_X);
	expect(&f, "");
	tx(&f, NOTHING);
	expect(&f, GET_X_GAP);
	expect_loss(1, 43, 2);
}
END_TEST

START_TEST(kernel_side_alone_lost_its_place)
{
	rx(&f, GET_X);
	tx(&f, NOTHING);
	rx(&f, GET_Y);
	rx(&f, GET_Z);
	guess_response(2);
	tx(&f, NOTHING);
	expect(&f, GET_X_204 GET_Y_204 GET_Z_204);
}
END_TEST

START_TEST(chunk_lost)
{
	rx(&f, GET_X);
	tx(&f, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	tx_lost(&f, "5\r\nhello\r\n", 0);
	tx_more(&f, "0\r\n\r\n");
	expect(&f, "1 GET a.example /x 200 req 36 resp 47 ttfb 0 lat - flags gap\n");
	rx(&f, GET_Y);
	tx(&f, NOTHING);
	expect(&f, GET_Y_204);
}
END_TEST

START_TEST(response_lost_then_close)
{
	rx(&f, GET_X);
	tx_lost(&f, HELLO, 1);
	closed(&f, WIRE_CLOSE_RESET);
	expect(&f, GET_X_GAP);
	expect_loss(1, 43, 0);
}
END_TEST

START_TEST(response_lost_then_next_closes)
{
	rx(&f, GET_X);
	tx(&f, NOTHING);
	rx(&f, GET_Y);
	tx_lost(&f, HELLO, 1);
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, GET_X_204 "1 GET a.example /y gap req 36 resp 0 ttfb - lat - flags gap\n");
}
END_TEST

START_TEST(end_of_body_lost_then_close)
{
	rx(&f, GET_X);
	tx(&f, LARGE);
	build_lost(&f.conn, WIRE_TX, 1000);
	at(&f, 9000);
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "1 GET a.example /x 200 req 36 resp 1041 ttfb 0 lat - flags gap\n");
}
END_TEST

START_TEST(close_lost)
{
	rx(&f, GET_X);
	fixture_conn(&f, 2, true);
	rx(&f, GET_Y);
	tx(&f, NOTHING);
	expect(&f, "2 GET a.example /y 204 req 36 resp 27 ttfb 0 lat 0 flags -\n");
	fixture_conn(&f, 1, true);
	f.conn.pos[WIRE_RX] = 36;
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "1 GET a.example /x closed req 36 resp 0 ttfb - lat - flags -\n");
	fixture_conn(&f, 2, true);
}
END_TEST

static TCase *loss_case(void)
{
	TCase *c = tcase_create("loss");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, response_lost);
	tcase_add_test(c, request_lost);
	tcase_add_test(c, request_lost_then_found);
	tcase_add_test(c, found_head_began_before_its_event);
	tcase_add_test(c, both_lost);
	tcase_add_test(c, first_of_two_pipelined_responses_lost);
	tcase_add_test(c, end_of_body_lost);
	tcase_add_test(c, part_of_body_lost);
	tcase_add_test(c, rest_of_response_head_lost);
	tcase_add_test(c, rest_of_request_head_lost);
	tcase_add_test(c, front_of_response_head_lost);
	tcase_add_test(c, response_lost_then_content_of_a_204);
	tcase_add_test(c, pipelined_response_lost_by_both_sides);
	tcase_add_test(c, kernel_side_alone_lost_its_place);
	tcase_add_test(c, chunk_lost);
	tcase_add_test(c, response_lost_then_close);
	tcase_add_test(c, response_lost_then_next_closes);
	tcase_add_test(c, end_of_body_lost_then_close);
	tcase_add_test(c, close_lost);
	return c;
}

int main(void)
{
	Suite *suite = suite_create("tracker, loss");

	suite_add_tcase(suite, loss_case());
	return run_suite(suite);
}
