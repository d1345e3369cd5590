/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON records: keys, unknown values, hostile strings, secrets. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"
#include "json_sound.h"
#include "sample_exchange.h"
#include "sink/sink.h"

struct run {
	struct output out;
	struct wall_time time;
	struct sink_options options;
};

static void run_init(struct run *r)
{
	*r = (struct run){0};
	output_init(&r->out, -1, NULL);
	wall_time_init(&r->time, SAMPLE_OFFSET_NS, 0);
	r->options = (struct sink_options){.out = &r->out, .time = &r->time};
}

/* The record of x, NUL-terminated; valid until run_release(). */
static const char *print_one(struct run *r, const struct exchange *x)
{
	struct sink *sink = json_sink_new(&r->options);

	ck_assert_ptr_nonnull(sink);
	text_clear(&r->out.pending);
	sink->begin(sink);
	sink->exchange(sink, x);
	sink->free(sink);
	text_put_char(&r->out.pending, '\0');
	return r->out.pending.p;
}

static void run_release(struct run *r)
{
	output_release(&r->out);
}

static void check_record(const struct exchange *x, const char *want)
{
	struct run r;

	run_init(&r);
	ck_assert_str_eq(print_one(&r, x), want);
	run_release(&r);
}

START_TEST(complete_record)
{
	struct exchange x = sample_exchange();

	check_record(
		&x,
		"{\"ts\":\"2026-01-02T03:04:05.123456Z\",\"pid\":181,\"comm\":\"nginx\",\"role\":\"server\","
		"\"conn\":7,\"laddr\":\"10.0.0.1\",\"lport\":80,\"raddr\":\"10.0.0.2\",\"rport\":40000,"
		"\"tls\":false,\"version\":\"1.1\",\"method\":\"GET\",\"host\":\"example.com\","
		"\"path\":\"/index.html\",\"status\":200,\"req_bytes\":80,\"resp_bytes\":1234,"
		"\"ttfb_us\":1000,\"latency_us\":1500,\"flags\":[]}\n");
}
END_TEST

START_TEST(optional_keys)
{
	struct exchange x = sample_exchange();
	struct run r;
	const char *line;

	x.role = ROLE_CLIENT;
	x.tls = true;
	x.version_major = 2;
	x.version_minor = 0;
	x.stream = 5;
	x.scheme = bytes_of_str("https");
	x.queue_ns = 42499;
	x.container = "0123";
	x.pod = "web-1";
	x.namespace_ = "shop";
	x.missing = MISSING_JOINED | MISSING_GAP | MISSING_TRUNCATED | MISSING_PARTIAL_HEADERS |
		    MISSING_OVERLAP | MISSING_UPROBE | MISSING_OPEN;
	x.remote = sample_endpoint("2001:db8::1", 443);
	run_init(&r);
	line = print_one(&r, &x);
	ck_assert(is_sound(line));
	ck_assert_ptr_nonnull(strstr(line, "\"role\":\"client\""));
	ck_assert_ptr_nonnull(strstr(
		line,
		"\"raddr\":\"2001:db8::1\",\"rport\":443,\"tls\":true,\"version\":\"2\",\"stream\":5,"));
	ck_assert_ptr_nonnull(strstr(line, "\"scheme\":\"https\""));
	ck_assert_ptr_nonnull(strstr(line, "\"queue_us\":42,"));
	ck_assert_ptr_nonnull(
		strstr(line, "\"container\":\"0123\",\"pod\":\"web-1\",\"namespace\":\"shop\","));
	ck_assert_ptr_nonnull(strstr(line, "\"flags\":[\"joined\",\"gap\",\"truncated\",\"partial-headers\","
					   "\"overlap\",\"source:uprobe\",\"open\"]}"));
	run_release(&r);
}
END_TEST

/* ---- gRPC ---- */

static void check_grpc(const struct grpc_call *call, const char *want)
{
	struct exchange x = sample_exchange();
	struct run r;
	const char *line;

	x.version_major = 2;
	x.version_minor = 0;
	x.stream = 1;
	x.grpc = call;
	run_init(&r);
	line = print_one(&r, &x);
	ck_assert(is_sound(line));
	ck_assert_msg(strstr(line, want) != NULL, "no %s in %s", want, line);
	run_release(&r);
}

