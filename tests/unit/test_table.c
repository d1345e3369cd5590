/* SPDX-License-Identifier: Apache-2.0 */
/* The table: widths, unknown values, clipping on a terminal only. */
#include <check.h>
#include <pty.h>

#include <stdlib.h>
#include <unistd.h>

#include "harness.h"
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
	wall_time_init(&r->time, SAMPLE_OFFSET_NS, SAMPLE_FIRST_NS - 2500000000ull);
	r->options = (struct sink_options){.out = &r->out, .time = &r->time};
}

static const char *print_one(struct run *r, const struct exchange *x)
{
	struct sink *sink = table_sink_new(&r->options);

	ck_assert_ptr_nonnull(sink);
	text_clear(&r->out.pending);
	if (x)
		sink->exchange(sink, x);
	else
		sink->begin(sink);
	sink->free(sink);
	text_put_char(&r->out.pending, '\0');
	return r->out.pending.p;
}

static void check_line(struct run *r, const struct exchange *x, const char *want)
{
	ck_assert_str_eq(print_one(r, x), want);
}

START_TEST(default_columns)
{
	struct exchange x = sample_exchange();
	struct run r;

	run_init(&r);
	check_line(&r, NULL, "PID     COMM       S/C PEER                  STATUS   METHOD   LAT(ms) PATH\n");
	check_line(&r, &x,
		   "181     nginx      S   10.0.0.2:40000        200      GET        1.500 /index.html\n");
	output_release(&r.out);
}
END_TEST

/* All columns but PATH full: 8 columns are left to it below 80. */
START_TEST(full_columns_fit)
{
	struct exchange x = sample_exchange();
	struct run r;

	x.pid = 4194304;
	x.comm = "0123456789abcde";
	x.remote = sample_endpoint("255.255.255.255", 65535);
	x.method = bytes_of_str("OPTIONS");
	x.resp.last_ns = x.req.first_ns + 9999999000ull;
	x.path = bytes_of_str("/8column");
	run_init(&r);
	check_line(&r, &x,
		   "4194304 0123456789 S   255.255.255.255:65535 200      OPTIONS 9999.999 /8column\n");
	ck_assert_uint_lt(strlen(r.out.pending.p), 80 + 1);
	output_release(&r.out);
}
END_TEST

START_TEST(no_status_is_never_a_number)
{
	struct exchange x = sample_unanswered(NO_STATUS_TIMEOUT);
	struct run r;

	run_init(&r);
	check_line(&r, &x,
		   "181     nginx      S   10.0.0.2:40000        -timeout GET            - /index.html\n");
	x.no_status = NO_STATUS_CLOSED;
	check_line(&r, &x,
		   "181     nginx      S   10.0.0.2:40000        -closed  GET            - /index.html\n");
	output_release(&r.out);
}
END_TEST

START_TEST(incomplete_records_are_marked)
{
	struct exchange x = sample_exchange();
	struct run r;

	run_init(&r);
	x.role = ROLE_CLIENT;
	x.missing = MISSING_GAP;
	check_line(&r, &x,
		   "181     nginx      C~  10.0.0.2:40000        200      GET        1.500 /index.html\n");
	x.missing = MISSING_JOINED;
	check_line(&r, &x,
		   "181     nginx      C   10.0.0.2:40000        200      GET        1.500 /index.html\n");
	output_release(&r.out);
}
END_TEST

START_TEST(long_ipv6_peers_are_shortened)
{
	struct exchange x = sample_exchange();
	struct run r;

	run_init(&r);
	x.remote = sample_endpoint("2001:db8:1234:5678:9abc:def0:1111:2222", 65535);
	check_line(&r, &x,
		   "181     nginx      S   [2001:..1:2222]:65535 200      GET        1.500 /index.html\n");
	x.remote = sample_endpoint("2001:db8::1", 443);
	ck_assert_ptr_nonnull(strstr(print_one(&r, &x), " [2001:db8::1]:443     200 "));
	r.options.wide = true;
	x.remote = sample_endpoint("2001:db8:1234:5678:9abc:def0:1111:2222", 65535);
	ck_assert_ptr_nonnull(
		strstr(print_one(&r, &x), " [2001:db8:1234:5678:9abc:def0:1111:2222]:65535 200 "));
	output_release(&r.out);
}
END_TEST

START_TEST(time_columns)
{
	struct exchange x = sample_exchange();
	struct run r;

	setenv("TZ", "UTC-2", 1); /* two hours east */
	run_init(&r);
	r.options.time_clock = r.options.time_seconds = true;
	ck_assert(strncmp(print_one(&r, NULL), "TIME     TIME(s)   PID ", 23) == 0);
	ck_assert(strncmp(print_one(&r, &x), "05:04:05 2.500     181 ", 23) == 0);
	output_release(&r.out);
}
END_TEST

