/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/2 in the tracker: exchanges, as streams make them. */
#include "harness.h"
#include "http2_talk.h"

#define GET_X  ":method GET|:scheme http|:authority a.example|:path /x"
#define POST_X ":method POST|:scheme http|:authority a.example|:path /x|content-type text/plain"

static struct tracker_fixture f;
static struct talk t;

static void begin(bool server)
{
	fixture_init(&f, server, 0);
	talk_init(&t, &f, server);
	talk_begin(&t);
}

static void finish(void)
{
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "");
	expect_empty(&f);
	fixture_release(&f);
}

START_TEST(one_exchange)
{
	for (int server = 0; server <= 1; server++) {
		begin(server);
		at(&f, 2000);
		talk_ask(&t, 1, END_STREAM, GET_X);
		at(&f, 3000);
		talk_answer(&t, 1, 0, ":status 200");
		at(&f, 4000);
		talk_data(&t, false, 1, END_STREAM, "hello");
		expect(&f, "1/1 GET a.example /x 200 req 59 resp 18 ttfb 1000 lat 2000 flags -\n");
		finish();
	}
}
END_TEST

/* the same again is all indexed: one octet a field */
START_TEST(indexed_fields)
{
	begin(true);
	for (int i = 0; i < 3; i++) {
		talk_ask(&t, 1 + 2 * i, END_STREAM, GET_X);
		talk_answer(&t, 1 + 2 * i, END_STREAM, ":status 204");
	}
	expect(&f, "1/1 GET a.example /x 204 req 59 resp 13 ttfb 0 lat 0 flags -\n"
		   "1/3 GET a.example /x 204 req 4 resp 1 ttfb 0 lat 0 flags -\n"
		   "1/5 GET a.example /x 204 req 4 resp 1 ttfb 0 lat 0 flags -\n");
	finish();
}
END_TEST

START_TEST(interleaved_out_of_order)
{
	begin(false);
	for (int i = 1; i <= 5; i += 2) {
		at(&f, 2000 + i);
		talk_ask(&t, i, END_STREAM, GET_X);
	}
	at(&f, 3000);
	talk_answer(&t, 5, 0, ":status 200");
	talk_answer(&t, 1, 0, ":status 404");
	talk_answer(&t, 3, 0, ":status 500");
	talk_data(&t, false, 1, 0, "one");
	talk_data(&t, false, 3, END_STREAM, "three");
	talk_data(&t, false, 1, END_STREAM, "one");
	talk_data(&t, false, 5, END_STREAM, "");
	expect(&f, "1/3 GET a.example /x 500 req 4 resp 18 ttfb 997 lat 997 flags -\n"
		   "1/1 GET a.example /x 404 req 59 resp 19 ttfb 999 lat 999 flags -\n"
		   "1/5 GET a.example /x 200 req 4 resp 13 ttfb 995 lat 995 flags -\n");
	finish();
}
END_TEST

START_TEST(informational_and_trailers)
{
	begin(true);
	talk_ask(&t, 1, 0, POST_X);
	talk_answer(&t, 1, 0, ":status 100");
	talk_data(&t, true, 1, 0, "body");
	talk_headers(&t, true, 1, END_STREAM, "-sum 1");
	at(&f, 2000);
	talk_answer(&t, 1, 0, ":status 103|link x");
	at(&f, 3000);
	talk_answer(&t, 1, 0, ":status 200");
	talk_data(&t, false, 1, 0, "x");
	talk_answer(&t, 1, END_STREAM, "-sum 2");
	expect(&f, "1/1 POST a.example /x 200 req 96 resp 55 ttfb 2000 lat 2000 flags -\n");
	finish();
}
END_TEST

/* times are those of calls: written when entered, read when returned */
START_TEST(times)
{
	begin(false);
	between(&f, 1000, 1100);
	talk_ask(&t, 1, 0, POST_X);
	between(&f, 2000, 2200);
	talk_data(&t, true, 1, END_STREAM, "body");
	between(&f, 2100, 3000);
	talk_answer(&t, 1, 0, ":status 200");
	between(&f, 3000, 4000);
	talk_data(&t, false, 1, END_STREAM, "hello");
	expect(&f, "1/1 POST a.example /x 200 req 89 resp 18 ttfb 2000 lat 3000 flags -\n");
	finish();
}
END_TEST

static void look_at_first_byte(struct tracker_fixture *fixture, const struct exchange *x)
{
	(void)fixture;
	ck_assert_uint_eq(x->req.first_ns, 5000000);
	ck_assert_uint_eq(x->req.last_ns, 6000000);
}

