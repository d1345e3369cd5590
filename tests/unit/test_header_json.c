/* SPDX-License-Identifier: Apache-2.0 */
/* http2hdr -j: keys, what is not known, frames, hostile bytes, secrets. */
#include <check.h>
#include <stdlib.h>

#include "harness.h"
#include "json_sound.h"
#include "sample_http2.h"
#include "sink/header_sink.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What all the samples begin with. */
#define WHERE                                                                                                \
	"{\"ts\":\"2026-01-02T03:04:05.123456Z\",\"pid\":181,\"comm\":\"nginx\",\"role\":\"server\","        \
	"\"dir\":\"recv\",\"conn\":7,\"laddr\":\"10.0.0.1\",\"lport\":80,\"raddr\":\"10.0.0.2\","            \
	"\"rport\":40000,\"stream\":5,"
#define END ",\"source\":\"wire\"}\n"

struct run {
	struct output out;
	struct wall_time time;
	struct header_sink_options options;
};

static void run_init(struct run *r)
{
	*r = (struct run){0};
	output_init(&r->out, -1, NULL);
	wall_time_init(&r->time, SAMPLE_OFFSET_NS, 0);
	r->options = (struct header_sink_options){.out = &r->out, .time = &r->time};
}

static const char *print_one(struct run *r, const struct http2_block *block,
			     const struct http2_frame_record *frame)
{
	struct header_sink *sink = header_json_new(&r->options);

	ck_assert_ptr_nonnull(sink);
	text_clear(&r->out.pending);
	sink->begin(sink);
	if (block)
		sink->block(sink, block);
	else
		sink->frame(sink, frame);
	sink->free(sink);
	text_put_char(&r->out.pending, '\0');
	return r->out.pending.p;
}

static void check_block(const struct http2_block *block, const char *want)
{
	struct run r;

	run_init(&r);
	ck_assert_str_eq(print_one(&r, block, NULL), want);
	ck_assert(is_sound(r.out.pending.p));
	output_release(&r.out);
}

static void check_frame(const struct http2_frame_record *frame, const char *want)
{
	struct run r;

	run_init(&r);
	ck_assert_str_eq(print_one(&r, NULL, frame), want);
	ck_assert(is_sound(r.out.pending.p));
	output_release(&r.out);
}

/* ---- blocks ---- */

START_TEST(complete_record)
{
	struct http2_block b = sample_block(HTTP2_REQUEST, sample_request, 3);

	b.dynamic = 2;
	b.end_stream = true;
	check_block(&b, WHERE "\"kind\":\"request\",\"headers\":[[\":method\",\"GET\"],"
			      "[\":path\",\"/x?token=<masked>\"],[\":authority\",\"example.com\"]],"
			      "\"unknown\":0,\"dynamic\":2,\"wire\":42,\"end_stream\":true" END);
}
END_TEST

START_TEST(unknown_is_null_and_secrets_are_masked)
{
	struct http2_block b = sample_block(HTTP2_REQUEST, sample_request + 3, COUNT(sample_request) - 3);
	struct run r;

	b.unknown = 3;
	check_block(&b, WHERE "\"kind\":\"request\",\"headers\":[[\"cookie\",\"<masked>\"],"
			      "[\"x-pin\",\"<masked>\"],[\"x-old\",null],[null,null],[null,\"<masked>\"],"
			      "[\"x-empty\",\"\"]],"
			      "\"unknown\":3,\"dynamic\":0,\"wire\":42,\"end_stream\":false" END);
	run_init(&r);
	r.options.show_secrets = true;
	ck_assert_ptr_nonnull(strstr(print_one(&r, &b, NULL),
				     "[[\"cookie\",\"sid=s3cret\"],[\"x-pin\",\"s3cret\"],[\"x-old\",null],"
				     "[null,null],[null,\"s3cret\"],[\"x-empty\",\"\"]]"));
	output_release(&r.out);
}
END_TEST

START_TEST(optional_keys)
{
	struct http2_block b = sample_block(HTTP2_PUSH, NULL, 0);
	struct run r;

	b.promised = 8;
	b.after_loss = b.bad = true;
	check_block(&b, WHERE "\"kind\":\"push\",\"promised\":8,\"headers\":[],\"unknown\":0,\"dynamic\":0,"
			      "\"wire\":42,\"end_stream\":false,\"after_loss\":true,\"bad\":true" END);
	b.where.role = ROLE_CLIENT;
	b.where.sent = true;
	b.where.comm = NULL;
	b.where.local.family = b.where.remote.family = 0;
	run_init(&r);
	ck_assert_ptr_nonnull(
		strstr(print_one(&r, &b, NULL),
		       "\"pid\":181,\"role\":\"client\",\"dir\":\"send\",\"conn\":7,\"stream\":5,"));
	output_release(&r.out);
}
END_TEST

