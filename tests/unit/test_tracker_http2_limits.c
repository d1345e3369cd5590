/* SPDX-License-Identifier: Apache-2.0 */
/* What of HTTP/2 the tracker keeps at most, and what it does without memory. */
#include "exchange/http2_streams.h"
#include "harness.h"
#include "http2_talk.h"

#define GET_X ":method GET|:scheme http|:authority a.example|:path /x"
#define CALL  ":method POST|:scheme http|:authority a|:path /p.S/M|content-type application/grpc"

size_t __sanitizer_get_current_allocated_bytes(void);

static struct tracker_fixture f;
static struct talk t;

static void begin(uint64_t conn)
{
	fixture_conn(&f, conn, true);
	talk_init(&t, &f, true);
	talk_begin(&t);
}

static void setup(void)
{
	fixture_init(&f, true, 0);
	f.bulk = true;
	begin(1);
}

static void ask(uint32_t id)
{
	char fields[128];

	snprintf(fields, sizeof(fields), ":method GET|:scheme http|:authority a|-:path /s%u", id);
	talk_ask(&t, id, END_STREAM, fields);
}

/* ---- how many streams ---- */

static unsigned answered, unseen;

static void look_at_number(struct tracker_fixture *fixture, const struct exchange *x)
{
	char path[16];

	(void)fixture;
	snprintf(path, sizeof(path), "/s%d", x->stream);
	ck_assert(bytes_equal(x->path, bytes_of_str(path)));
	answered += x->status == 200 + x->stream / 2 % 100;
	unseen += x->no_status == NO_STATUS_UNSEEN;
}

/* In an order that jumps about: 1 + 2 * (7 * i modulo the next prime below). */
#define MANY 3989

START_TEST(thousands_at_once)
{
	char fields[64];

	setup();
	f.also = look_at_number;
	for (uint32_t i = 0; i < MANY; i++)
		ask(1 + 2 * i);
	ck_assert_uint_eq(tracker_stats(f.tracker).in_flight, MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t k = 7 * i % MANY;

		snprintf(fields, sizeof(fields), ":status %u", 200 + k % 100);
		talk_answer(&t, 1 + 2 * k, 0, fields);
	}
	ck_assert_uint_eq(f.seen, 0);
	for (uint32_t i = 0; i < MANY; i++)
		talk_data(&t, false, 1 + 2 * (11 * i % MANY), END_STREAM, "body");
	ck_assert_uint_eq(answered, MANY);
	closed(&f, WIRE_CLOSE_LOCAL);
	ck_assert_uint_eq(f.seen, MANY);
	expect_empty(&f);
	fixture_release(&f);
}
END_TEST

START_TEST(too_many_streams)
{
	struct tracker_stats stats;

	setup();
	f.also = look_at_number;
	ask(1);
	ask(3);
	talk_answer(&t, 1, 0, ":status 200"); /* so that 3 is the idlest */
	for (uint32_t i = 2; i < HTTP2_STREAMS_MAX + 99; i++)
		ask(1 + 2 * i);
	stats = tracker_stats(f.tracker);
	ck_assert_uint_eq(stats.http2_given_up, 99);
	ck_assert_uint_eq(stats.in_flight, HTTP2_STREAMS_MAX);
	ck_assert_uint_eq(unseen, 98); /* 1 has a status */
	talk_answer(&t, 3, END_STREAM, ":status 200");
	ck_assert_uint_eq(tracker_stats(f.tracker).orphans, 1);
	closed(&f, WIRE_CLOSE_LOCAL);
	ck_assert_uint_eq(f.seen, HTTP2_STREAMS_MAX + 99);
	expect_empty(&f);
	fixture_release(&f);
}
END_TEST

/* Responses whose requests were before our time. */
START_TEST(too_many_orphans)
{
	setup();
	for (uint32_t i = 0; i < 2 * HTTP2_STREAMS_MAX; i++)
		talk_answer(&t, 1 + 2 * i, 0, ":status 200");
	ck_assert_uint_eq(tracker_stats(f.tracker).orphans, HTTP2_STREAMS_MAX);
	ask(4 * HTTP2_STREAMS_MAX + 1);
	ck_assert_uint_eq(tracker_stats(f.tracker).orphans, 2 * HTTP2_STREAMS_MAX);
	ck_assert_uint_eq(tracker_stats(f.tracker).in_flight, 1);
	ck_assert_uint_eq(f.seen, 0);
	closed(&f, WIRE_CLOSE_LOCAL);
	expect_empty(&f);
	fixture_release(&f);
}
END_TEST

