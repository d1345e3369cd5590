/* SPDX-License-Identifier: Apache-2.0 */
/* gRPC calls in the tracker: statuses, messages, modes, and streams that stay open. */
#include "harness.h"
#include "http2_talk.h"

#define CALL                                                                                                 \
	"-:method POST|-:scheme http|-:path /pkg.Echo/Say|-:authority g|-te trailers|-content-type "         \
	"application/grpc"
#define OK "-:status 200|-content-type application/grpc"

/* A message of n bytes: its prefix, and as many bytes. */
#define MESSAGE_3 "\0\0\0\0\003abc"

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

static void messages(bool request, uint32_t stream, int n, bool end)
{
	struct http2_frame frame = {.stream = stream, .flags = end ? END_STREAM : 0};
	uint8_t all[8 * 16];

	for (int i = 0; i < n; i++)
		memcpy(all + 8 * i, MESSAGE_3, 8);
	talk_frame(&t, request, frame, bytes_of(all, 8 * n));
}

/* Only the line's part from " grpc" on. */
static void expect_call(const char *call)
{
	char *at = strstr(f.text, " grpc ");

	ck_assert_ptr_nonnull(at);
	ck_assert_str_eq(at + 1, call);
	f.text[0] = '\0';
}

/* ---- modes ---- */

static void call(uint32_t stream, int requests, int responses)
{
	talk_ask(&t, stream, 0, CALL);
	messages(true, stream, requests, true);
	talk_answer(&t, stream, 0, OK);
	if (responses)
		messages(false, stream, responses, false);
	talk_answer(&t, stream, END_STREAM, "-grpc-status 0");
}

START_TEST(modes)
{
	begin(false);
	call(1, 1, 1);
	expect_call("grpc pkg.Echo Say 0 unary 1/1 flags -\n");
	call(3, 3, 1);
	expect_call("grpc pkg.Echo Say 0 client 3/1 flags -\n");
	call(5, 1, 4);
	expect_call("grpc pkg.Echo Say 0 server 1/4 flags -\n");
	call(7, 2, 5);
	expect_call("grpc pkg.Echo Say 0 bidi 2/5 flags -\n");
	call(9, 1, 0);
	expect_call("grpc pkg.Echo Say 0 - 1/0 flags -\n");
	finish();
}
END_TEST

START_TEST(server_sends_responses)
{
	begin(true);
	call(1, 1, 4);
	expect_call("grpc pkg.Echo Say 0 server 4/1 flags -\n");
	finish();
}
END_TEST

static void look_at_call(struct tracker_fixture *fixture, const struct exchange *x)
{
	(void)fixture;
	ck_assert_uint_eq(x->grpc->sent_bytes, 6);
	ck_assert_uint_eq(x->grpc->received_bytes, 3);
	ck_assert_int_eq(x->grpc->timeout_ns, 5000000000);
}

START_TEST(bytes_and_deadline)
{
	begin(false);
	f.also = look_at_call;
	talk_ask(&t, 1, 0, CALL "|-grpc-timeout 5S");
	messages(true, 1, 2, true);
	talk_answer(&t, 1, 0, OK);
	messages(false, 1, 1, false);
	talk_answer(&t, 1, END_STREAM, "-grpc-status 0");
	expect_call("grpc pkg.Echo Say 0 client 2/1 flags -\n");
	finish();
}
END_TEST

/* Messages do not care for frames, nor for what of them is shown. */
START_TEST(messages_across_frames)
{
	struct http2_frame large = {.length = 5 + 20000, .stream = 1};

	begin(false);
	talk_ask(&t, 1, 0, CALL);
	talk_frame(&t, true, (struct http2_frame){.stream = 1}, bytes_of(MESSAGE_3, 4));
	talk_frame(&t, true, (struct http2_frame){.stream = 1, .flags = END_STREAM},
		   bytes_of(&(MESSAGE_3 "\0\0\0\0\0")[4], 4));
	talk_answer(&t, 1, 0, OK);
	talk_skipped(&t, false, large, bytes_of("\0\0\0\x4e\x20", 5));
	messages(false, 1, 1, false);
	talk_answer(&t, 1, END_STREAM, "-grpc-status 0");
	expect_call("grpc pkg.Echo Say 0 server 1/2 flags -\n");
	finish();
}
END_TEST

