/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What strangers can do to the tracker by choosing bytes: a million connections that come to nothing, heads
 * and header blocks without end, streams without number, tables that are filled for nothing.  Memory stays
 * below the bound that l7scope(7) states, what is dropped is counted, and who talks properly meanwhile is
 * told.
 */
#include <stdio.h>
#include <stdlib.h>

#include "exchange/http2_streams.h"
#include "harness.h"
#include "http2_talk.h"

#define GET_X	"GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n"
#define NOTHING "HTTP/1.1 204 No Content\r\n\r\n"

/* l7scope(7), SECURITY: of a tool's memory, the tracker's share. */
#define BOUND ((size_t)192 << 20)

#define A_MILLION 1000000
/* Of the one that talks properly, which is never the idlest. */
#define GOOD_EVERY 500

size_t __sanitizer_get_current_allocated_bytes(void);

static struct tracker_fixture f;
static struct event_builder good;
static struct talk t;
static uint64_t told;
static size_t before, most;

static void look(struct tracker_fixture *fixture, const struct exchange *x)
{
	(void)fixture;
	if (x->conn == 1)
		told += x->status == 204 && x->missing == 0 && bytes_equal(x->path, bytes_of_str("/x"));
}

static void measure(void)
{
	size_t now = __sanitizer_get_current_allocated_bytes() - before;

	if (now > most)
		most = now;
	ck_assert_uint_lt(now, BOUND);
}

static void teardown(void)
{
	fixture_release(&f);
	ck_assert_uint_le(__sanitizer_get_current_allocated_bytes(), before);
	printf("# at most %zu kB\n", most / 1024);
}

/* The proper one's next exchange. */
static void good_one(uint64_t now_us)
{
	struct event_builder other = f.conn;

	f.conn = good;
	at(&f, now_us);
	rx(&f, GET_X);
	tx(&f, NOTHING);
	good = f.conn;
	f.conn = other;
	measure();
}

static void setup(void)
{
	fixture_init(&f, true, 0);
	f.bulk = true;
	f.also = look;
	good = f.conn;
	most = 0;
	before = __sanitizer_get_current_allocated_bytes();
	good_one(1);
	told = 0;
}

/* ---- a million connections ---- */

static const char *const beginnings[] = {
	"GET /",				      /* and no more */
	GET_X,					      /* never answered */
	"GET /x HTTP/1.1\r\nHost: a.example\r\nA: b", /* no end of its head */
	"\x16\x03\x01\x02",			      /* something else */
	"POST /x HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
	"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
	GET_X GET_X GET_X GET_X GET_X GET_X GET_X GET_X, /* in a hurry */
	"GET /x HTTP/9.9\r\n\r\n",
};
#define N_BEGINNINGS (sizeof(beginnings) / sizeof(beginnings[0]))

START_TEST(a_million_connections)
{
	struct tracker_stats stats;

	setup();
	for (uint64_t n = 2; n < A_MILLION; n++) {
		fixture_conn(&f, n, n & 1);
		at(&f, n);
		if (n & 1)
			rx(&f, beginnings[n % N_BEGINNINGS]);
		else
			tx(&f, beginnings[n / 2 % N_BEGINNINGS]);
		if (n % 3 == 0) /* the close of the others is lost */
			closed(&f, n % WIRE_CLOSE_TIMEOUT);
		if (n % GOOD_EVERY == 0)
			good_one(n);
	}
	stats = tracker_stats(f.tracker);
	ck_assert_uint_eq(told, (A_MILLION - 1) / GOOD_EVERY);
	ck_assert_uint_le(stats.conns, TRACKER_CONNS_MAX);
	/* each is there, or was closed, or is counted */
	ck_assert_uint_eq(stats.conns + stats.evicted + (A_MILLION - 1) / 3, A_MILLION - 1);
	teardown();
}
END_TEST

static void begin(uint64_t conn)
{
	fixture_conn(&f, conn, true);
	at(&f, conn);
	talk_init(&t, &f, true);
}

/* The beginning of a block, just more than what a power of two holds. */
static void part_of_block(void)
{
	static uint8_t payload[1025];
	struct http2_frame frame = {.type = HTTP2_HEADERS, .stream = 3, .length = 16000};
	struct http2_script s = {0};

	http2_script_header(&s, frame);
	http2_script_bytes(&s, payload, sizeof(payload));
	talk_script(&t, WIRE_RX, &s);
}

/* As many of HTTP/2 as are kept, and some more: each with a stream, tables that hold something, and more on
 * its way. */
START_TEST(connections_of_http2)
{
	struct tracker_stats stats;

	setup();
	for (uint64_t n = 2; n < TRACKER_CONNS_MAX + 5000; n++) {
		begin(n);
		talk_begin(&t);
		if (n % 2)
			talk_ask(&t, 1, 0, ":method GET|:path /x|a b|c d");
		if (n % 4 == 1)
			talk_answer(&t, 1, 0, ":status 200|e f");
		part_of_block();
		if (n % GOOD_EVERY == 0)
			good_one(n);
	}
	stats = tracker_stats(f.tracker);
	ck_assert_uint_eq(told, (TRACKER_CONNS_MAX + 4999) / GOOD_EVERY);
	ck_assert_uint_gt(stats.evicted, 4000);
	ck_assert_uint_eq(stats.conns + stats.evicted, TRACKER_CONNS_MAX + 4999);
	teardown();
}
END_TEST

/* ---- one direction without end ---- */

