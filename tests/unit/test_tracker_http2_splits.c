/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/2 in the tracker: the same bytes in other events, and HTTP/1 beside it. */
#include "harness.h"
#include "http2_story.h"

static struct tracker_fixture f;

/* ---- the same bytes in other events ---- */

/* Bytes of one direction that pass with nothing between them. */
struct stretch {
	struct wire_event first;
	uint8_t bytes[16 * WIRE_DATA_MAX];
	bool starts[16 * WIRE_DATA_MAX]; /* a frame begins here */
	size_t n;
	uint64_t skip; /* behind them */
};

struct cut {
	const char *name;
	size_t step;	 /* bytes of one event; 0: any number */
	bool skip_apart; /* what is skipped is told by an event of its own */
};

static void send_piece(const struct stretch *s, size_t at, size_t n, uint64_t skip)
{
	struct built_event e = {.event = s->first};

	memcpy(e.data, s->bytes + at, n);
	e.event.pos += at;
	e.event.len = n;
	e.event.flags &= ~WIRE_F_START;
	e.event.flags |= n && s->starts[at] ? WIRE_F_START : 0;
	e.event.post_skip = n ? skip : 0;
	e.event.pre_skip = n ? 0 : skip;
	e.event.pos += n ? 0 : skip;
	send_event(&f, &e);
}

static void send_stretch(const struct stretch *s, const struct cut *cut, struct story_maker *m)
{
	for (size_t at = 0, n; at < s->n; at += n) {
		n = cut->step ? cut->step : 1 + story_random(m, 100);
		if (n > s->n - at)
			n = s->n - at;
		send_piece(s, at, n, at + n == s->n && !cut->skip_apart ? s->skip : 0);
	}
	if (s->skip && cut->skip_apart)
		send_piece(s, s->n, 0, s->skip);
}

static bool joins(const struct stretch *s, const struct wire_event *e)
{
	return s->n && !s->skip && e->kind == WIRE_DATA && e->dir == s->first.dir &&
	       s->n + e->len <= sizeof(s->bytes);
}

static void send_cut(const struct cut *cut, uint32_t seed)
{
	static struct stretch s;
	struct story_maker m = {.random = seed};

	s.n = 0;
	for (size_t i = 0; i < story_kept.n; i++) {
		const struct built_event *e = &story_kept.events[i];

		if (!joins(&s, &e->event)) {
			send_stretch(&s, cut, &m);
			s = (struct stretch){.first = e->event};
		}
		s.starts[s.n] = e->event.flags & WIRE_F_START;
		memcpy(s.bytes + s.n, e->data, e->event.len);
		s.n += e->event.len;
		s.skip = e->event.post_skip;
	}
	send_event(&f, &story_kept.events[story_kept.n - 1]); /* the close */
}

START_TEST(splits)
{
	static const struct cut cuts[] = {
		{"byte by byte", 1, false},  {"in twos", 2, true},
		{"in nines", 9, false},	     {"at random", 0, false},
		{"at random, too", 0, true}, {"as few as can be", WIRE_DATA_MAX, false},
	};
	struct story_maker m = {.still = true};
	static char lines[FIXTURE_TEXT_MAX];

	fixture_init(&f, _i % 2, 0);
	f.instead = story_keep;
	story_tell(&m, &f, _i, 40, 1 + _i % 12);
	f.instead = NULL;
	for (size_t i = 0; i < story_kept.n; i++)
		send_event(&f, &story_kept.events[i]);
	strcpy(lines, f.text);
	ck_assert_uint_ge(f.seen, 40);
	fixture_release(&f);
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		fixture_init(&f, _i % 2, 0);
		send_cut(&cuts[i], _i);
		ck_assert_msg(strcmp(lines, f.text) == 0, "%s:\n%s---- is not\n%s", cuts[i].name, f.text,
			      lines);
		expect_empty(&f);
		ck_assert_uint_eq(tracker_stats(f.tracker).http2_lost, 0);
		fixture_release(&f);
	}
	story_release();
}
END_TEST

/* ---- HTTP/1 beside it ---- */

#define GET_X_1	  "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n"
#define NOTHING_1 "HTTP/1.1 204 No Content\r\n\r\n"
#define GET_X_2	  ":method GET|:scheme http|:authority a.example|:path /x"

START_TEST(http1_beside)
{
	struct event_builder first;
	struct talk t;

	fixture_init(&f, true, 0);
	talk_init(&t, &f, true);
	talk_begin(&t);
	talk_ask(&t, 1, END_STREAM, GET_X_2);
	first = f.conn;
	fixture_conn(&f, 2, true);
	rx(&f, GET_X_1);
	ck_assert_uint_eq(tracker_stats(f.tracker).in_flight, 2);
	f.conn = first;
	talk_answer(&t, 1, END_STREAM, ":status 200");
	closed(&f, WIRE_CLOSE_LOCAL);
	fixture_conn(&f, 2, true);
	f.conn.pos[WIRE_RX] = strlen(GET_X_1);
	f.conn.next_msg[WIRE_RX] = 1;
	tx(&f, NOTHING_1);
	expect(&f, "1/1 GET a.example /x 200 req 59 resp 13 ttfb 0 lat 0 flags -\n"
		   "2 GET a.example /x 204 req 36 resp 27 ttfb 0 lat 0 flags -\n");
	closed(&f, WIRE_CLOSE_LOCAL);
	expect_empty(&f);
	fixture_release(&f);
}
END_TEST