/* a header in two events: the message begins with the first */
START_TEST(frame_header_split)
{
	struct http2_script s = {0};
	struct built_event e;

	begin(true);
	f.also = look_at_first_byte;
	http2_script_text(&s, "HEADERS.5.1=#828684");
	at(&f, 5000);
	build_frames(&f.conn, &e, WIRE_RX, true, bytes_of(s.bytes, 4));
	send_event(&f, &e);
	at(&f, 6000);
	build_frames(&f.conn, &e, WIRE_RX, false, bytes_of(s.bytes + 4, s.n - 4));
	send_event(&f, &e);
	http2_script_release(&s);
	talk_answer(&t, 1, END_STREAM, ":status 200");
	expect(&f, "1/1 GET - / 200 req 3 resp 13 ttfb 1000 lat 1000 flags -\n");
	finish();
}
END_TEST

START_TEST(early_answer_waits)
{
	begin(true);
	talk_ask(&t, 1, 0, POST_X);
	talk_answer(&t, 1, END_STREAM, ":status 413");
	expect(&f, "");
	talk_data(&t, true, 1, END_STREAM, "rest");
	expect(&f, "1/1 POST a.example /x 413 req 89 resp 13 ttfb 0 lat 0 flags -\n");
	finish();
}
END_TEST

/* RFC 9113 8.1 */
START_TEST(upload_refused_after_answer)
{
	begin(true);
	talk_ask(&t, 1, 0, POST_X);
	talk_answer(&t, 1, END_STREAM, ":status 413");
	talk_reset(&t, false, 1, 0);
	expect(&f, "1/1 POST a.example /x 413 req 85 resp 13 ttfb 0 lat 0 flags -\n");
	talk_data(&t, true, 1, END_STREAM, "on its way");
	talk_ask(&t, 3, 0, POST_X);
	talk_answer(&t, 3, END_STREAM, ":status 413");
	talk_reset(&t, false, 3, 5);
	expect(&f, "1/3 POST a.example /x 413 req 5 resp 1 ttfb 0 lat 0 flags truncated\n");
	finish();
}
END_TEST

START_TEST(reset)
{
	begin(false);
	talk_ask(&t, 1, END_STREAM, GET_X);
	talk_ask(&t, 3, END_STREAM, GET_X);
	talk_ask(&t, 5, 0, GET_X);
	talk_answer(&t, 3, 0, ":status 200");
	talk_reset(&t, false, 1, 7);
	talk_reset(&t, true, 3, 8);
	talk_reset(&t, true, 5, 8);
	talk_data(&t, false, 3, END_STREAM, "late");
	expect(&f, "1/1 GET a.example /x reset req 59 resp 0 ttfb - lat - flags -\n"
		   "1/3 GET a.example /x 200 req 4 resp 13 ttfb 0 lat 0 flags truncated\n"
		   "1/5 GET a.example /x reset req 4 resp 0 ttfb - lat - flags truncated\n");
	finish();
}
END_TEST

START_TEST(goaway)
{
	begin(false);
	for (int i = 1; i <= 7; i += 2)
		talk_ask(&t, i, END_STREAM, GET_X);
	talk_goaway(&t, false, 0x7fffffff);
	expect(&f, "");
	talk_goaway(&t, false, 3);
	expect(&f, "1/5 GET a.example /x closed req 4 resp 0 ttfb - lat - flags -\n"
		   "1/7 GET a.example /x closed req 4 resp 0 ttfb - lat - flags -\n");
	talk_answer(&t, 1, END_STREAM, ":status 200");
	talk_answer(&t, 3, END_STREAM, ":status 200");
	expect(&f, "1/1 GET a.example /x 200 req 59 resp 13 ttfb 0 lat 0 flags -\n"
		   "1/3 GET a.example /x 200 req 4 resp 1 ttfb 0 lat 0 flags -\n");
	finish();
}
END_TEST

START_TEST(connection_ends)
{
	static const struct {
		unsigned reason;
		const char *word;
	} ends[] = {
		{WIRE_CLOSE_LOCAL, "closed"}, {WIRE_CLOSE_RESET, "reset"}, {WIRE_CLOSE_TIMEOUT, "timeout"}};

	for (size_t i = 0; i < 3; i++) {
		char lines[256];

		begin(true);
		talk_ask(&t, 1, END_STREAM, GET_X);
		talk_ask(&t, 3, END_STREAM, GET_X);
		talk_answer(&t, 3, 0, ":status 200");
		closed(&f, ends[i].reason);
		snprintf(lines, sizeof(lines),
			 "1/1 GET a.example /x %s req 59 resp 0 ttfb - lat - flags -\n"
			 "1/3 GET a.example /x 200 req 4 resp 13 ttfb 0 lat 0 flags truncated\n",
			 ends[i].word);
		expect(&f, lines);
		expect_empty(&f);
		fixture_release(&f);
	}
}
END_TEST