/* A prefix in the dark: no number is better than a wrong one. */
START_TEST(prefix_not_shown)
{
	struct http2_frame dark = {.length = 500, .stream = 1};

	begin(false);
	talk_ask(&t, 1, 0, CALL);
	messages(true, 1, 1, true);
	talk_answer(&t, 1, 0, OK);
	talk_skipped(&t, false, dark, (struct bytes){0});
	talk_answer(&t, 1, END_STREAM, "-grpc-status 0");
	expect_call("grpc pkg.Echo Say 0 - 1/-1 flags -\n");
	finish();
}
END_TEST

/* ---- statuses ---- */

START_TEST(status_and_message)
{
	begin(false);
	talk_ask(&t, 1, END_STREAM, CALL);
	talk_answer(&t, 1, 0, OK);
	talk_answer(&t, 1, END_STREAM, "-grpc-status 5|-grpc-message no%20such%0Athing");
	expect_call("grpc pkg.Echo Say 5 - 0/0 no such\nthing flags -\n");
	finish();
}
END_TEST

START_TEST(trailers_only)
{
	begin(true);
	talk_ask(&t, 1, END_STREAM, CALL);
	talk_answer(&t, 1, END_STREAM, OK "|-grpc-status 12|-grpc-message nope");
	expect_call("grpc pkg.Echo Say 12 - 0/0 nope flags -\n");
	finish();
}
END_TEST

START_TEST(status_from_http)
{
	begin(false);
	talk_ask(&t, 1, END_STREAM, CALL);
	talk_answer(&t, 1, END_STREAM, "-:status 503|-content-type text/html");
	expect_call("grpc pkg.Echo Say 14! - 0/0 flags -\n");
	talk_ask(&t, 3, END_STREAM, CALL);
	talk_answer(&t, 3, END_STREAM, OK);
	expect_call("grpc pkg.Echo Say 2! - 0/0 flags -\n");
	finish();
}
END_TEST

START_TEST(status_from_reset)
{
	begin(false);
	talk_ask(&t, 1, 0, CALL);
	messages(true, 1, 1, false);
	talk_reset(&t, true, 1, 8);
	expect_call("grpc pkg.Echo Say 1! - 1/0 flags truncated\n");
	talk_ask(&t, 3, END_STREAM, CALL);
	talk_answer(&t, 3, 0, OK);
	talk_reset(&t, false, 3, 7);
	expect_call("grpc pkg.Echo Say 14! - 0/0 flags truncated\n");
	finish();
}
END_TEST

/* Servers answer so while the client still sends. */
START_TEST(early_status_and_no_error)
{
	begin(true);
	talk_ask(&t, 1, 0, CALL);
	messages(true, 1, 2, false);
	talk_answer(&t, 1, END_STREAM, OK "|-grpc-status 8");
	expect(&f, "");
	talk_reset(&t, false, 1, 0);
	expect_call("grpc pkg.Echo Say 8 - 0/2 flags -\n");
	finish();
}
END_TEST

START_TEST(status_unknown)
{
	begin(false);
	talk_ask(&t, 1, END_STREAM, CALL);
	closed(&f, WIRE_CLOSE_LOCAL);
	expect_call("grpc pkg.Echo Say -1 - 0/0 flags -\n");
	fixture_release(&f);
}
END_TEST

/* The request's type is not known, the response's is. */
START_TEST(known_by_the_response)
{
	begin(false);
	talk_text(&t, talk_dir(&t, true), "HEADERS.4.1=#8386ff00 DATA.1.1=#00000000026162");
	talk_answer(&t, 1, 0, OK);
	messages(false, 1, 1, false);
	talk_answer(&t, 1, END_STREAM, "-grpc-status 0");
	ck_assert_ptr_null(strstr(f.text, "Say"));
	f.text[0] = '\0';
	closed(&f, WIRE_CLOSE_LOCAL);
	fixture_release(&f);
}
END_TEST