/* What a connection of HTTP/1 had before it turned is told as such. */
START_TEST(http1_before_upgrade)
{
	struct http2_script s = {0};
	struct built_event e;
	struct talk t;

	fixture_init(&f, false, 0);
	talk_init(&t, &f, false);
	tx(&f, GET_X_1);
	rx(&f, NOTHING_1);
	tx(&f, "GET /up HTTP/1.1\r\nHost: a.example\r\nUpgrade: h2c\r\n\r\n");
	http2_script_bytes(&s, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", 50);
	http2_script_text(&s, "SETTINGS.0.0= HEADERS.5.1=#88");
	build_data(&f.conn, &e, WIRE_RX, BUILD_NEW, bytes_of(s.bytes, s.n));
	send_event(&f, &e);
	http2_script_release(&s);
	expect(&f, "1 GET a.example /x 204 req 36 resp 27 ttfb 0 lat 0 flags -\n"
		   "1/1 GET a.example /up 200 req 51 resp 1 ttfb 0 lat 0 flags -\n");
	talk_text(&t, WIRE_TX, "PRI SETTINGS.0.0=");
	talk_ask(&t, 3, END_STREAM, GET_X_2);
	talk_answer(&t, 3, END_STREAM, ":status 204");
	expect(&f, "1/3 GET a.example /x 204 req 59 resp 13 ttfb 0 lat 0 flags -\n");
	ck_assert_uint_eq(tracker_stats(f.tracker).gaps, 0);
	closed(&f, WIRE_CLOSE_LOCAL);
	expect_empty(&f);
	fixture_release(&f);
}
END_TEST

/* Requests in flight on a connection that was joined late: what answered them may
 * have passed before the first frame of that direction. */
START_TEST(joined_answer_may_be_past)
{
	struct talk t;

	fixture_init(&f, true, 0);
	talk_init(&t, &f, true);
	f.conn.event.flags |= WIRE_F_JOINED;
	talk_ask(&t, 7, END_STREAM, GET_X_2);
	talk_ask(&t, 9, END_STREAM, GET_X_2);
	talk_answer(&t, 9, END_STREAM, ":status 200");
	expect(&f, "1/9 GET a.example /x 200 req 4 resp 13 ttfb 0 lat 0 flags joined\n");
	at(&f, 32000000);
	talk_text(&t, WIRE_TX, "PING.0.0=12345678");
	expect(&f, "1/7 GET a.example /x gap req 59 resp 0 ttfb - lat - flags gap\n");
	closed(&f, WIRE_CLOSE_LOCAL);
	fixture_release(&f);
}
END_TEST

/* What passed since the last event was within DATA: nothing is lost but, in the second
 * case, the end. */
START_TEST(closed_within_data)
{
	struct http2_frame data = {.length = 9000, .stream = 1, .flags = END_STREAM};
	struct http2_script s = {0};
	struct built_event e;
	struct talk t;

	for (uint64_t untold = 5000; untold <= 8000; untold += 3000) {
		fixture_init(&f, false, 0);
		talk_init(&t, &f, false);
		talk_begin(&t);
		talk_ask(&t, 1, END_STREAM, GET_X_2);
		talk_answer(&t, 1, 0, ":status 200");
		s = (struct http2_script){0};
		http2_script_header(&s, data);
		build_frames(&f.conn, &e, WIRE_RX, true, bytes_of(s.bytes, s.n));
		build_post_skip(&f.conn, &e, 1000);
		send_event(&f, &e);
		http2_script_release(&s);
		build_lost(&f.conn, WIRE_RX, untold);
		closed(&f, WIRE_CLOSE_RESET);
		expect(&f, untold == 5000
				   ? "1/1 GET a.example /x 200 req 59 resp 13 ttfb 0 lat 0 flags truncated\n"
				   : "1/1 GET a.example /x 200 req 59 resp 9013 ttfb 0 lat - flags gap\n");
		ck_assert_uint_eq(tracker_stats(f.tracker).gaps, 0);
		fixture_release(&f);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tracker, HTTP/2 in other events");
	TCase *tc = tcase_create("all");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, splits, 0, 12);
	tcase_add_test(tc, http1_beside);
	tcase_add_test(tc, http1_before_upgrade);
	tcase_add_test(tc, joined_answer_may_be_past);
	tcase_add_test(tc, closed_within_data);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