START_TEST(peer_ends)
{
	begin(false);
	talk_ask(&t, 1, END_STREAM, GET_X);
	eof(&f);
	expect(&f, "1/1 GET a.example /x closed req 59 resp 0 ttfb - lat - flags -\n");
	finish();
	begin(true); /* a client that has nothing more to ask gets its answers */
	talk_ask(&t, 1, END_STREAM, GET_X);
	talk_ask(&t, 3, 0, GET_X);
	eof(&f);
	talk_answer(&t, 1, END_STREAM, ":status 200");
	talk_answer(&t, 3, END_STREAM, ":status 200");
	expect(&f, "1/1 GET a.example /x 200 req 59 resp 13 ttfb 0 lat 0 flags -\n"
		   "1/3 GET a.example /x 200 req 4 resp 1 ttfb 0 lat 0 flags truncated\n");
	finish();
}
END_TEST

START_TEST(push)
{
	begin(false);
	talk_ask(&t, 1, END_STREAM, GET_X);
	talk_push(&t, 1, 2, ":method GET|:scheme http|:authority a.example|:path /pushed");
	talk_answer(&t, 1, END_STREAM, ":status 200");
	talk_answer(&t, 2, 0, ":status 200");
	talk_data(&t, false, 2, END_STREAM, "pushed");
	expect(&f, "1/1 GET a.example /x 200 req 59 resp 13 ttfb 0 lat 0 flags -\n"
		   "1/2 GET a.example /pushed 200 req 68 resp 7 ttfb 0 lat 0 flags -\n");
	talk_push(&t, 1, 4, GET_X);
	talk_reset(&t, true, 4, 8);
	expect(&f, "1/4 GET a.example /x reset req 17 resp 0 ttfb - lat - flags -\n");
	finish();
}
END_TEST

/* two threads: what is read is told before what was written */
START_TEST(response_before_request)
{
	begin(false);
	talk_answer(&t, 1, END_STREAM, ":status 200");
	expect(&f, "");
	talk_ask(&t, 1, END_STREAM, GET_X);
	expect(&f, "1/1 GET a.example /x 200 req 59 resp 13 ttfb 0 lat 0 flags -\n");
	talk_answer(&t, 3, END_STREAM, ":status 200");
	talk_ask(&t, 5, END_STREAM, GET_X);
	ck_assert_uint_eq(tracker_stats(f.tracker).orphans, 1);
	talk_answer(&t, 5, END_STREAM, ":status 200");
	talk_answer(&t, 3, END_STREAM, ":status 200");
	expect(&f, "1/5 GET a.example /x 200 req 4 resp 1 ttfb 0 lat 0 flags -\n");
	ck_assert_uint_eq(tracker_stats(f.tracker).orphans, 2);
	finish();
}
END_TEST

START_TEST(targets)
{
	begin(false);
	talk_ask(&t, 1, END_STREAM, ":method GET|:scheme https|:path /p?q|host b.example");
	talk_answer(&t, 1, END_STREAM, ":status 200");
	talk_ask(&t, 3, 0, ":method CONNECT|:authority c.example:443");
	talk_answer(&t, 3, 0, ":status 200");
	talk_data(&t, true, 3, END_STREAM, "a");
	talk_data(&t, false, 3, END_STREAM, "b");
	talk_ask(&t, 5, END_STREAM, ":method OPTIONS|:scheme http|:path *|:authority d.example");
	talk_answer(&t, 5, END_STREAM, ":status 200");
	expect(&f, "1/1 GET b.example /p?q 200 req 56 resp 13 ttfb 0 lat 0 flags -\n"
		   "1/3 CONNECT c.example:443 c.example:443 200 req 44 resp 2 ttfb 0 lat 0 flags -\n"
		   "1/5 OPTIONS d.example * 200 req 62 resp 1 ttfb 0 lat 0 flags -\n");
	finish();
}
END_TEST

static void look_at_headers(struct tracker_fixture *fixture, const struct exchange *x)
{
	(void)fixture;
	ck_assert_uint_eq(x->version_major, 2);
	ck_assert_uint_eq(x->version_minor, 0);
	ck_assert_uint_eq(x->pid, 1234);
	ck_assert_str_eq(x->comm, "builder");
	ck_assert(bytes_equal(x->scheme, bytes_of_str("http")));
	ck_assert_uint_eq(x->req_headers.n, 2);
	ck_assert(bytes_equal(x->req_headers.fields[0].name, bytes_of_str("cookie")));
	ck_assert(x->req_headers.fields[0].sensitive);
	ck_assert(bytes_equal(x->req_headers.fields[1].name, bytes_of_str("empty")));
	ck_assert(!x->req_headers.fields[1].sensitive);
	ck_assert_ptr_nonnull(x->req_headers.fields[1].value.p);
	ck_assert_uint_eq(x->req_headers.fields[1].value.n, 0);
	ck_assert_uint_eq(x->resp_headers.n, 1);
	ck_assert_uint_eq(x->trailers.n, 1);
	ck_assert(bytes_equal(x->trailers.fields[0].value, bytes_of_str("42")));
	ck_assert_ptr_null(x->grpc);
}