/* As much as anybody likes to send: each ends in nothing or is told as what could be kept. */
static void endless(uint64_t conn, const char *first, const char *again, unsigned times)
{
	fixture_conn(&f, conn, true);
	at(&f, conn);
	rx(&f, first);
	for (unsigned i = 0; i < times; i++) {
		rx_more(&f, again);
		if (i % 1000 == 0)
			good_one(conn + i);
	}
}

START_TEST(heads_without_end)
{
	static char long_name[1500], long_value[1500];

	memset(long_name, 'n', sizeof(long_name) - 1);
	snprintf(long_value, sizeof(long_value), "%0*d", (int)sizeof(long_value) - 1, 0);
	setup();
	endless(2, "GET /", long_name, 20000);
	endless(3, "GET / HTTP/1.1\r\nA: ", long_value, 20000);
	endless(4, "GET / HTTP/1.1\r\n", "A: b\r\n", 100000);
	endless(5, "GET / HTTP/1.1\r\nA: b\r\n", long_name, 20000);
	endless(6, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1;", 20000);
	endless(7, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;", long_value, 20000);
	endless(8, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n", 100000);
	endless(9, "GET / HTTP/1.1\r\n\r\n", "\r\n", 100000);
	endless(10, "", GET_X, 20000);
	ck_assert_uint_gt(told, 300);
	teardown();
}
END_TEST

/* ---- HTTP/2 ---- */

#define STREAMS 100000

START_TEST(a_hundred_thousand_streams)
{
	setup();
	begin(2);
	talk_begin(&t);
	for (uint32_t i = 0; i < STREAMS; i++) {
		talk_ask(&t, 1 + 2 * i, END_STREAM, ":method GET|:scheme http|:authority a|:path /x");
		if (i % 2) /* rapid reset */
			talk_reset(&t, true, 1 + 2 * i, 8);
		if (i % GOOD_EVERY == 0)
			good_one(10 + i);
	}
	ck_assert_uint_eq(told, STREAMS / GOOD_EVERY);
	ck_assert_uint_ge(tracker_stats(f.tracker).http2_given_up, STREAMS / 2 - HTTP2_STREAMS_MAX);
	closed(&f, WIRE_CLOSE_RESET);
	ck_assert_uint_eq(f.seen, STREAMS + told + 1);
	teardown();
}
END_TEST

/* A block that goes on and on, in frames of which each is allowed. */
START_TEST(continuation_without_end)
{
	struct http2_frame first = {.type = HTTP2_HEADERS, .stream = 1};
	struct http2_frame more = {.type = HTTP2_CONTINUATION, .stream = 1};
	static uint8_t fields[16000];

	setup();
	for (uint64_t conn = 2; conn < 40; conn++) {
		begin(conn);
		talk_begin(&t);
		talk_frame(&t, true, first, bytes_of(fields, conn % 2));
		for (unsigned i = 0; i < 500; i++) {
			memset(fields, conn % 3 ? 0x82 : 0x00, sizeof(fields));
			talk_frame(&t, true, more, bytes_of(fields, conn % 4 ? sizeof(fields) : i % 2));
			if (i % 100 == 0)
				good_one(conn * 1000 + i);
		}
	}
	ck_assert_uint_eq(told, 38 * 5);
	teardown();
}
END_TEST

/* A long value is put into the table once, and then named again and again, a byte each time. */
static void bomb(uint64_t conn, uint32_t stream)
{
	struct http2_frame frame = {
		.type = HTTP2_HEADERS, .flags = END_HEADERS | END_STREAM, .stream = stream};
	static uint8_t block[16000];
	size_t n = 0;

	if (stream == 1) { /* 4000 bytes of value */
		memcpy(block, "\x40\x01x\x7f\xa1\x1e", 6);
		memset(block + 6, 'v', 4000);
		n = 4006;
	}
	memset(block + n, 0xbe, sizeof(block) - n);
	at(&f, conn);
	talk_frame(&t, true, frame, bytes_of(block, sizeof(block)));
}

START_TEST(hpack_bombs)
{
	struct tracker_stats stats;

	setup();
	for (uint64_t conn = 2; conn < 300; conn++) {
		begin(conn);
		talk_begin(&t);
		for (uint32_t i = 0; i < 40; i++)
			bomb(conn, 1 + 2 * i);
		good_one(conn);
	}
	stats = tracker_stats(f.tracker);
	ck_assert_uint_eq(told, 298);
	ck_assert_uint_gt(stats.http2_bad_blocks, 298 * 39); /* cut off, and counted */
	teardown();
}
END_TEST

/* As large a table as the other side allows, in each direction of many connections. */
START_TEST(tables_are_filled)
{
	char fields[TALK_FIELD_MAX];

	setup();
	for (uint64_t conn = 2; conn < 3000; conn++) {
		begin(conn);
		talk_begin(&t);
		for (unsigned i = 0; i < 20; i++) {
			snprintf(fields, sizeof(fields), "x-%u-%0100u", i, i);
			fields[1] = ' ';
			talk_ask(&t, 1, 0, fields);
			talk_answer(&t, 1, 0, fields);
		}
		good_one(conn);
	}
	ck_assert_uint_eq(told, 2998);
	teardown();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tracker, hostile peers");
	TCase *c = tcase_create("hostile");

	tcase_set_timeout(c, 240);
	tcase_add_test(c, a_million_connections);
	tcase_add_test(c, connections_of_http2);
	tcase_add_test(c, heads_without_end);
	tcase_add_test(c, a_hundred_thousand_streams);
	tcase_add_test(c, continuation_without_end);
	tcase_add_test(c, hpack_bombs);
	tcase_add_test(c, tables_are_filled);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