START_TEST(no_grpc)
{
	begin(false);
	talk_ask(&t, 1, END_STREAM,
		 "-:method POST|-:scheme http|-:path /a/b|-content-type application/grpc-web");
	talk_answer(&t, 1, END_STREAM, "-:status 200|-content-type application/grpc-web");
	ck_assert_ptr_null(strstr(f.text, "grpc"));
	f.text[0] = '\0';
	finish();
}
END_TEST

/* ---- streams that stay open ---- */

static bool alive(void *ctx, uint64_t sock, uint64_t conn)
{
	(void)ctx, (void)sock, (void)conn;
	return true;
}

static void begin_with_interval(void)
{
	struct tracker_options options = {.open_interval_ns = 1000000000};

	fixture_init_with(&f, false, options);
	talk_init(&t, &f, false);
	talk_begin(&t);
}

START_TEST(open_stream)
{
	begin_with_interval();
	at(&f, 1000000);
	talk_ask(&t, 1, 0, CALL);
	messages(true, 1, 2, false);
	tracker_collect(f.tracker, 1999999999, UINT64_MAX, alive, NULL);
	expect(&f, "");
	tracker_collect(f.tracker, 2000000000, UINT64_MAX, alive, NULL);
	expect_call("grpc pkg.Echo Say -1 - 2/0 flags open\n");
	at(&f, 2500000);
	talk_answer(&t, 1, 0, OK);
	expect(&f, "");
	at(&f, 3100000);
	messages(false, 1, 2, false);
	expect_call("grpc pkg.Echo Say -1 bidi 2/2 flags open\n");
	ck_assert_uint_eq(tracker_stats(f.tracker).http2_open, 2);
	ck_assert_uint_eq(tracker_stats(f.tracker).exchanges, 0);
	messages(true, 1, 1, true);
	talk_answer(&t, 1, END_STREAM, "-grpc-status 0");
	expect_call("grpc pkg.Echo Say 0 bidi 3/2 flags -\n");
	tracker_collect(f.tracker, 9000000000, UINT64_MAX, alive, NULL);
	finish();
}
END_TEST

START_TEST(open_streams_each_in_time)
{
	begin_with_interval();
	for (int i = 0; i < 3; i++) {
		at(&f, 1000000 + 300000 * i);
		talk_ask(&t, 1 + 2 * i, END_STREAM, ":method GET|:path /x");
	}
	talk_answer(&t, 3, END_STREAM, ":status 200");
	f.text[0] = '\0';
	tracker_collect(f.tracker, 2599999999, UINT64_MAX, alive, NULL);
	expect(&f, "1/1 GET - /x none req 23 resp 0 ttfb - lat - flags open\n");
	tracker_collect(f.tracker, 2600000000, UINT64_MAX, alive, NULL);
	expect(&f, "1/5 GET - /x none req 2 resp 0 ttfb - lat - flags open\n");
	closed(&f, WIRE_CLOSE_LOCAL);
	expect(&f, "1/1 GET - /x closed req 23 resp 0 ttfb - lat - flags -\n"
		   "1/5 GET - /x closed req 2 resp 0 ttfb - lat - flags -\n");
	fixture_release(&f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gRPC calls");
	TCase *tc = tcase_create("all");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, modes);
	tcase_add_test(tc, server_sends_responses);
	tcase_add_test(tc, bytes_and_deadline);
	tcase_add_test(tc, messages_across_frames);
	tcase_add_test(tc, prefix_not_shown);
	tcase_add_test(tc, status_and_message);
	tcase_add_test(tc, trailers_only);
	tcase_add_test(tc, status_from_http);
	tcase_add_test(tc, status_from_reset);
	tcase_add_test(tc, early_status_and_no_error);
	tcase_add_test(tc, status_unknown);
	tcase_add_test(tc, known_by_the_response);
	tcase_add_test(tc, no_grpc);
	tcase_add_test(tc, open_stream);
	tcase_add_test(tc, open_streams_each_in_time);
	return run_suite(suite);
}