START_TEST(kinds)
{
	static const struct {
		enum http2_block_kind kind;
		const char *want;
	} cases[] = {
		{HTTP2_REQUEST, "\"kind\":\"request\""},
		{HTTP2_RESPONSE, "\"kind\":\"response\""},
		{HTTP2_INFORMATIONAL, "\"kind\":\"informational\""},
		{HTTP2_TRAILERS, "\"kind\":\"trailers\""},
		{HTTP2_PUSH, "\"kind\":\"push\""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct http2_block b = sample_block(cases[i].kind, sample_request, 1);
		struct run r;

		run_init(&r);
		ck_assert_ptr_nonnull(strstr(print_one(&r, &b, NULL), cases[i].want));
		output_release(&r.out);
	}
}
END_TEST

/* ---- frames ---- */

static void check_payload(uint8_t type, uint8_t flags, struct bytes payload, const char *want)
{
	struct http2_frame_record f = sample_frame(type, flags, (uint32_t)payload.n, payload.p);

	check_frame(&f, want);
}

#define PAYLOAD(type, flags, bytes, want)                                                                    \
	check_payload(type, flags, bytes_of(bytes, sizeof(bytes) - 1), WHERE want END)

START_TEST(frames)
{
	PAYLOAD(HTTP2_PRIORITY, 0, "\x80\0\0\x03\x0f",
		"\"kind\":\"priority\",\"length\":5,\"flags\":[],\"depends_on\":3,\"weight\":16,"
		"\"exclusive\":true");
	PAYLOAD(HTTP2_RST_STREAM, 0, "\0\0\0\x08",
		"\"kind\":\"rst_stream\",\"length\":4,\"flags\":[],\"error\":\"CANCEL\",\"error_code\":8");
	PAYLOAD(HTTP2_RST_STREAM, 0, "\xde\xad\xbe\xef",
		"\"kind\":\"rst_stream\",\"length\":4,\"flags\":[],\"error\":\"0xdeadbeef\","
		"\"error_code\":3735928559");
	PAYLOAD(HTTP2_PING, 1, "\x01\x02\x03\x04\x05\x06\x07\xff",
		"\"kind\":\"ping\",\"length\":8,\"flags\":[\"ACK\"],\"opaque\":\"01020304050607ff\"");
	PAYLOAD(HTTP2_GOAWAY, 0, "\x80\0\0\x05\0\0\0\0",
		"\"kind\":\"goaway\",\"length\":8,\"flags\":[],\"last_stream\":5,\"error\":\"NO_ERROR\","
		"\"error_code\":0");
	PAYLOAD(HTTP2_GOAWAY, 0, "\0\0\0\x05\0\0\0\x0b\x1b\"\xff",
		"\"kind\":\"goaway\",\"length\":11,\"flags\":[],\"last_stream\":5,"
		"\"error\":\"ENHANCE_YOUR_CALM\",\"error_code\":11,\"debug\":\"\\u001b\\\"\\ufffd\"");
	PAYLOAD(HTTP2_WINDOW_UPDATE, 0, "\x80\x01\0\0",
		"\"kind\":\"window_update\",\"length\":4,\"flags\":[],\"increment\":65536");
	PAYLOAD(10, 0x81, "abc",
		"\"kind\":\"unknown\",\"type\":10,\"length\":3,\"flags\":[\"0x01\",\"0x80\"]");
	PAYLOAD(HTTP2_CONTINUATION, 4, "",
		"\"kind\":\"continuation\",\"length\":0,\"flags\":[\"END_HEADERS\"]");
}
END_TEST

START_TEST(data_frames)
{
	struct http2_frame_record f = sample_frame(HTTP2_DATA_FRAME, 0x49, 16384, NULL);

	check_frame(&f, WHERE "\"kind\":\"data\",\"length\":16384,\"flags\":[\"END_STREAM\",\"PADDED\","
			      "\"0x40\"],\"end_stream\":true" END);
}
END_TEST

START_TEST(settings)
{
	PAYLOAD(HTTP2_SETTINGS, 1, "",
		"\"kind\":\"settings\",\"length\":0,\"flags\":[\"ACK\"],\"settings\":{}");
	PAYLOAD(HTTP2_SETTINGS, 0,
		"\0\x03\0\0\0\x64"
		"\xfa\xce\0\0\0\0",
		"\"kind\":\"settings\",\"length\":12,\"flags\":[],"
		"\"settings\":{\"MAX_CONCURRENT_STREAMS\":100,\"0xface\":0}");
	/* said twice: the last one holds */
	PAYLOAD(HTTP2_SETTINGS, 0,
		"\0\x03\0\0\0\x64"
		"\0\x02\0\0\0\0"
		"\0\x03\0\0\0\x65",
		"\"kind\":\"settings\",\"length\":18,\"flags\":[],"
		"\"settings\":{\"ENABLE_PUSH\":0,\"MAX_CONCURRENT_STREAMS\":101}");
}
END_TEST

START_TEST(partial_payloads)
{
	static const uint8_t types[] = {HTTP2_PRIORITY, HTTP2_RST_STREAM, HTTP2_PING, HTTP2_GOAWAY,
					HTTP2_WINDOW_UPDATE};
	struct http2_frame_record f;

	for (size_t i = 0; i < COUNT(types); i++) {
		struct run r;

		f = sample_frame(types[i], 0, 8, NULL);
		run_init(&r);
		ck_assert_ptr_nonnull(strstr(print_one(&r, NULL, &f), "\"length\":8,\"flags\":[]" END));
		output_release(&r.out);
	}
	f = sample_frame(HTTP2_SETTINGS, 0, 18, NULL);
	f.payload = bytes_of("\0\x03\0\0\0\x64\0\x04", 8);
	check_frame(&f, WHERE "\"kind\":\"settings\",\"length\":18,\"flags\":[],"
			      "\"settings\":{\"MAX_CONCURRENT_STREAMS\":100},\"settings_left_out\":2" END);
}
END_TEST

START_TEST(many_settings_are_bounded)
{
	uint8_t payload[600] = {0};
	struct http2_frame_record f = sample_frame(HTTP2_SETTINGS, 0, sizeof(payload), payload);

	check_frame(&f, WHERE "\"kind\":\"settings\",\"length\":600,\"flags\":[],"
			      "\"settings\":{\"0x0\":0},\"settings_left_out\":68" END);
}
END_TEST

/* ---- any bytes at all ---- */

START_TEST(random_blocks_are_sound)
{
	uint8_t in[200];
	char comm[16];
	unsigned seed = 7;
	struct run r;

	run_init(&r);
	for (int run = 0; run < 3000; run++) {
		struct http2_block_field fields[] = {
			{bytes_of(in, 10), bytes_of(in + 10, 40), false, false},
			{bytes_of_str(":path"), bytes_of(in + 50, 150), false, false},
			{bytes_of(in, 1), bytes_of(NULL, 0), false, true},
		};
		struct http2_block b = sample_block(HTTP2_REQUEST, fields, COUNT(fields));

		for (size_t i = 0; i < sizeof(in); i++)
			in[i] = (uint8_t)(rand_r(&seed) >> 7);
		memcpy(comm, in, sizeof(comm));
		comm[sizeof(comm) - 1] = '\0';
		b.where.comm = comm;
		ck_assert(is_sound(print_one(&r, &b, NULL)));
	}
	output_release(&r.out);
}
END_TEST

START_TEST(random_frames_are_sound)
{
	uint8_t in[300];
	unsigned seed = 9;
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
		ck_assert(is_sound(print_one(&r, NULL, &f)));
		guard_free(&g);
	}
	output_release(&r.out);
}
END_TEST

