/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges of connections of which every byte is known: what messages are made of. */
#include <stdlib.h>

#include "exchange/target.h"
#include "harness.h"
#include "tracker_fixture.h"

#define GET_X	 "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n"			      /* 36 bytes */
#define GET_Y	 "GET /y HTTP/1.1\r\nHost: a.example\r\n\r\n"			      /* 36 bytes */
#define HELLO	 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"		      /* 43 bytes */
#define NOTHING	 "HTTP/1.1 204 No Content\r\n\r\n"				      /* 27 bytes */
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"				      /* 25 bytes */
#define UPLOAD	 "POST /up HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\n" /* 58 bytes */
#define CHUNKED	 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"	      /* 47 bytes */
#define CONNECT	 "CONNECT b.example:443 HTTP/1.1\r\n\r\n"			      /* 34 bytes */

static struct tracker_fixture f;

static void setup(void)
{
	fixture_init(&f, true, 0);
}

static void teardown(void)
{
	struct tracker_stats stats = tracker_stats(f.tracker);

	ck_assert_uint_eq(stats.gaps, 0);
	ck_assert_uint_eq(stats.no_memory, 0);
	ck_assert_uint_eq(stats.evicted, 0);
	fixture_release(&f);
}

START_TEST(keep_alive)
{
	between(&f, 900, 1000);
	rx(&f, GET_X);
	ck_assert_uint_eq(tracker_stats(f.tracker).in_flight, 1);
	between(&f, 1100, 1250);
	tx(&f, HELLO);
	expect(&f, "1 GET a.example /x 200 req 36 resp 43 ttfb 100 lat 250 flags -\n");
	at(&f, 2000);
	rx(&f, GET_Y);
	at(&f, 2030);
	tx(&f, NOTHING);
	expect(&f, "1 GET a.example /y 204 req 36 resp 27 ttfb 30 lat 30 flags -\n");
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "");
	expect_empty(&f);
}
END_TEST