/* ---- memory ---- */

/* About 12 KiB of fields that nobody indexes. */
static const char *long_fields(const char *first)
{
	static char text[16384];
	size_t n = snprintf(text, sizeof(text), "%s", first);

	for (int i = 0; i < 100; i++)
		n += snprintf(text + n, sizeof(text) - n, "|-x-%d %0110d", i, i);
	return text;
}

static size_t allocated(void)
{
	return __sanitizer_get_current_allocated_bytes();
}

/* Long requests, then long responses to short ones: both are kept. */
START_TEST(heads_of_a_connection_are_bounded)
{
	size_t before;

	setup();
	before = allocated();
	for (uint32_t i = 0; i < 3000; i++) {
		talk_ask(&t, 1 + 2 * i, END_STREAM, long_fields(GET_X));
		ck_assert_uint_lt(allocated() - before, 2 * HTTP2_STREAMS_HELD_MAX);
	}
	ck_assert_uint_gt(tracker_stats(f.tracker).http2_given_up, 1000);
	begin(2);
	for (uint32_t i = 0; i < 3000; i++)
		ask(1 + 2 * i);
	for (uint32_t i = 0; i < 3000; i++) {
		talk_answer(&t, 1 + 2 * i, 0, long_fields(":status 200"));
		ck_assert_uint_lt(allocated() - before, 4 * HTTP2_STREAMS_HELD_MAX);
	}
	ck_assert_uint_gt(tracker_stats(f.tracker).http2_given_up, 2000);
	ck_assert_uint_eq(tracker_stats(f.tracker).evicted, 0);
	fixture_release(&f);
}
END_TEST

START_TEST(heads_of_all_are_bounded)
{
	size_t before;

	setup();
	before = allocated();
	for (uint64_t conn = 2; conn < 120; conn++) {
		begin(conn);
		for (uint32_t i = 0; i < 100; i++)
			talk_ask(&t, 1 + 2 * i, END_STREAM, long_fields(GET_X));
		ck_assert_uint_lt(allocated() - before, 2 * TRACKER_HELD_MAX);
	}
	ck_assert_uint_gt(tracker_stats(f.tracker).evicted, 20);
	ck_assert_uint_gt(tracker_stats(f.tracker).conns, 20);
	fixture_release(&f);
}
END_TEST

static void exchanges(uint64_t conn, uint32_t n)
{
	begin(conn);
	for (uint32_t i = 0; i < n; i++) {
		talk_ask(&t, 1 + 2 * i, 0, i % 2 ? CALL : GET_X);
		talk_data(&t, true, 1 + 2 * i, END_STREAM, "12345");
	}
	for (uint32_t i = 0; i < n; i++) {
		talk_answer(&t, 1 + 2 * i, 0, ":status 200|content-type application/grpc");
		if (i % 3)
			talk_answer(&t, 1 + 2 * i, END_STREAM, "grpc-status 0");
	}
	closed(&f, WIRE_CLOSE_LOCAL);
}

START_TEST(memory_stays_flat)
{
	size_t before;

	setup();
	for (uint64_t conn = 2; conn < 20; conn++)
		exchanges(conn, 50);
	before = allocated();
	for (uint64_t conn = 20; conn < 400; conn++)
		exchanges(conn, 50);
	ck_assert_uint_le(allocated(), before + 4096);
	ck_assert_uint_eq(f.seen, 398 * 50);
	fixture_release(&f);
}
END_TEST

/* What the events are built with is not ours to count. */
START_TEST(no_allocation_per_exchange)
{
	struct built_event asks[16], answers[16];
	long allocations = 0;

	if (!harness_alloc_hooked())
		return;
	setup();
	for (int i = 0; i < 16; i++) {
		struct http2_script s = {0};

		http2_script_header(
			&s, (struct http2_frame){
				    .length = 3, .type = HTTP2_HEADERS, .flags = 5, .stream = 1 + 2 * i});
		http2_script_bytes(&s, "\x82\x86\x84", 3);
		build_frames(&f.conn, &asks[i], WIRE_RX, true, bytes_of(s.bytes, s.n));
		http2_script_release(&s);
		http2_script_header(
			&s, (struct http2_frame){
				    .length = 8, .type = HTTP2_HEADERS, .flags = 5, .stream = 1 + 2 * i});
		http2_script_bytes(&s,
				   "\x88\x40\x01"
				   "a\x03"
				   "b\0c",
				   8);
		build_frames(&f.conn, &answers[i], WIRE_TX, true, bytes_of(s.bytes, s.n));
		http2_script_release(&s);
	}
	for (int i = 0; i < 16; i++) {
		if (i == 2)
			harness_fail_alloc(-1);
		send_event(&f, &asks[i]);
		send_event(&f, &answers[i]);
		allocations = harness_alloc_count();
	}
	ck_assert_int_eq(allocations, 0);
	ck_assert_uint_eq(f.seen, 16);
	fixture_release(&f);
}
END_TEST