/* Several records through one sink: the generator starts afresh each time. */
START_TEST(records_follow_each_other)
{
	struct http2_block b = sample_block(HTTP2_REQUEST, sample_request, 1);
	struct http2_frame_record f = sample_frame(HTTP2_SETTINGS, 0, 12, NULL);
	struct header_sink *sink;
	struct run r;
	int lines = 0;

	run_init(&r);
	sink = header_json_new(&r.options);
	for (int i = 0; i < 3; i++) {
		sink->block(sink, &b);
		sink->frame(sink, &f);
	}
	sink->free(sink);
	text_put_char(&r.out.pending, '\0');
	for (char *line = strtok(r.out.pending.p, "\n"); line; line = strtok(NULL, "\n"), lines++)
		ck_assert_msg(line[0] == '{' && line[strlen(line) - 1] == '}', "%s", line);
	ck_assert_int_eq(lines, 6);
	output_release(&r.out);
}
END_TEST

static void print_without_memory(void *ctx)
{
	struct http2_block b = sample_block(HTTP2_REQUEST, sample_request, COUNT(sample_request));
	struct http2_frame_record f = sample_frame(HTTP2_GOAWAY, 0, 12, "\0\0\0\1\0\0\0\0bye!");
	struct header_sink *sink;
	struct run r;

	(void)ctx;
	run_init(&r);
	sink = header_json_new(&r.options);
	if (sink) {
		sink->block(sink, &b);
		sink->frame(sink, &f);
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
	Suite *suite = suite_create("header_json");
	TCase *tc = tcase_create("header_json");

	tcase_add_test(tc, complete_record);
	tcase_add_test(tc, unknown_is_null_and_secrets_are_masked);
	tcase_add_test(tc, optional_keys);
	tcase_add_test(tc, kinds);
	tcase_add_test(tc, frames);
	tcase_add_test(tc, data_frames);
	tcase_add_test(tc, settings);
	tcase_add_test(tc, partial_payloads);
	tcase_add_test(tc, many_settings_are_bounded);
	tcase_add_test(tc, random_blocks_are_sound);
	tcase_add_test(tc, random_frames_are_sound);
	tcase_add_test(tc, records_follow_each_other);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