START_TEST(body_in_later_calls)
{
	rx(&f, GET_X);
	at(&f, 1100);
	tx(&f, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
	expect(&f, "");
	at(&f, 1900);
	tx_skip(&f, 100000);
	expect(&f, "1 GET a.example /x 200 req 36 resp 100043 ttfb 100 lat 900 flags -\n");
}
END_TEST

START_TEST(two_in_one_call)
{
	rx(&f, GET_X GET_Y);
	f.conn.next_msg[WIRE_RX] = 2;
	at(&f, 1010);
	tx(&f, HELLO);
	expect(&f, "1 GET a.example /x 200 req 36 resp 43 ttfb 10 lat 10 flags -\n");
	at(&f, 1020);
	tx(&f, NOTHING);
	expect(&f, "1 GET a.example /y 204 req 36 resp 27 ttfb 20 lat 20 flags -\n");
}
END_TEST

START_TEST(two_answers_in_one_call)
{
	rx(&f, GET_X);
	at(&f, 1005);
	rx(&f, GET_Y);
	at(&f, 1010);
	tx(&f, HELLO NOTHING);
	expect(&f, "1 GET a.example /x 200 req 36 resp 43 ttfb 10 lat 10 flags -\n"
		   "1 GET a.example /y 204 req 36 resp 27 ttfb 5 lat 5 flags -\n");
}
END_TEST

static void see_trailer(struct tracker_fixture *fixture, const struct exchange *x)
{
	(void)fixture;
	ck_assert_uint_eq(x->trailers.n, 1);
	ck_assert(bytes_equal(x->trailers.fields[0].name, bytes_of_str("Sum")));
	ck_assert(bytes_equal(x->trailers.fields[0].value, bytes_of_str("42")));
}

/* Whole chunks are skipped; the last one ends in a chunk whose size was shown. */
START_TEST(chunked_with_trailers)
{
	f.also = see_trailer;
	rx(&f, GET_X);
	at(&f, 1010);
	tx_then_skip(&f, CHUNKED "5\r\nhello\r\n400\r\n", 1026 + 3000);
	expect(&f, "");
	at(&f, 1020);
	tx_more(&f, "0\r\nSum: 42\r\n\r\n");
	expect(&f, "1 GET a.example /x 200 req 36 resp 4102 ttfb 10 lat 20 flags -\n");
}
END_TEST

START_TEST(head_has_no_body)
{
	rx(&f, "HEAD /x HTTP/1.1\r\nHost: a.example\r\n\r\n");
	tx(&f, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
	expect(&f, "1 HEAD a.example /x 200 req 37 resp 41 ttfb 0 lat 0 flags -\n");
	rx(&f, GET_X);
	tx(&f, HELLO);
	expect(&f, "1 GET a.example /x 200 req 36 resp 43 ttfb 0 lat 0 flags -\n");
}
END_TEST

START_TEST(not_modified_has_no_body)
{
	rx(&f, GET_X);
	tx(&f, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\n\r\n");
	expect(&f, "1 GET a.example /x 304 req 36 resp 51 ttfb 0 lat 0 flags -\n");
}
END_TEST

START_TEST(interim_responses_are_part_of_the_final_one)
{
	rx(&f, UPLOAD);
	at(&f, 1100);
	tx_interim(&f, CONTINUE);
	at(&f, 1200);
	rx_skip(&f, 10);
	tx_interim(&f, "HTTP/1.1 103 Early Hints\r\n\r\n");
	at(&f, 1300);
	tx(&f, HELLO);
	expect(&f, "1 POST a.example /up 200 req 68 resp 96 ttfb 300 lat 300 flags -\n");
	at(&f, 1400);
	rx(&f, GET_X);
	tx(&f, CONTINUE HELLO); /* in one call */
	expect(&f, "1 GET a.example /x 200 req 36 resp 68 ttfb 0 lat 0 flags -\n");
}
END_TEST

START_TEST(upgrade_ends_at_its_head)
{
	rx(&f, "GET /ws HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\n\r\n");
	tx(&f, "HTTP/1.1 101 Switching Protocols\r\n\r\n");
	expect(&f, "1 GET a.example /ws 101 req 57 resp 36 ttfb 0 lat 0 flags -\n");
	rx(&f, GET_X); /* inside the tunnel */
	tx_skip(&f, 1000);
	build_lost(&f.conn, WIRE_TX, 100);
	closed(&f, WIRE_CLOSE_RESET);
	expect(&f, "");
	expect_empty(&f);
}
END_TEST

START_TEST(connect_ends_at_its_head)
{
	rx(&f, CONNECT);
	tx(&f, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n\r\nhello");
	expect(&f, "1 CONNECT b.example:443 b.example:443 407 req 34 resp 70 ttfb 0 lat 0 flags -\n");
	rx(&f, CONNECT);
	tx(&f, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
	expect(&f, "1 CONNECT b.example:443 b.example:443 200 req 34 resp 38 ttfb 0 lat 0 flags -\n");
	tx(&f, HELLO);
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "");
	expect_empty(&f);
}
END_TEST

static void see_details(struct tracker_fixture *fixture, const struct exchange *x)
{
	(void)fixture;
	ck_assert_uint_eq(x->pid, 1234);
	ck_assert_uint_eq(x->tid, 1235);
	ck_assert_uint_eq(x->uid, 33);
	ck_assert_uint_eq(x->cgroup, 77);
	ck_assert_str_eq(x->comm, "builder");
	ck_assert_int_eq(x->role, ROLE_SERVER);
	ck_assert_uint_eq(x->local.port, 80);
	ck_assert_uint_eq(x->remote.port, 40000);
	ck_assert_uint_eq(x->remote.addr[3], 2);
	ck_assert(x->tls);
	ck_assert(bytes_equal(x->scheme, bytes_of_str("https")));
	ck_assert_int_eq(x->version_minor, 0);
	ck_assert_int_eq(x->stream, -1);
	ck_assert_int_eq(x->queue_ns, -1);
	ck_assert_uint_eq(x->req_headers.n, 2);
	ck_assert(bytes_equal(x->req_headers.fields[1].value, bytes_of_str("")));
	ck_assert_uint_eq(x->resp_headers.n, 1);
	ck_assert(bytes_equal(x->resp_headers.fields[0].name, bytes_of_str("Content-Length")));
}

/* Who did the first byte counts; the head outlives its event. */
START_TEST(details)
{
	f.also = see_details;
	f.conn.event.flags |= WIRE_F_TLS;
	rx(&f, "GET /x HT");
	f.conn.event.pid = 99;
	memset(f.conn.event.comm, 'z', WIRE_COMM_LEN);
	rx_more(&f, "TP/1.0\r\nHost:  a.example \r\nEmpty:\r\n\r\n");
	tx(&f, HELLO);
	ck_assert_uint_eq(f.seen, 1);
}
END_TEST

/* ---- every split of both directions ---- */

#define SPLIT_REQUEST                                                                                        \
	"POST /up HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
#define SPLIT_RESPONSE CONTINUE CHUNKED "5\r\nhello\r\n0\r\nSum: 42\r\n\r\n"

static unsigned split_dir;
static bool split_begun;

static void split_start(void *ctx)
{
	(void)ctx;
	fixture_init(&f, true, 0);
	f.also = see_trailer;
	split_begun = false;
	if (split_dir == WIRE_TX)
		rx(&f, SPLIT_REQUEST);
}

static void split_feed(void *ctx, struct bytes piece)
{
	struct built_event e;

	(void)ctx;
	build_data(&f.conn, &e, split_dir, split_begun ? BUILD_MORE : BUILD_NEW, piece);
	split_begun = true;
	tracker_event(f.tracker, &e.event, piece.p);
}

static void split_finish(void *ctx, const char *how)
{
	(void)ctx;
	if (split_dir == WIRE_RX)
		tx(&f, SPLIT_RESPONSE);
	ck_assert_msg(f.seen == 1, "%s: %d exchanges", how, (int)f.seen);
	expect(&f, "1 POST a.example /up 200 req 79 resp 96 ttfb 0 lat 0 flags -\n");
	fixture_release(&f);
}

START_TEST(every_split)
{
	static const struct feeder feeder = {split_start, split_feed, split_finish};

	split_dir = WIRE_RX;
	feed_all_ways(bytes_of_str(SPLIT_REQUEST), &feeder, NULL);
	split_dir = WIRE_TX;
	feed_all_ways(bytes_of_str(SPLIT_RESPONSE), &feeder, NULL);
}
END_TEST

/* ---- targets ---- */

static const struct {
	const char *target, *authority, *path;
} targets[] = {
	{"/x?a=b", "", "/x?a=b"},
	{"//x", "", "//x"},
	{"/http://b.example/", "", "/http://b.example/"},
	{"http://b.example:8080/x?a=b", "b.example:8080", "/x?a=b"},
	{"http://b.example", "b.example", "/"},
	{"http://b.example?a=b", "b.example", "?a=b"},
	{"HTTPS://user:secret@b.example/@", "b.example", "/@"},
	{"http://[::1]:80/", "[::1]:80", "/"},
	{"http:///x", "", "/x"},
	{"*", "", "*"},
	{"b.example:443", "", "b.example:443"},
	{"://x", "", "://x"},
	{"http:/", "", "http:/"},
	{"", "", ""},
};

START_TEST(target_parts)
{
	struct guarded g = guard_copy_str(targets[_i].target);
	struct target_parts parts = target_split(g.bytes);

	ck_assert(bytes_equal(parts.authority, bytes_of_str(targets[_i].authority)));
	ck_assert(bytes_equal(parts.path, bytes_of_str(targets[_i].path)));
	guard_free(&g);
}
END_TEST

static const struct {
	const char *request, *line;
} hosts[] = {
	{"GET http://b.example/y HTTP/1.1\r\nHost: a.example\r\n\r\n", "1 GET b.example /y 200 "},
	{"OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n", "1 OPTIONS a.example * 200 "},
	{"GET /y HTTP/1.0\r\n\r\n", "1 GET - /y 200 "},
};

START_TEST(host_and_path)
{
	rx(&f, hosts[_i].request);
	tx(&f, HELLO);
	ck_assert_msg(strncmp(f.text, hosts[_i].line, strlen(hosts[_i].line)) == 0, "%s", f.text);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
	Suite *suite = suite_create("tracker");
	TCase *c = tcase_create("messages"), *rest = tcase_create("splits and targets");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, keep_alive);
	tcase_add_test(c, body_in_later_calls);
	tcase_add_test(c, two_in_one_call);
	tcase_add_test(c, two_answers_in_one_call);
	tcase_add_test(c, chunked_with_trailers);
	tcase_add_test(c, head_has_no_body);
	tcase_add_test(c, not_modified_has_no_body);
	tcase_add_test(c, interim_responses_are_part_of_the_final_one);
	tcase_add_test(c, upgrade_ends_at_its_head);
	tcase_add_test(c, connect_ends_at_its_head);
	tcase_add_test(c, details);
	tcase_add_loop_test(c, host_and_path, 0, COUNT(hosts));
	suite_add_tcase(suite, c);
	tcase_add_test(rest, every_split);
	tcase_add_loop_test(rest, target_parts, 0, COUNT(targets));
	suite_add_tcase(suite, rest);
	return run_suite(suite);
}
