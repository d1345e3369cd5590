/* SPDX-License-Identifier: Apache-2.0 */
/* http2hdr's lines: blocks, what is not known, frames, hostile bytes, terminals. */
#include <check.h>
#include <pty.h>

#include <stdlib.h>
#include <unistd.h>

#include "harness.h"
#include "sample_http2.h"
#include "sink/header_sink.h"
#include "sink/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct run {
	struct output out;
	struct wall_time time;
	struct header_sink_options options;
};

static void run_init(struct run *r)
{
	*r = (struct run){0};
	output_init(&r->out, -1, NULL);
	wall_time_init(&r->time, SAMPLE_OFFSET_NS, SAMPLE_FIRST_NS - 2500000000ull);
	r->options = (struct header_sink_options){.out = &r->out, .time = &r->time};
}

/* What is printed of one of both, or (neither) before everything. */
static const char *print_one(struct run *r, const struct http2_block *block,
			     const struct http2_frame_record *frame)
{
	struct header_sink *sink = header_text_new(&r->options);

	ck_assert_ptr_nonnull(sink);
	text_clear(&r->out.pending);
	if (block)
		sink->block(sink, block);
	else if (frame)
		sink->frame(sink, frame);
	else
		sink->begin(sink);
	sink->free(sink);
	text_put_char(&r->out.pending, '\0');
	return r->out.pending.p;
}

static void check_block(const struct http2_block *block, const char *want)
{
	struct run r;

	run_init(&r);
	ck_assert_str_eq(print_one(&r, block, NULL), want);
	output_release(&r.out);
}

static void check_frame(const struct http2_frame_record *frame, const char *want)
{
	struct run r;

	run_init(&r);
	ck_assert_str_eq(print_one(&r, NULL, frame), want);
	output_release(&r.out);
}

/* ---- blocks ---- */

START_TEST(default_columns)
{
	struct http2_block b = sample_block(HTTP2_REQUEST, sample_request, 5);
	struct run r;

	b.dynamic = 2;
	b.end_stream = true;
	run_init(&r);
	ck_assert_str_eq(print_one(&r, NULL, NULL),
			 "PID     COMM       S/C DIR CONN STREAM KIND     WIRE DYN UNK INFO\n");
	output_release(&r.out);
	check_block(&b,
		    "181     nginx      S   <   7    5$     req        42   2   0 GET /x?token=<masked>\n");
	b.where.role = ROLE_CLIENT;
	b.where.sent = true;
	b.end_stream = false;
	check_block(&b,
		    "181     nginx      C   >   7    5      req        42   2   0 GET /x?token=<masked>\n");
}
END_TEST

/* All columns full, and 18 left to the last one below 80. */
START_TEST(full_columns_fit)
{
	static const struct http2_block_field fields[] = {
		{KNOWN(":method"), KNOWN("GET"), false, false},
		{KNOWN(":path"), KNOWN("/14-columns-xx"), false, false},
	};
	struct http2_block b = sample_block(HTTP2_REQUEST, fields, 2);

	b.where.pid = 4194304;
	b.where.comm = "0123456789abcde";
	b.where.conn = 9999;
	b.stream = 99999;
	b.end_stream = b.after_loss = b.bad = true;
	b.wire = 9999;
	b.dynamic = 512;
	b.unknown = 512;
	check_block(&b, "4194304 0123456789 S~! <   9999 99999$ req      9999 512 512 GET /14-columns-xx\n");
}
END_TEST

/* Wider cells shift the line only as far as padding cannot make up for it. */
START_TEST(wide_cells_are_made_up_for)
{
	struct http2_block b = sample_block(HTTP2_REQUEST, sample_request, 1);

	b.stream = 2147483647;
	b.end_stream = true;
	b.wire = 65536;
	b.fields = sample_request + 8;
	b.kind = HTTP2_TRAILERS;
	check_block(&b, "181     nginx      S   <   7    2147483647$ trail 65536 0  0 1 field\n");
}
END_TEST