/* ---- without memory ---- */

static void look_at_path(struct tracker_fixture *fixture, const struct exchange *x)
{
	(void)fixture;
	ck_assert(!x->path.n || bytes_equal(x->path, bytes_of_str("/x")) ||
		  bytes_equal(x->path, bytes_of_str("/p.S/M")));
	if (x->stream >= 0) /* else a 101 of which it is not known what to */
		ck_assert(!x->status || x->status == 200 + x->stream);
}

/* All events, made beforehand: what builds them allocates, too. */
static struct built_event session_events[64];
static size_t session_n;

static void keep_event(struct tracker_fixture *fixture, const struct built_event *e)
{
	(void)fixture;
	ck_assert_uint_lt(session_n, sizeof(session_events) / sizeof(session_events[0]));
	session_events[session_n++] = *e;
}

static void make_session(void)
{
	fixture_init(&f, true, 0);
	f.instead = keep_event;
	begin(1);
	talk_ask(&t, 1, END_STREAM, GET_X);
	talk_ask(&t, 3, 0, CALL);
	t.part = 3;
	t.step = 5;
	talk_ask(&t, 5, 0, GET_X "|-x y");
	t.part = t.step = 0;
	talk_answer(&t, 5, 0, ":status 205|x 5");
	talk_push(&t, 5, 2, GET_X);
	talk_data(&t, true, 3, END_STREAM, "12345");
	talk_answer(&t, 3, 0, ":status 203|x 3");
	build_lost(&f.conn, WIRE_TX, 9);
	talk_answer(&t, 1, END_STREAM, ":status 201|x 1");
	talk_answer(&t, 3, END_STREAM, "grpc-status 7|x 3");
	talk_reset(&t, true, 5, 8);
	closed(&f, WIRE_CLOSE_RESET);
	fixture_conn(&f, 2, true);
	rx(&f, "GET /x HTTP/1.1\r\nUpgrade: h2c\r\n\r\n");
	tx(&f, "HTTP/1.1 101 OK\r\nUpgrade: h2c\r\n\r\n");
	talk_init(&t, &f, true);
	talk_text(&t, WIRE_TX, "SETTINGS.0.0=");
	talk_answer(&t, 1, END_STREAM, ":status 201");
	closed(&f, WIRE_CLOSE_RESET);
	fixture_release(&f);
}

static void session(void *ctx)
{
	struct tracker_stats stats;

	(void)ctx;
	fixture_init(&f, true, 0);
	if (!f.tracker)
		return;
	f.bulk = true;
	f.also = look_at_path;
	for (size_t i = 0; i < session_n; i++)
		send_event(&f, &session_events[i]);
	stats = tracker_stats(f.tracker);
	ck_assert_uint_eq(f.seen, stats.exchanges);
	ck_assert_uint_le(stats.exchanges, 5);
	if (stats.exchanges != 5)
		ck_assert_uint_gt(stats.no_memory + stats.not_http + stats.http2_lost, 0);
	expect_empty(&f);
	fixture_release(&f);
}

START_TEST(every_allocation_fails)
{
	make_session();
	session(NULL);
	ck_assert_uint_eq(f.seen, 5);
	if (harness_alloc_hooked())
		ck_assert_int_gt(fail_each_alloc(session, NULL), 20);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tracker, HTTP/2, limits");
	TCase *tc = tcase_create("limits");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, thousands_at_once);
	tcase_add_test(tc, too_many_streams);
	tcase_add_test(tc, too_many_orphans);
	tcase_add_test(tc, heads_of_a_connection_are_bounded);
	tcase_add_test(tc, heads_of_all_are_bounded);
	tcase_add_test(tc, memory_stays_flat);
	tcase_add_test(tc, no_allocation_per_exchange);
	tcase_add_test(tc, every_allocation_fails);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