START_TEST(extended_columns)
{
	struct exchange x = sample_exchange();
	struct run r;

	run_init(&r);
	r.options.extended = true;
	x.missing = MISSING_JOINED | MISSING_GAP;
	x.container = "0123456789abcdef";
	x.pod = "web-1";
	x.namespace_ = "shop";
	x.queue_ns = 20000;
	check_line(&r, NULL,
		   "PID     COMM       S/C LOCAL                 PEER                  STATUS   METHOD   "
		   "LAT(ms) "
		   "TTFB(ms) QUEUE(ms)   REQ_B    RESP_B VERS TLS CONN   FLAGS  CONTAINER    POD             "
		   "     "
		   "HOST                 PATH\n");
	check_line(&r, &x,
		   "181     nginx      S~  10.0.0.1:80           10.0.0.2:40000        200      GET        "
		   "1.500 "
		   "   1.000     0.020      80      1234 1.1  no  7      joined,gap 0123456789ab shop/web-1  "
		   "     "
		   "example.com          /index.html\n");
	output_release(&r.out);
}
END_TEST

/* ---- HTTP/2 and gRPC ---- */

static struct exchange sample_call(const struct grpc_call *call)
{
	struct exchange x = sample_exchange();

	x.version_major = 2;
	x.version_minor = 0;
	x.stream = 5;
	x.method = bytes_of_str("POST");
	x.path = bytes_of_str("/pkg.S/M");
	x.grpc = call;
	return x;
}

/* METHOD makes up for the width of STATUS: LAT(ms) and PATH stay in place. */
START_TEST(grpc_status)
{
	struct grpc_call call = {.status = 0, .sent = -1, .received = -1, .timeout_ns = -1};
	struct exchange x = sample_call(&call);
	struct run r;

	run_init(&r);
	check_line(&r, &x,
		   "181     nginx      S   10.0.0.2:40000        200/grpc 0 POST     1.500 /pkg.S/M\n");
	call.status = 16;
	check_line(&r, &x,
		   "181     nginx      S   10.0.0.2:40000        200/grpc 16 POST    1.500 /pkg.S/M\n");
	x.resp.last_ns = x.req.first_ns + 9999999000ull;
	x.pid = 4194304;
	check_line(&r, &x,
		   "4194304 nginx      S   10.0.0.2:40000        200/grpc 16 POST 9999.999 /pkg.S/M\n");
	ck_assert_uint_lt(strlen(r.out.pending.p), 80 + 1);
	x = sample_call(&call);
	x.status = 0;
	x.no_status = NO_STATUS_RESET;
	x.resp = (struct message_times){0};
	call.status = 1;
	check_line(&r, &x,
		   "181     nginx      S   10.0.0.2:40000        -reset/grpc 1 POST      - /pkg.S/M\n");
	x.no_status = NO_STATUS_TIMEOUT;
	call.status = 14;
	check_line(&r, &x,
		   "181     nginx      S   10.0.0.2:40000        -timeout/grpc 14 POST   - /pkg.S/M\n");
	x.no_status = NO_STATUS_NONE;
	check_line(&r, &x,
		   "181     nginx      S   10.0.0.2:40000        -/grpc 14 POST          - /pkg.S/M\n");
	output_release(&r.out);
}
END_TEST

/* Long streams are told before they end: the status so far, and a mark. */
START_TEST(open_streams)
{
	struct grpc_call call = {.status = -1, .sent = 3, .received = 1, .timeout_ns = -1};
	struct exchange x = sample_call(&call);
	struct run r;

	x.missing = MISSING_OPEN;
	run_init(&r);
	check_line(&r, &x,
		   "181     nginx      S+  10.0.0.2:40000        200      POST       1.500 /pkg.S/M\n");
	x.missing |= MISSING_GAP;
	x.status = 0;
	x.resp = (struct message_times){0};
	check_line(&r, &x,
		   "181     nginx      S~+ 10.0.0.2:40000        -        POST           - /pkg.S/M\n");
	r.options.extended = true;
	ck_assert_ptr_nonnull(strstr(print_one(&r, &x), " 2    no  7      gap,open "));
	output_release(&r.out);
}
END_TEST

/* Only HPACK leaves fields unknown: an empty value of HTTP/1 is empty. */
START_TEST(unknown_fields)
{
	static const struct header_field list[] = {
		{{NULL, 0}, {(const uint8_t *)"s3cret", 6}, false},
		{{(const uint8_t *)"x", 1}, {NULL, 0}, false},
	};
	struct exchange x = sample_call(NULL);
	struct run r;

	x.req_headers = (struct header_list){list, 2};
	run_init(&r);
	r.options.show_headers = true;
	ck_assert_ptr_nonnull(strstr(print_one(&r, &x), "/pkg.S/M\n"
							"    > <unknown>: <masked>\n"
							"    > x: <unknown>\n"));
	x.version_major = 1;
	ck_assert_ptr_nonnull(strstr(print_one(&r, &x), "    > x: \n"));
	r.options.headers[0] = "x";
	r.options.n_headers = 1;
	ck_assert_ptr_nonnull(strstr(print_one(&r, &x), " -                        /pkg.S/M\n"));
	output_release(&r.out);
}
END_TEST