START_TEST(requests)
{
	static const struct http2_block_field connect[] = {
		{KNOWN(":method"), KNOWN("CONNECT"), false, false},
		{KNOWN(":authority"), KNOWN("u:s3cret@db:1"), false, false},
	};
	static const struct http2_block_field unknown_path[] = {
		{KNOWN(":method"), KNOWN("GET"), false, false},
		{KNOWN(":path"), UNKNOWN, false, true},
	};
	struct http2_block b = sample_block(HTTP2_REQUEST, connect, 2);

	check_block(&b,
		    "181     nginx      S   <   7    5      req        42   0   0 CONNECT <masked>@db:1\n");
	b = sample_block(HTTP2_REQUEST, unknown_path, 2);
	b.unknown = 1;
	check_block(&b, "181     nginx      S   <   7    5      req        42   0   1 GET <unknown>\n");
	b.n_fields = 1;
	check_block(&b, "181     nginx      S   <   7    5      req        42   0   1 GET <unknown>\n");
	b.unknown = 0;
	check_block(&b, "181     nginx      S   <   7    5      req        42   0   0 GET -\n");
	b.n_fields = 0;
	b.bad = true;
	check_block(&b, "181     nginx      S!  <   7    5      req        42   0   0 <unknown> <unknown>\n");
}
END_TEST

START_TEST(pushes)
{
	struct http2_block b = sample_block(HTTP2_PUSH, sample_request, 2);

	b.promised = 8;
	check_block(&b,
		    "181     nginx      S   <   7    5>8    push       42   0   0 GET /x?token=<masked>\n");
}
END_TEST

START_TEST(responses)
{
	static const struct http2_block_field fields[] = {
		{KNOWN(":status"), KNOWN("200"), false, false},
		{KNOWN("grpc-status"), KNOWN("5"), false, false},
	};
	static const struct http2_block_field early[] = {{KNOWN(":status"), KNOWN("103"), false, false}};
	static const struct http2_block_field unknown[] = {{KNOWN(":status"), UNKNOWN, false, true}};
	struct http2_block b = sample_block(HTTP2_RESPONSE, fields, 1);

	check_block(&b, "181     nginx      S   <   7    5      resp       42   0   0 200\n");
	b.n_fields = 2;
	b.after_loss = true;
	check_block(&b, "181     nginx      S~  <   7    5      resp       42   0   0 200 grpc-status 5\n");
	b = sample_block(HTTP2_INFORMATIONAL, early, 1);
	check_block(&b, "181     nginx      S   <   7    5      info       42   0   0 103\n");
	b = sample_block(HTTP2_RESPONSE, unknown, 1);
	b.unknown = b.dynamic = 1;
	check_block(&b, "181     nginx      S   <   7    5      resp       42   1   1 <unknown>\n");
}
END_TEST

START_TEST(trailers)
{
	static const struct http2_block_field fields[] = {
		{KNOWN("x-sum"), KNOWN("1"), false, false},
		{KNOWN("grpc-status"), KNOWN("5"), false, false},
	};
	struct http2_block b = sample_block(HTTP2_TRAILERS, fields, 2);

	b.end_stream = true;
	check_block(&b, "181     nginx      S   <   7    5$     trail      42   0   0 grpc-status 5\n");
	b.n_fields = 1;
	check_block(&b, "181     nginx      S   <   7    5$     trail      42   0   0 1 field\n");
	b.n_fields = 0;
	check_block(&b, "181     nginx      S   <   7    5$     trail      42   0   0 0 fields\n");
	b.unknown = 1;
	check_block(&b, "181     nginx      S   <   7    5$     trail      42   0   1 <unknown>\n");
}
END_TEST

