/* SPDX-License-Identifier: Apache-2.0 */
/* Header blocks and frames of HTTP/2, told as they pass, without exchanges. */
#include "harness.h"
#include "http2_talk.h"

static struct tracker_fixture f;
static struct talk t;
static char told[4096];

static void add(const char *text)
{
	ck_assert_uint_lt(strlen(told) + strlen(text), sizeof(told));
	strcat(told, text);
}

static void add_field(const struct http2_block_field *field)
{
	char text[256];

	snprintf(text, sizeof(text), " %.*s=%.*s%s%s", field->name.p ? (int)field->name.n : 1,
		 field->name.p ? (const char *)field->name.p : "?", field->value.p ? (int)field->value.n : 1,
		 field->value.p ? (const char *)field->value.p : "?", field->never_indexed ? "!" : "",
		 field->from_dynamic ? "*" : "");
	add(text);
}

static void on_block(void *ctx, const struct http2_block *b)
{
	static const char *const kinds[] = {"request", "response", "informational", "trailers", "push"};
	char text[128];

	(void)ctx;
	ck_assert_str_eq(b->where.comm, "builder");
	ck_assert_uint_eq(b->where.ns, f.conn.exit_ns);
	snprintf(text, sizeof(text),
		 "%s %u %s %u>%u wire %u unknown %zu dynamic %zu%s%s:", b->where.sent ? "sent" : "read",
		 (unsigned)b->where.conn, kinds[b->kind], b->stream, b->promised, b->wire, b->unknown,
		 b->dynamic, b->end_stream ? " end" : "", b->after_loss ? " after loss" : "");
	add(text);
	for (size_t i = 0; i < b->n_fields; i++)
		add_field(&b->fields[i]);
	add("\n");
}

static void on_frame(void *ctx, const struct http2_frame_record *r)
{
	char text[64];

	(void)ctx;
	snprintf(text, sizeof(text), "%s %s.%x.%u %u/%zu\n", r->where.sent ? "sent" : "read",
		 http2_frame_name(r->frame.type), r->frame.flags, r->frame.stream, r->frame.length,
		 r->payload.n);
	add(text);
}

static void begin(bool frames)
{
	struct tracker_options options = {.on_block = on_block, .on_frame = frames ? on_frame : NULL};

	fixture_init(&f, false, 0);
	tracker_free(f.tracker);
	f.tracker = tracker_new(&options);
	talk_init(&t, &f, false);
	told[0] = '\0';
}

static void finish(const char *lines)
{
	ck_assert_str_eq(told, lines);
	closed(&f, WIRE_CLOSE_LOCAL);
	expect_empty(&f);
	ck_assert_uint_eq(f.seen, 0);
	fixture_release(&f);
}

START_TEST(blocks)
{
	begin(false);
	talk_begin(&t);
	talk_ask(&t, 1, 0, ":method GET|:path /|!cookie c");
	talk_answer(&t, 1, 0, ":status 100");
	talk_push(&t, 1, 2, ":method GET|:path /p");
	t.part = 5;
	talk_answer(&t, 1, 0, ":status 200");
	t.part = 0;
	talk_headers(&t, true, 1, END_STREAM, "sum 1");
	talk_answer(&t, 1, END_STREAM, "sum 2");
	talk_ask(&t, 3, END_STREAM, ":method GET|:path /|:authority a");
	ck_assert_uint_eq(tracker_stats(f.tracker).http2_blocks, 7);
	ck_assert_uint_eq(tracker_stats(f.tracker).exchanges, 1);
	finish("sent 1 request 1>0 wire 41 unknown 0 dynamic 0: :method=GET :path=/ cookie=c!\n"
	       "read 1 informational 1>0 wire 22 unknown 0 dynamic 0: :status=100\n"
	       "read 1 push 1>2 wire 36 unknown 0 dynamic 0: :method=GET :path=/p\n"
	       "read 1 response 1>0 wire 40 unknown 0 dynamic 0: :status=200\n"
	       "sent 1 trailers 1>0 wire 16 unknown 0 dynamic 0 end: sum=1\n"
	       "read 1 trailers 1>0 wire 16 unknown 0 dynamic 0 end: sum=2\n"
	       "sent 1 request 3>0 wire 25 unknown 0 dynamic 2 end: :method=GET* :path=/* :authority=a\n");
}
END_TEST

/* What was indexed before is unknown, what is indexed now is not. */
START_TEST(blocks_joined_late)
{
	begin(false);
	f.conn.event.flags |= WIRE_F_JOINED;
	talk_text(&t, WIRE_TX, "HEADERS.5.7=#8284bf");
	talk_text(&t, WIRE_RX, "HEADERS.4.7=#be HEADERS.5.7=#be");
	talk_text(&t, WIRE_TX, "HEADERS.5.9=#8284bf4001610162be");
	build_lost(&f.conn, WIRE_TX, 10);
	talk_text(&t, WIRE_TX, "HEADERS.5.11=#8284be");
	ck_assert_uint_eq(tracker_stats(f.tracker).http2_unknown, 5);
	finish("sent 1 request 7>0 wire 12 unknown 1 dynamic 1 end: :method=GET :path=/ ?=?*\n"
	       "read 1 response 7>0 wire 10 unknown 1 dynamic 1: ?=?*\n"
	       "read 1 trailers 7>0 wire 10 unknown 1 dynamic 1 end: ?=?*\n"
	       "sent 1 request 9>0 wire 18 unknown 1 dynamic 2 end: :method=GET :path=/ ?=?* a=b a=b*\n"
	       "sent 1 request 11>0 wire 12 unknown 1 dynamic 1 end after loss: :method=GET :path=/ ?=?*\n");
}
END_TEST

START_TEST(frames)
{
	begin(true);
	talk_text(&t, WIRE_TX, "PRI SETTINGS.0.0=#000300000064 HEADERS.4.1=#8284 DATA.1.1=abc");
	talk_text(&t, WIRE_RX,
		  "SETTINGS.0.0= SETTINGS.1.0= PING.0.0=12345678 HEADERS.1.1=#88 CONTINUATION.4.1=");
	talk_skipped(&t, false, (struct http2_frame){.length = 5000, .stream = 1},
		     bytes_of("0123456789", 10));
	talk_reset(&t, false, 1, 8);
	talk_goaway(&t, true, 0);
	talk_text(&t, WIRE_TX, "WINDOW_UPDATE.0.0=#00000001 PRIORITY.0.1=#0000000010");
	finish("sent SETTINGS.0.0 6/6\n"
	       "sent 1 request 1>0 wire 11 unknown 0 dynamic 0: :method=GET :path=/\n"
	       "sent HEADERS.4.1 2/0\n"
	       "sent DATA.1.1 3/0\n"
	       "read SETTINGS.0.0 0/0\n"
	       "read SETTINGS.1.0 0/0\n"
	       "read PING.0.0 8/8\n"
	       "read HEADERS.1.1 1/0\n"
	       "read 1 response 1>0 wire 19 unknown 0 dynamic 0 end: :status=200\n"
	       "read CONTINUATION.4.1 0/0\n"
	       "read DATA.0.1 5000/0\n"
	       "read RST_STREAM.0.1 4/4\n"
	       "sent GOAWAY.0.0 8/8\n"
	       "sent WINDOW_UPDATE.0.0 4/4\n"
	       "sent PRIORITY.0.1 5/5\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tracker, HTTP/2 told as it passes");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, blocks);
	tcase_add_test(tc, blocks_joined_late);
	tcase_add_test(tc, frames);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