START_TEST(grpc_call)
{
	struct grpc_call call = {
		.service = bytes_of_str("pkg.Greeter"),
		.method = bytes_of_str("Hello"),
		.status = 5,
		.message = bytes_of_str("no \"such\"\x1b[2J\xff"),
		.mode = GRPC_UNARY,
		.sent = 1,
		.received = 0,
		.sent_bytes = 12,
		.timeout_ns = 5000000000ll,
	};

	check_grpc(&call, "\"latency_us\":1500,\"grpc\":{\"service\":\"pkg.Greeter\",\"method\":\"Hello\","
			  "\"status\":5,\"message\":\"no \\\"such\\\"\\u001b[2J\\ufffd\",\"mode\":\"unary\","
			  "\"sent\":1,\"sent_bytes\":12,\"received\":0,\"received_bytes\":0,"
			  "\"timeout_us\":5000000},\"flags\":[]}");
	call.status_derived = true;
	call.timeout_ns = 0;
	check_grpc(&call, "\"timeout_us\":0,\"status_derived\":true},");
}
END_TEST

/* What was not counted to its end is not told. */
START_TEST(grpc_unknown_parts_are_absent)
{
	struct grpc_call call = {.status = -1, .sent = -1, .received = -1, .timeout_ns = -1};

	call.sent_bytes = call.received_bytes = 7;
	check_grpc(&call, "\"grpc\":{},");
	call.status = 0;
	call.received = 2;
	check_grpc(&call, "\"grpc\":{\"status\":0,\"received\":2,\"received_bytes\":7},");
}
END_TEST

START_TEST(grpc_modes)
{
	static const char *const want[] = {
		[GRPC_MODE_UNKNOWN] = "\"grpc\":{\"status\":0},",
		[GRPC_UNARY] = "\"mode\":\"unary\"",
		[GRPC_CLIENT_STREAM] = "\"mode\":\"client-streaming\"",
		[GRPC_SERVER_STREAM] = "\"mode\":\"server-streaming\"",
		[GRPC_BIDI_STREAM] = "\"mode\":\"bidi-streaming\"",
	};

	for (unsigned i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct grpc_call call = {
			.mode = (enum grpc_mode)i, .sent = -1, .received = -1, .timeout_ns = -1};

		check_grpc(&call, want[i]);
	}
}
END_TEST

/* A stream that goes on may have no status yet, and then no reason either. */
START_TEST(open_stream)
{
	struct exchange x = sample_unanswered(NO_STATUS_NONE);
	struct run r;
	const char *line;

	x.missing = MISSING_OPEN;
	run_init(&r);
	line = print_one(&r, &x);
	ck_assert_ptr_nonnull(strstr(line, "\"status\":null,\"req_bytes\":80,"));
	ck_assert_ptr_nonnull(strstr(line, "\"flags\":[\"open\"]}"));
	run_release(&r);
}
END_TEST