START_TEST(header_lists)
{
	struct http2_block b = sample_block(HTTP2_REQUEST, sample_request, COUNT(sample_request));
	struct run r;

	b.unknown = 3;
	run_init(&r);
	r.options.show_headers = true;
	ck_assert_str_eq(
		print_one(&r, &b, NULL),
		"181     nginx      S   <   7    5      req        42   0   3 GET /x?token=<masked>\n"
		"    :method: GET\n"
		"    :path: /x?token=<masked>\n"
		"    :authority: example.com\n"
		"    cookie: <masked>\n"
		"    x-pin: <masked>\n"
		"    x-old: <unknown>\n"
		"    <unknown>: <unknown>\n"
		"    <unknown>: <masked>\n"
		"    x-empty: \n");
	r.options.show_secrets = true;
	ck_assert_str_eq(print_one(&r, &b, NULL),
			 "181     nginx      S   <   7    5      req        42   0   3 GET /x?token=s3cret\n"
			 "    :method: GET\n"
			 "    :path: /x?token=s3cret\n"
			 "    :authority: example.com\n"
			 "    cookie: sid=s3cret\n"
			 "    x-pin: s3cret\n"
			 "    x-old: <unknown>\n"
			 "    <unknown>: <unknown>\n"
			 "    <unknown>: s3cret\n"
			 "    x-empty: \n");
	output_release(&r.out);
}
END_TEST

START_TEST(time_columns)
{
	struct http2_block b = sample_block(HTTP2_REQUEST, sample_request, 2);
	struct run r;

	setenv("TZ", "UTC-2", 1); /* two hours east */
	run_init(&r);
	r.options.time_clock = r.options.time_seconds = true;
	ck_assert(strncmp(print_one(&r, NULL, NULL), "TIME     TIME(s)   PID ", 23) == 0);
	ck_assert(strncmp(print_one(&r, &b, NULL), "05:04:05 2.500     181 ", 23) == 0);
	output_release(&r.out);
}
END_TEST

START_TEST(wide_columns)
{
	struct http2_block b = sample_block(HTTP2_REQUEST, sample_request, 2);
	struct run r;

	b.where.comm = "0123456789abcde";
	run_init(&r);
	r.options.wide = true;
	ck_assert_str_eq(print_one(&r, NULL, NULL),
			 "PID     COMM            S/C LOCAL                                   "
			 "PEER                                    "
			 "DIR CONN STREAM KIND     WIRE DYN UNK INFO\n");
	ck_assert_str_eq(print_one(&r, &b, NULL),
			 "181     0123456789abcde S   10.0.0.1:80                             "
			 "10.0.0.2:40000                          "
			 "<   7    5      req        42   0   0 GET /x?token=<masked>\n");
	output_release(&r.out);
}
END_TEST

/* ---- frames ---- */

/* A line of a frame of stream 5: the columns from KIND on. */
#define FRAME_LINE(rest) "181     nginx      S   <   7    5      " rest "\n"

static void check_payload(uint8_t type, uint8_t flags, struct bytes payload, const char *want)
{
	struct http2_frame_record f = sample_frame(type, flags, (uint32_t)payload.n, payload.p);

	check_frame(&f, want);
}

#define PAYLOAD(type, flags, bytes, want)                                                                    \
	check_payload(type, flags, bytes_of(bytes, sizeof(bytes) - 1), FRAME_LINE(want))

START_TEST(frames)
{
	PAYLOAD(HTTP2_PRIORITY, 0, "\x80\0\0\x03\x0f", "priority   14   -   - on 3 weight 16 exclusive");
	PAYLOAD(HTTP2_RST_STREAM, 0, "\0\0\0\x08", "rst        13   -   - CANCEL");
	PAYLOAD(HTTP2_RST_STREAM, 0, "\xde\xad\xbe\xef", "rst        13   -   - 0xdeadbeef");
	PAYLOAD(HTTP2_PING, 0, "\x01\x02\x03\x04\x05\x06\x07\xff", "ping       17   -   - 01020304050607ff");
	PAYLOAD(HTTP2_PING, 1, "\0\0\0\0\0\0\0\0", "ping       17   -   - ACK 0000000000000000");
	PAYLOAD(HTTP2_GOAWAY, 0, "\x80\0\0\x05\0\0\0\0", "goaway     17   -   - last 5 NO_ERROR");
	PAYLOAD(HTTP2_GOAWAY, 0,
		"\0\0\0\x05\0\0\0\x0b"
		"too_many_pings\x1b[2J",
		"goaway     35   -   - last 5 ENHANCE_YOUR_CALM too_many_pings\\x1b[2J");
	PAYLOAD(HTTP2_WINDOW_UPDATE, 0, "\x80\x01\0\0", "window     13   -   - +65536");
	PAYLOAD(10, 0x81, "abc", "type-10    12   -   - len 3 0x81");
}
END_TEST