START_TEST(header_lists)
{
	begin(false);
	f.also = look_at_headers;
	talk_ask(&t, 1, END_STREAM, GET_X "|!cookie secret|empty ");
	talk_answer(&t, 1, 0, ":status 200|server x");
	talk_answer(&t, 1, END_STREAM, "sum 42");
	ck_assert_uint_eq(f.seen, 1);
	f.text[0] = '\0';
	finish();
}
END_TEST

/* RFC 7540 3.2 */
START_TEST(upgrade)
{
	for (int at_once = 0; at_once <= 1; at_once++) {
		struct http2_script s = {0};
		struct built_event e;

		fixture_init(&f, true, 0);
		talk_init(&t, &f, true);
		at(&f, 1000);
		rx(&f, "GET /up HTTP/1.1\r\nHost: u.example\r\nConnection: Upgrade, HTTP2-Settings\r\n"
		       "Upgrade: h2c\r\nHTTP2-Settings: AAA\r\n\r\n");
		at(&f, 2000);
		http2_script_bytes(&s, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", 50);
		if (at_once)
			http2_script_text(&s, "SETTINGS.0.0=");
		build_data(&f.conn, &e, WIRE_TX, BUILD_NEW, bytes_of(s.bytes, s.n));
		send_event(&f, &e);
		http2_script_release(&s);
		if (!at_once)
			talk_text(&t, WIRE_TX, "SETTINGS.0.0=");
		talk_text(&t, WIRE_RX, "PRI SETTINGS.0.0=");
		ck_assert_uint_eq(tracker_stats(f.tracker).in_flight, 1);
		talk_ask(&t, 3, END_STREAM, GET_X);
		at(&f, 3000);
		talk_answer(&t, 3, END_STREAM, ":status 204");
		talk_answer(&t, 1, 0, ":status 200");
		talk_data(&t, false, 1, END_STREAM, "hello");
		expect(&f, "1/3 GET a.example /x 204 req 59 resp 13 ttfb 1000 lat 1000 flags -\n"
			   "1/1 GET u.example /up 200 req 109 resp 18 ttfb 2000 lat 2000 flags -\n");
		ck_assert_uint_eq(tracker_stats(f.tracker).http2_lost, 0);
		finish();
	}
}
END_TEST

/* the 101 is lost */
START_TEST(upgrade_unseen)
{
	fixture_init(&f, true, 0);
	talk_init(&t, &f, true);
	rx(&f, "GET /up HTTP/1.1\r\nHost: u.example\r\nUpgrade: h2c\r\n\r\n");
	build_lost(&f.conn, WIRE_TX, 50);
	talk_text(&t, WIRE_TX, "SETTINGS.0.0=");
	talk_answer(&t, 1, END_STREAM, ":status 200");
	expect(&f, "1/1 GET u.example /up 200 req 51 resp 13 ttfb 0 lat 0 flags gap\n");
	finish();
}
END_TEST

START_TEST(not_http2)
{
	fixture_init(&f, true, 0);
	talk_init(&t, &f, true);
	talk_text(&t, WIRE_RX, "PRI \"somethingelseentirely");
	talk_text(&t, WIRE_RX, "HEADERS.5.1=#828684");
	ck_assert_uint_eq(tracker_stats(f.tracker).not_http, 1);
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tracker, HTTP/2");
	TCase *tc = tcase_create("all");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, one_exchange);
	tcase_add_test(tc, indexed_fields);
	tcase_add_test(tc, interleaved_out_of_order);
	tcase_add_test(tc, informational_and_trailers);
	tcase_add_test(tc, times);
	tcase_add_test(tc, frame_header_split);
	tcase_add_test(tc, early_answer_waits);
	tcase_add_test(tc, upload_refused_after_answer);
	tcase_add_test(tc, reset);
	tcase_add_test(tc, goaway);
	tcase_add_test(tc, connection_ends);
	tcase_add_test(tc, peer_ends);
	tcase_add_test(tc, push);
	tcase_add_test(tc, response_before_request);
	tcase_add_test(tc, targets);
	tcase_add_test(tc, header_lists);
	tcase_add_test(tc, upgrade);
	tcase_add_test(tc, upgrade_unseen);
	tcase_add_test(tc, not_http2);
	return run_suite(suite);
}