/* ---- headers ---- */

static const struct header_field fields[] = {
	{{(const uint8_t *)"Host", 4}, {(const uint8_t *)"h\x1b[2J", 5}, false},
	{{(const uint8_t *)"Authorization", 13}, {(const uint8_t *)"Basic s3cret", 12}, false},
};
static const struct header_field trailer = {{(const uint8_t *)"x-sum", 5}, {(const uint8_t *)"1", 1}, false};

START_TEST(header_columns_and_lists)
{
	struct exchange x = sample_exchange();
	struct run r;
	const char *line;

	run_init(&r);
	x.req_headers = (struct header_list){fields, 2};
	x.resp_headers = (struct header_list){fields, 1};
	x.trailers = (struct header_list){&trailer, 1};
	r.options.headers[0] = "authorization";
	r.options.headers[1] = "x-none";
	r.options.n_headers = 2;
	r.options.show_headers = true;
	line = print_one(&r, &x);
	ck_assert_ptr_null(strstr(line, "s3cret"));
	ck_assert_ptr_nonnull(strstr(line, " <masked>                 -                        /index.html\n"
					   "    > Host: h\\x1b[2J\n"
					   "    > Authorization: <masked>\n"
					   "    < Host: h\\x1b[2J\n"
					   "    + x-sum: 1\n"));
	output_release(&r.out);
}
END_TEST

/* ---- on a terminal ---- */

/* The table's row for x on a terminal of that width. */
static void print_on_terminal(struct run *r, const struct exchange *x, unsigned short columns)
{
	struct winsize size = {.ws_row = 24, .ws_col = columns};
	int master, slave;

	ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, &size), 0);
	output_release(&r->out);
	output_init(&r->out, slave, NULL);
	print_one(r, x);
	close(slave);
	close(master);
}

START_TEST(terminal_clips_path)
{
	struct exchange x = sample_exchange();
	struct run r;

	x.path = bytes_of_str("/a/rather/long/path/that/goes/on/and/on");
	run_init(&r);
	ck_assert_ptr_nonnull(strstr(print_one(&r, &x), "/on/and/on\n"));
	print_on_terminal(&r, &x, 80);
	ck_assert_str_eq(r.out.pending.p,
			 "181     nginx      S   10.0.0.2:40000        200      GET        1.500 /a/rath>\n");
	print_on_terminal(&r, &x, 84);
	ck_assert_ptr_nonnull(strstr(r.out.pending.p, " /a/rather/l>\n"));
	print_on_terminal(&r, &x, 90);
	ck_assert_uint_eq(strlen(r.out.pending.p) - 1, 89);
	print_on_terminal(&r, &x, 20);
	ck_assert_ptr_nonnull(strstr(r.out.pending.p, " /a/rath>\n"));
	r.options.wide = true;
	print_on_terminal(&r, &x, 80);
	ck_assert_ptr_nonnull(strstr(r.out.pending.p, "/on/and/on\n"));
	output_release(&r.out);
}
END_TEST

START_TEST(terminal_gets_no_control_characters)
{
	struct exchange x = sample_exchange();
	struct run r;

	run_init(&r);
	x.comm = "\x1b]0;x\x07";
	x.method = bytes_of_str("G\tT");
	x.path = bytes_of_str("/\x1b[31m\xc2\x9b\r\n");
	check_line(&r, &x,
		   "181     \\x1b]0;x\\x S   10.0.0.2:40000        200      G\\x09T     1.500 "
		   "/\\x1b[31m\\u009b\\x0d\\x0a\n");
	output_release(&r.out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table");
	TCase *tc = tcase_create("table");

	tcase_add_test(tc, default_columns);
	tcase_add_test(tc, full_columns_fit);
	tcase_add_test(tc, no_status_is_never_a_number);
	tcase_add_test(tc, incomplete_records_are_marked);
	tcase_add_test(tc, long_ipv6_peers_are_shortened);
	tcase_add_test(tc, time_columns);
	tcase_add_test(tc, extended_columns);
	tcase_add_test(tc, grpc_status);
	tcase_add_test(tc, open_streams);
	tcase_add_test(tc, unknown_fields);
	tcase_add_test(tc, header_columns_and_lists);
	tcase_add_test(tc, terminal_clips_path);
	tcase_add_test(tc, terminal_gets_no_control_characters);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