START_TEST(data_frames)
{
	struct http2_frame_record f = sample_frame(HTTP2_DATA_FRAME, 0, 16384, NULL);

	check_frame(&f, FRAME_LINE("data     16393  -   - len 16384"));
	f.frame.flags = 0x49;
	f.frame.length = 0;
	check_frame(&f, "181     nginx      S   <   7    5$     data        9   -   - len 0 END_STREAM "
			"PADDED 0x40\n");
	f.frame.type = HTTP2_HEADERS;
	f.frame.flags = 0x25;
	f.frame.length = 30;
	check_frame(&f, "181     nginx      S   <   7    5$     headers    39   -   - "
			"len 30 END_STREAM END_HEADERS PRIORITY\n");
}
END_TEST

START_TEST(settings)
{
	PAYLOAD(HTTP2_SETTINGS, 1, "", "settings    9   -   - ACK");
	PAYLOAD(HTTP2_SETTINGS, 0, "", "settings    9   -   - empty");
	PAYLOAD(HTTP2_SETTINGS, 0,
		"\0\x03\0\0\0\x64"
		"\0\x04\xff\xff\xff\xff",
		"settings   21   -   - MAX_CONCURRENT_STREAMS=100 INITIAL_WINDOW_SIZE=4294967295");
	PAYLOAD(HTTP2_SETTINGS, 0,
		"\xfe\x03\0\0\0\x01"
		"\xfa\xce\0\0\0\0"
		"\0\x01\0",
		"settings   24   -   - GRPC_ALLOW_TRUE_BINARY_METADATA=1 0xface=0");
}
END_TEST

/* Payloads that were captured in part, or not at all. */
START_TEST(partial_payloads)
{
	static const uint8_t types[] = {HTTP2_PRIORITY, HTTP2_RST_STREAM, HTTP2_PING, HTTP2_GOAWAY,
					HTTP2_WINDOW_UPDATE};
	struct http2_frame_record f;

	for (size_t i = 0; i < COUNT(types); i++) {
		struct run r;

		f = sample_frame(types[i], 0, 8, NULL);
		run_init(&r);
		ck_assert_ptr_nonnull(strstr(print_one(&r, NULL, &f), "   17   -   - -\n"));
		output_release(&r.out);
	}
	f = sample_frame(HTTP2_SETTINGS, 0, 12, NULL);
	check_frame(&f, FRAME_LINE("settings   21   -   - and 2 more"));
	f.payload = bytes_of("\0\x03\0\0\0\x64\0\x04", 8);
	check_frame(&f, FRAME_LINE("settings   21   -   - MAX_CONCURRENT_STREAMS=100 and 1 more"));
}
END_TEST

START_TEST(many_settings_are_bounded)
{
	uint8_t payload[600] = {0};
	struct http2_frame_record f = sample_frame(HTTP2_SETTINGS, 0, sizeof(payload), payload);
	struct run r;

	run_init(&r);
	ck_assert_ptr_nonnull(strstr(print_one(&r, NULL, &f), " 0x0=0 0x0=0 and 68 more\n"));
	output_release(&r.out);
}
END_TEST

/* ---- terminals ---- */

static const char *print_on_terminal(struct run *r, const struct http2_block *b, unsigned short columns)
{
	struct winsize size = {.ws_row = 24, .ws_col = columns};
	int master, slave;

	ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, &size), 0);
	output_release(&r->out);
	output_init(&r->out, slave, NULL);
	print_one(r, b, NULL);
	close(slave);
	close(master);
	return r->out.pending.p;
}

START_TEST(terminal_clips_info)
{
	static const struct http2_block_field fields[] = {
		{KNOWN(":method"), KNOWN("POST"), false, false},
		{KNOWN(":path"), KNOWN("/helloworld.Greeter/SayHello"), false, false},
	};
	struct http2_block b = sample_block(HTTP2_REQUEST, fields, 2);
	struct run r;

	run_init(&r);
	ck_assert_ptr_nonnull(strstr(print_one(&r, &b, NULL), " POST /helloworld.Greeter/SayHello\n"));
	ck_assert_str_eq(print_on_terminal(&r, &b, 80),
			 "181     nginx      S   <   7    5      req        42   0   0 POST /helloworld.>\n");
	ck_assert_ptr_nonnull(strstr(print_on_terminal(&r, &b, 40), "   0   0 POST /h>\n"));
	r.options.wide = true;
	ck_assert_ptr_nonnull(strstr(print_on_terminal(&r, &b, 80), "/SayHello\n"));
	output_release(&r.out);
}
END_TEST