/* What is not known is absent or null, and there is always a reason. */
START_TEST(no_status)
{
	static const struct {
		enum no_status why;
		const char *want;
	} cases[] = {
		{NO_STATUS_CLOSED,
		 "\"status\":null,\"reason\":\"closed\",\"req_bytes\":80,\"resp_bytes\":0,\"flags\""},
		{NO_STATUS_RESET,
		 "\"status\":null,\"reason\":\"reset\",\"req_bytes\":80,\"resp_bytes\":0,\"flags\""},
		{NO_STATUS_TIMEOUT,
		 "\"status\":null,\"reason\":\"timeout\",\"req_bytes\":80,\"resp_bytes\":0,\"flags\""},
		{NO_STATUS_GAP, "\"status\":null,\"reason\":\"gap\",\"req_bytes\":80,\"flags\""},
		{NO_STATUS_UNSEEN, "\"status\":null,\"reason\":\"unseen\",\"req_bytes\":80,\"flags\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct exchange x = sample_unanswered(cases[i].why);
		struct run r;
		const char *line;

		run_init(&r);
		line = print_one(&r, &x);
		ck_assert_msg(strstr(line, cases[i].want) != NULL, "%s", line);
		ck_assert_ptr_null(strstr(line, "latency_us"));
		ck_assert(is_sound(line));
		run_release(&r);
	}
}
END_TEST

START_TEST(unknown_parts_are_absent)
{
	struct exchange x = sample_exchange();
	struct run r;
	const char *line;

	x.local.family = x.remote.family = 0;
	x.method = x.host = x.path = x.target = bytes_of(NULL, 0);
	x.version_major = 0;
	x.comm = NULL;
	x.req.first_ns = 0;
	run_init(&r);
	line = print_one(&r, &x);
	ck_assert_str_eq(
		line,
		"{\"pid\":181,\"role\":\"server\",\"conn\":7,\"tls\":false,\"status\":200,\"req_bytes\":80,"
		"\"resp_bytes\":1234,\"flags\":[]}\n");
	run_release(&r);
}
END_TEST

static void check_path(const char *in, size_t n, const char *want)
{
	struct exchange x = sample_exchange();
	char member[256];
	struct run r;
	const char *line;

	x.path = bytes_of(in, n);
	snprintf(member, sizeof(member), "\"path\":\"%s\",", want);
	run_init(&r);
	line = print_one(&r, &x);
	ck_assert(is_sound(line));
	ck_assert_msg(strstr(line, member) != NULL, "no %s in %s", member, line);
	run_release(&r);
}

#define PATH(in, want) check_path(in, sizeof(in) - 1, want)

START_TEST(strings_are_escaped)
{
	PATH("/a\"b\\c/d", "/a\\\"b\\\\c/d");
	PATH("/\n\t\0\x1f\x7f", "/\\u000a\\u0009\\u0000\\u001f\\u007f");
	PATH("/\xff\xc3(", "/\\ufffd\\ufffd(");
	PATH("/caf\xc3\xa9", "/caf\xc3\xa9");
	PATH("/\xc2\x9b"
	     "31m",
	     "/\\u009b31m");
	PATH("/\xe2\x80\xae", "/\\u202e");
	PATH("/\xf3\xa0\x81\x81", "/\\udb40\\udc41");
	PATH("/\xf0\x9f\x90\x99", "/\xf0\x9f\x90\x99");
}
END_TEST

START_TEST(random_bytes_are_sound)
{
	struct exchange x = sample_exchange();
	uint8_t in[200];
	char comm[16];
	unsigned seed = 7;
	struct run r;

	run_init(&r);
	for (int run = 0; run < 3000; run++) {
		for (size_t i = 0; i < sizeof(in); i++)
			in[i] = (uint8_t)(rand_r(&seed) >> 7);
		memcpy(comm, in, sizeof(comm));
		comm[sizeof(comm) - 1] = '\0';
		x.comm = comm;
		x.method = bytes_of(in, 10);
		x.host = bytes_of(in + 10, 40);
		x.path = bytes_of(in + 50, 150);
		ck_assert(is_sound(print_one(&r, &x)));
	}
	run_release(&r);
}
END_TEST

static const struct header_field request_fields[] = {
	{{(const uint8_t *)"Host", 4}, {(const uint8_t *)"example.com", 11}, false},
	{{(const uint8_t *)"Cookie", 6}, {(const uint8_t *)"sid=s3cret", 10}, false},
	{{(const uint8_t *)"X-Request-Id", 12}, {(const uint8_t *)"abc", 3}, false},
};

START_TEST(header_lists)
{
	struct exchange x = sample_exchange();
	struct run r;

	x.req_headers = (struct header_list){request_fields, 3};
	run_init(&r);
	ck_assert_ptr_null(strstr(print_one(&r, &x), "headers"));
	r.options.show_headers = true;
	ck_assert_ptr_nonnull(
		strstr(print_one(&r, &x),
		       "\"headers\":{\"request\":[[\"Host\",\"example.com\"],[\"Cookie\",\"<masked>\"],"
		       "[\"X-Request-Id\",\"abc\"]],\"response\":[],\"trailers\":[]}"));
	r.options.show_secrets = true;
	ck_assert_ptr_nonnull(strstr(print_one(&r, &x), "[\"Cookie\",\"sid=s3cret\"]"));
	r.options.show_headers = false;
	r.options.headers[0] = "x-request-id";
	r.options.n_headers = 1;
	ck_assert_ptr_nonnull(strstr(print_one(&r, &x),
				     "\"headers\":{\"request\":[[\"X-Request-Id\",\"abc\"]],"
				     "\"response\":[],\"trailers\":[]}"));
	run_release(&r);
}
END_TEST

/* Only HPACK leaves fields unknown: an empty value of HTTP/1 is empty. */
START_TEST(unknown_fields)
{
	static const struct header_field list[] = {
		{{NULL, 0}, {(const uint8_t *)"s3cret", 6}, false},
		{{(const uint8_t *)"x", 1}, {NULL, 0}, false},
		{{(const uint8_t *)"y", 1}, {(const uint8_t *)"s3cret", 6}, true},
	};
	struct exchange x = sample_exchange();
	struct run r;

	x.req_headers = (struct header_list){list, 3};
	x.version_major = 2;
	run_init(&r);
	r.options.show_headers = true;
	ck_assert_ptr_nonnull(
		strstr(print_one(&r, &x),
		       "\"request\":[[null,\"<masked>\"],[\"x\",null],[\"y\",\"<masked>\"]],\"response\""));
	x.version_major = 1;
	ck_assert_ptr_nonnull(strstr(print_one(&r, &x), "[\"x\",\"\"]"));
	run_release(&r);
}
END_TEST

START_TEST(secrets_in_targets)
{
	struct exchange x = sample_exchange();
	struct run r;

	x.path = bytes_of_str("/?token=s3cret&a=1");
	x.host = bytes_of_str("u:s3cret@h");
	run_init(&r);
	ck_assert_ptr_null(strstr(print_one(&r, &x), "s3cret"));
	ck_assert_ptr_nonnull(
		strstr(r.out.pending.p, "\"host\":\"<masked>@h\",\"path\":\"/?token=<masked>&a=1\""));
	run_release(&r);
}
END_TEST

/* Several records through one sink: the generator starts afresh each time. */
START_TEST(records_follow_each_other)
{
	struct exchange x = sample_exchange();
	struct run r;
	struct sink *sink;
	int lines = 0;

	run_init(&r);
	sink = json_sink_new(&r.options);
	for (int i = 0; i < 3; i++)
		sink->exchange(sink, &x);
	sink->free(sink);
	text_put_char(&r.out.pending, '\0');
	for (char *line = strtok(r.out.pending.p, "\n"); line; line = strtok(NULL, "\n"), lines++)
		ck_assert_msg(line[0] == '{' && line[strlen(line) - 1] == '}', "%s", line);
	ck_assert_int_eq(lines, 3);
	run_release(&r);
}
END_TEST

static void print_without_memory(void *ctx)
{
	struct exchange x = sample_exchange();
	struct run r;
	struct sink *sink;

	(void)ctx;
	x.path = bytes_of_str("/?token=s3cret");
	run_init(&r);
	sink = json_sink_new(&r.options);
	if (sink) {
		sink->exchange(sink, &x);
		ck_assert(r.out.pending.failed || r.out.pending.p[r.out.pending.n - 1] == '\n');
		sink->free(sink);
	}
	run_release(&r);
}

START_TEST(each_allocation_may_fail)
{
	fail_each_alloc(print_without_memory, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json");
	TCase *tc = tcase_create("json");

	tcase_add_test(tc, complete_record);
	tcase_add_test(tc, optional_keys);
	tcase_add_test(tc, grpc_call);
	tcase_add_test(tc, grpc_unknown_parts_are_absent);
	tcase_add_test(tc, grpc_modes);
	tcase_add_test(tc, open_stream);
	tcase_add_test(tc, no_status);
	tcase_add_test(tc, unknown_parts_are_absent);
	tcase_add_test(tc, strings_are_escaped);
	tcase_add_test(tc, random_bytes_are_sound);
	tcase_add_test(tc, header_lists);
	tcase_add_test(tc, unknown_fields);
	tcase_add_test(tc, secrets_in_targets);
	tcase_add_test(tc, records_follow_each_other);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