START_TEST(terminal_gets_no_control_characters)
{
	static const struct http2_block_field fields[] = {
		{KNOWN(":method"), KNOWN("G\tT"), false, false},
		{KNOWN(":path"), KNOWN("/\x1b[31m\xc2\x9b\r\n"), false, false},
		{KNOWN("x\n"), KNOWN("\xe2\x80\xae\xff"), false, false},
	};
	struct http2_block b = sample_block(HTTP2_REQUEST, fields, 3);
	struct run r;

	b.where.comm = "\x1b]0;x\x07";
	run_init(&r);
	r.options.show_headers = true;
	ck_assert_str_eq(print_one(&r, &b, NULL),
			 "181     \\x1b]0;x\\x S   <   7    5      req        42   0   0 "
			 "G\\x09T /\\x1b[31m\\u009b\\x0d\\x0a\n"
			 "    :method: G\\x09T\n"
			 "    :path: /\\x1b[31m\\u009b\\x0d\\x0a\n"
			 "    x\\x0a: \\u202e\\xff\n");
	output_release(&r.out);
}
END_TEST

/* Any bytes at all: whole lines, nothing that a terminal would act on. */
START_TEST(random_bytes_are_shown)
{
	uint8_t in[300];
	unsigned seed = 7;
	struct run r;

	run_init(&r);
	for (int run = 0; run < 2000; run++) {
		struct guarded g;
		struct http2_frame_record f;

		for (size_t i = 0; i < sizeof(in); i++)
			in[i] = (uint8_t)(rand_r(&seed) >> 7);
		g = guard_copy(bytes_of(in + 2, in[1]));
		f = sample_frame(in[0] % 16, in[1], in[2], NULL);
		f.payload = g.bytes;
		print_one(&r, NULL, &f);
		for (struct bytes left = bytes_of(r.out.pending.p, r.out.pending.n - 2); left.n;) {
			uint32_t code = 0;
			size_t length = utf8_decode(left, &code);

			ck_assert(length && utf8_is_shown(code));
			left = bytes_from(left, length);
		}
		guard_free(&g);
	}
	output_release(&r.out);
}
END_TEST

static void print_without_memory(void *ctx)
{
	struct http2_block b = sample_block(HTTP2_REQUEST, sample_request, COUNT(sample_request));
	struct header_sink *sink;
	struct run r;

	(void)ctx;
	run_init(&r);
	r.options.show_headers = true;
	sink = header_text_new(&r.options);
	if (sink) {
		sink->block(sink, &b);
		ck_assert(r.out.pending.failed || r.out.pending.p[r.out.pending.n - 1] == '\n');
		sink->free(sink);
	}
	output_release(&r.out);
}

START_TEST(each_allocation_may_fail)
{
	fail_each_alloc(print_without_memory, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("header_text");
	TCase *tc = tcase_create("header_text");

	tcase_add_test(tc, default_columns);
	tcase_add_test(tc, full_columns_fit);
	tcase_add_test(tc, wide_cells_are_made_up_for);
	tcase_add_test(tc, requests);
	tcase_add_test(tc, pushes);
	tcase_add_test(tc, responses);
	tcase_add_test(tc, trailers);
	tcase_add_test(tc, header_lists);
	tcase_add_test(tc, time_columns);
	tcase_add_test(tc, wide_columns);
	tcase_add_test(tc, frames);
	tcase_add_test(tc, data_frames);
	tcase_add_test(tc, settings);
	tcase_add_test(tc, partial_payloads);
	tcase_add_test(tc, many_settings_are_bounded);
	tcase_add_test(tc, terminal_clips_info);
	tcase_add_test(tc, terminal_gets_no_control_characters);
	tcase_add_test(tc, random_bytes_are_shown);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
