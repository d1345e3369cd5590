/* SPDX-License-Identifier: Apache-2.0 */
/* test_http1_head.c - heads that are right, wrong, and not there yet. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "http/http1_head.h"

static struct http1_head head;
static size_t consumed;

static enum parse_result parse(struct bytes in)
{
	struct guarded g = guard_copy(in);
	enum parse_result result = http1_head_parse(g.bytes, &head, &consumed);

	guard_free(&g);
	return result;
}

static enum parse_result parse_str(const char *in)
{
	return parse(bytes_of_str(in));
}

/* Views into `in` itself, for the tests that look at them. */
static void must_parse(const char *in)
{
	ck_assert_int_eq(http1_head_parse(bytes_of_str(in), &head, &consumed), PARSE_DONE);
}

static void check_text(struct bytes got, const char *want)
{
	ck_assert_msg(bytes_equal(got, bytes_of_str(want)), "got \"%.*s\", want \"%s\"", (int)got.n, got.p,
		      want);
}

/* ---- framing ---- */

#define GET  "GET / HTTP/1.1\r\n"
#define POST "POST / HTTP/1.1\r\n"
#define OK   "HTTP/1.1 200 OK\r\n"
#define END  "\r\n"

struct framing_case {
	const char *name, *in;
	enum http1_body body;
	uint64_t length;
};

static const struct framing_case framing_cases[] = {
	{"request without fields", GET END, HTTP1_BODY_NONE, 0},
	{"request with a length", POST "Content-Length: 12\r\n" END, HTTP1_BODY_LENGTH, 12},
	{"length 0", POST "Content-Length: 0\r\n" END, HTTP1_BODY_LENGTH, 0},
	{"the largest length", POST "Content-Length: 18446744073709551615\r\n" END, HTTP1_BODY_LENGTH,
	 UINT64_MAX},
	{"leading zeros", POST "Content-Length: 0005\r\n" END, HTTP1_BODY_LENGTH, 5},
	{"name in another case", POST "cONTENT-lENGTH:7\r\n" END, HTTP1_BODY_LENGTH, 7},
	{"blanks around the value", POST "Content-Length: \t 7 \t\r\n" END, HTTP1_BODY_LENGTH, 7},
	{"equal lengths", POST "Content-Length: 5\r\nContent-Length: 5\r\n" END, HTTP1_BODY_LENGTH, 5},
	{"equal lengths in one line", POST "Content-Length: 5, 5\r\n" END, HTTP1_BODY_LENGTH, 5},
	{"folded length", POST "Content-Length:\r\n 5\r\n" END, HTTP1_BODY_LENGTH, 5},
	{"chunked request", POST "Transfer-Encoding: chunked\r\n" END, HTTP1_BODY_CHUNKED, 0},
	{"chunked in another case", POST "transfer-encoding: CHUNKED\r\n" END, HTTP1_BODY_CHUNKED, 0},
	{"chunked last", POST "Transfer-Encoding: gzip, chunked\r\n" END, HTTP1_BODY_CHUNKED, 0},
	{"chunked last, in its own line",
	 POST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n" END, HTTP1_BODY_CHUNKED, 0},
	{"empty coding after it", POST "Transfer-Encoding: chunked ,\r\n" END, HTTP1_BODY_CHUNKED, 0},
	{"folded coding", POST "Transfer-Encoding: gzip,\r\n\tchunked\r\n" END, HTTP1_BODY_CHUNKED, 0},
	{"coding overrides length", POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n" END,
	 HTTP1_BODY_CHUNKED, 0},
	{"coding overrides a bad length", POST "Content-Length: x\r\nTransfer-Encoding: chunked\r\n" END,
	 HTTP1_BODY_CHUNKED, 0},
	{"bare LF", "POST / HTTP/1.1\nContent-Length: 5\n\n", HTTP1_BODY_LENGTH, 5},
	{"response with a length", OK "Content-Length: 4\r\n" END, HTTP1_BODY_LENGTH, 4},
	{"response without", OK END, HTTP1_BODY_UNTIL_CLOSE, 0},
	{"chunked response", OK "Transfer-Encoding: chunked\r\n" END, HTTP1_BODY_CHUNKED, 0},
	{"response, chunked not last", OK "Transfer-Encoding: chunked, gzip\r\n" END, HTTP1_BODY_UNTIL_CLOSE,
	 0},
	{"response, another coding in its own line",
	 OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n" END, HTTP1_BODY_UNTIL_CLOSE, 0},
	{"response, unknown coding and length", OK "Transfer-Encoding: x\r\nContent-Length: 9\r\n" END,
	 HTTP1_BODY_UNTIL_CLOSE, 0},
	{"100", "HTTP/1.1 100 Continue\r\n" END, HTTP1_BODY_NONE, 0},
	{"101", "HTTP/1.1 101 Switching Protocols\r\nContent-Length: 3\r\n" END, HTTP1_BODY_NONE, 0},
	{"204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n" END, HTTP1_BODY_NONE, 0},
	{"204 chunked", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n" END, HTTP1_BODY_NONE, 0},
	{"304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n" END, HTTP1_BODY_NONE, 0},
	{"304 with a bad length", "HTTP/1.1 304 Not Modified\r\nContent-Length: x\r\n" END, HTTP1_BODY_NONE,
	 0},
	{"205 has a body", "HTTP/1.1 205 Reset Content\r\nContent-Length: 3\r\n" END, HTTP1_BODY_LENGTH, 3},
	{"other names of the same length", POST "Accept-Charset: 5\r\nTransfer_Encoding: chunked\r\n" END,
	 HTTP1_BODY_NONE, 0},
};

START_TEST(framing)
{
	const struct framing_case *c = &framing_cases[_i];
	size_t n = strlen(c->in);

	ck_assert_msg(parse_str(c->in) == PARSE_DONE, "%s: not done", c->name);
	ck_assert_msg(consumed == n, "%s: consumed %zu of %zu", c->name, consumed, n);
	ck_assert_msg(head.body == c->body, "%s: body %d", c->name, head.body);
	ck_assert_msg(head.content_length == c->length, "%s: length %ju", c->name,
		      (uintmax_t)head.content_length);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(parse(bytes_of(c->in, i)) == PARSE_MORE, "%s: %zu bytes are not MORE", c->name,
			      i);
}
END_TEST

/* ---- refused ---- */

static const struct {
	const char *name, *in;
} bad_cases[] = {
	{"lengths that differ", POST "Content-Length: 5\r\nContent-Length: 6\r\n" END},
	{"lengths that differ in one line", POST "Content-Length: 5, 6\r\n" END},
	{"no length", POST "Content-Length:\r\n" END},
	{"empty length behind a comma", POST "Content-Length: 5,\r\n" END},
	{"signed length", POST "Content-Length: +5\r\n" END},
	{"negative length", POST "Content-Length: -5\r\n" END},
	{"hexadecimal length", POST "Content-Length: 0x5\r\n" END},
	{"length with a blank inside", POST "Content-Length: 1 5\r\n" END},
	{"length with a fold inside", POST "Content-Length: 1\r\n 5\r\n" END},
	{"length with a bare CR", POST "Content-Length: 5\r\r\n" END},
	{"length above 64 bits", POST "Content-Length: 18446744073709551616\r\n" END},
	{"bad length in a response", OK "Content-Length: abc\r\n" END},
	{"request, chunked not last", POST "Transfer-Encoding: chunked, gzip\r\n" END},
	{"request, unknown coding", POST "Transfer-Encoding: identity\r\n" END},
	{"request, empty coding", POST "Transfer-Encoding:\r\n" END},
	{"request, chunked quoted", POST "Transfer-Encoding: \"chunked\"\r\n" END},
	{"request, chunked with a parameter", POST "Transfer-Encoding: chunked;a=b\r\n" END},
	{"request, chunked with a control character", POST "Transfer-Encoding: \vchunked\r\n" END},
	{"blank before the colon", GET "Host : a\r\n" END},
	{"framing field with a blank before the colon", POST "Transfer-Encoding : chunked\r\n" END},
	{"blank before the first field", GET " Host: a\r\n" END},
	{"no colon", GET "Host\r\n" END},
	{"no name", GET ": a\r\n" END},
	{"separator in a name", GET "Ho(st: a\r\n" END},
	{"control character in a name", GET "Ho\001st: a\r\n" END},
	{"8-bit name", GET "H\xc3\xb6st: a\r\n" END},
	{"HTTP/0.9", "GET /\r\n" END},
	{"HTTP/2", "GET / HTTP/2.0\r\n" END},
	{"HTTP/2 preface", "PRI * HTTP/2.0\r\n" END},
	{"two-digit minor version", "GET / HTTP/1.10\r\n" END},
	{"no minor version", "GET / HTTP/1.\r\n" END},
	{"version in lower case", "GET / http/1.1\r\n" END},
	{"something behind the version", "GET / HTTP/1.1 \r\n" END},
	{"no target", "GET HTTP/1.1\r\n" END},
	{"empty target", "GET  HTTP/1.1\r\n" END},
	{"two spaces before the target", "GET  / HTTP/1.1\r\n" END},
	{"two spaces behind the target", "GET /  HTTP/1.1\r\n" END},
	{"tab instead of a space", "GET\t/ HTTP/1.1\r\n" END},
	{"control character in the target", "GET /\001 HTTP/1.1\r\n" END},
	{"no method", " / HTTP/1.1\r\n" END},
	{"method with a separator", "G:T / HTTP/1.1\r\n" END},
	{"method of 65 characters",
	 "AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDDEEEEEEEEEEFFFFFFFFFFGGGGG / HTTP/1.1\r\n" END},
	{"status of two digits", "HTTP/1.1 20\r\n" END},
	{"status of four digits", "HTTP/1.1 2000\r\n" END},
	{"status below 100", "HTTP/1.1 099 X\r\n" END},
	{"status in letters", "HTTP/1.1 2xx OK\r\n" END},
	{"two spaces before the status", "HTTP/1.1  200 OK\r\n" END},
	{"no status", "HTTP/1.1\r\n" END},
	{"status line of HTTP/2", "HTTP/2.0 200 OK\r\n" END},
	{"status line of another protocol", "RTSP/1.0 200 OK\r\n" END},
	{"ICY", "ICY 200 OK\r\n" END},
};

START_TEST(bad)
{
	ck_assert_msg(parse_str(bad_cases[_i].in) == PARSE_BAD, "%s: not bad", bad_cases[_i].name);
}
END_TEST

/* ---- what is in a head ---- */

START_TEST(request_parts)
{
	must_parse("\r\n\n\r\nM-SEARCH http://a.b:8080/c?d=e#f HTTP/1.0\r\n"
		   "Host: a.b\r\n"
		   "X-Empty:\r\n"
		   "X-Blank: \t \r\n"
		   "X-Colons::a:b:\r\n"
		   "x!#$%&'*+-.^_`|~9:\t inner \t blanks \r\n"
		   "X-Fold: one\r\n \t two\n\tthree\r\n"
		   "X-8bit: \xc3\xbc\001\r\n"
		   "\r\nbody");
	ck_assert_int_eq(head.kind, HTTP1_REQUEST);
	ck_assert_int_eq(head.version_minor, 0);
	check_text(head.method, "M-SEARCH");
	check_text(head.target, "http://a.b:8080/c?d=e#f");
	ck_assert_uint_eq(head.n_fields, 7);
	check_text(head.fields[0].name, "Host");
	check_text(head.fields[0].value, "a.b");
	check_text(head.fields[1].value, "");
	check_text(head.fields[2].value, "");
	check_text(head.fields[3].value, ":a:b:");
	check_text(head.fields[4].name, "x!#$%&'*+-.^_`|~9");
	check_text(head.fields[4].value, "inner \t blanks");
	check_text(head.fields[5].value, "one\r\n \t two\n\tthree");
	check_text(head.fields[6].value, "\xc3\xbc\001");
	ck_assert(!head.more_fields);
}
END_TEST

static const char *const targets[] = {
	"/",	     "/a/b?c=%20&d", "http://user@[::1]:80/", "a.example:443", "*",
	"/\xc3\xbc", "//",	     "/with two spaces",      "/HTTP/1.1",
};

START_TEST(target)
{
	char in[128];

	snprintf(in, sizeof(in), "OPTIONS %s HTTP/1.1\r\n\r\n", targets[_i]);
	must_parse(in);
	check_text(head.target, targets[_i]);
	ck_assert_uint_eq(parse_str(in), PARSE_DONE);
}
END_TEST

static const struct {
	const char *line;
	int status, minor;
	const char *reason;
} status_lines[] = {
	{"HTTP/1.1 200 OK", 200, 1, "OK"},
	{"HTTP/1.0 404 Not Found", 404, 0, "Not Found"},
	{"HTTP/1.1 200 ", 200, 1, ""},
	{"HTTP/1.1 200", 200, 1, ""},
	{"HTTP/1.1 999 \xc3\xbc", 999, 1, "\xc3\xbc"},
	{"HTTP/1.9 100  two", 100, 9, " two"},
};

START_TEST(status_line)
{
	char in[128];

	snprintf(in, sizeof(in), "%s\r\n\r\n", status_lines[_i].line);
	must_parse(in);
	ck_assert_int_eq(head.kind, HTTP1_RESPONSE);
	ck_assert_int_eq(head.status, status_lines[_i].status);
	ck_assert_int_eq(head.version_minor, status_lines[_i].minor);
	check_text(head.reason, status_lines[_i].reason);
	ck_assert_uint_eq(head.method.n + head.target.n, 0);
	ck_assert_uint_eq(parse_str(in), PARSE_DONE);
}
END_TEST

/* One result struct is used for head after head: nothing of the last one may stay. */
START_TEST(nothing_stays)
{
	must_parse("HTTP/1.1 404 Not Found\r\nA: b\r\nContent-Length: 9\r\n\r\n");
	must_parse("GET / HTTP/1.1\r\n\r\n");
	ck_assert_int_eq(head.status, 0);
	ck_assert_uint_eq(head.reason.n, 0);
	ck_assert_uint_eq(head.n_fields, 0);
	ck_assert_uint_eq(head.content_length, 0);
}
END_TEST

/* A field whose next line is not there yet may still be folded. */
START_TEST(fold_needs_next_line)
{
	ck_assert_int_eq(parse_str("GET / HTTP/1.1\r\nA: b\r\n"), PARSE_MORE);
	ck_assert_int_eq(parse_str("GET / HTTP/1.1\r\nA: b\r\n c\r\n"), PARSE_MORE);
	ck_assert_int_eq(parse_str("GET / HTTP/1.1\r\nA: b\r\n c"), PARSE_MORE);
	ck_assert_int_eq(parse_str("GET / HTTP/1.1\r\nA: b\r\n \r\n\r\n"), PARSE_DONE);
}
END_TEST

/* ---- limits ---- */

/* A head of exactly n bytes. */
static char *head_of(size_t n)
{
	static const char front[] = "GET / HTTP/1.1\r\nX: ", back[] = "\r\n\r\n";
	char *in = malloc(n);

	ck_assert_ptr_nonnull(in);
	memset(in, 'x', n);
	memcpy(in, front, sizeof(front) - 1);
	memcpy(in + n - (sizeof(back) - 1), back, sizeof(back) - 1);
	return in;
}

START_TEST(longest_head)
{
	char *in = head_of(HTTP1_HEAD_MAX);

	ck_assert_int_eq(parse(bytes_of(in, HTTP1_HEAD_MAX - 1)), PARSE_MORE);
	ck_assert_int_eq(parse(bytes_of(in, HTTP1_HEAD_MAX)), PARSE_DONE);
	ck_assert_uint_eq(consumed, HTTP1_HEAD_MAX);
	free(in);
}
END_TEST

START_TEST(head_too_long)
{
	char *in = head_of(HTTP1_HEAD_MAX + 1);

	ck_assert_int_eq(parse(bytes_of(in, HTTP1_HEAD_MAX - 1)), PARSE_MORE);
	ck_assert_int_eq(parse(bytes_of(in, HTTP1_HEAD_MAX)), PARSE_BAD);
	ck_assert_int_eq(parse(bytes_of(in, HTTP1_HEAD_MAX + 1)), PARSE_BAD);
	free(in);
}
END_TEST

/* What does not fit into fields[] still decides about the body. */
START_TEST(many_fields)
{
	char in[4096] = "POST / HTTP/1.1\r\n";
	size_t n = strlen(in);

	for (int i = 0; i < HTTP1_FIELDS_MAX; i++)
		n += snprintf(in + n, sizeof(in) - n, "F%d: %d\r\n", i, i);
	snprintf(in + n, sizeof(in) - n, "\r\n");
	must_parse(in);
	ck_assert_uint_eq(head.n_fields, HTTP1_FIELDS_MAX);
	ck_assert(!head.more_fields);
	check_text(head.fields[127].value, "127");

	snprintf(in + n, sizeof(in) - n, "Content-Length: 77\r\n\r\n");
	must_parse(in);
	ck_assert_uint_eq(head.n_fields, HTTP1_FIELDS_MAX);
	ck_assert(head.more_fields);
	ck_assert_int_eq(head.body, HTTP1_BODY_LENGTH);
	ck_assert_uint_eq(head.content_length, 77);
}
END_TEST

START_TEST(nothing_there)
{
	ck_assert_int_eq(http1_head_parse(bytes_of(NULL, 0), &head, &consumed), PARSE_MORE);
	ck_assert(!http1_looks_like_start(bytes_of(NULL, 0)));
}
END_TEST

/* ---- looks like a start ---- */

static const char *const starts[] = {
	"GET ",	  "HEAD ",   "POST ",	  "PUT ",	"DELETE ", "CONNECT ",	"OPTIONS ",
	"TRACE ", "PATCH ",  "PROPFIND ", "PROPPATCH ", "MKCOL ",  "COPY ",	"MOVE ",
	"LOCK ",  "UNLOCK ", "REPORT ",	  "SEARCH ",	"PURGE ",  "HTTP/1.0 ", "HTTP/1.1 ",
};

START_TEST(looks_like_start)
{
	size_t n = strlen(starts[_i]);
	char longer[32];

	for (size_t i = 1; i <= n; i++) {
		struct guarded g = guard_copy(bytes_of(starts[_i], i));

		ck_assert_msg(http1_looks_like_start(g.bytes), "%.*s", (int)i, starts[_i]);
		guard_free(&g);
	}
	snprintf(longer, sizeof(longer), "%s\x01rest", starts[_i]);
	ck_assert(http1_looks_like_start(bytes_of_str(longer)));
	longer[n - 1] = 'x';
	ck_assert(!http1_looks_like_start(bytes_of_str(longer)));
}
END_TEST

static const char *const no_starts[] = {
	" ",	      "get ",	   "GETX",   "GE T",   "\r\nGET ",     "HTTP/2", "HTTP/1.x",
	"HTTP/1.1\t", "HTTP/1.11", "HTTP 1", "PRI * ", "\x16\x03\x01", "FOO ",	 "MKCALENDAR ",
};

START_TEST(no_start)
{
	ck_assert_msg(!http1_looks_like_start(bytes_of_str(no_starts[_i])), "%s", no_starts[_i]);
}
END_TEST

#define N(array) (int)(sizeof(array) / sizeof((array)[0]))

static Suite *suite(void)
{
	Suite *s = suite_create("http1_head");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, framing, 0, N(framing_cases));
	tcase_add_loop_test(t, bad, 0, N(bad_cases));
	tcase_add_test(t, request_parts);
	tcase_add_loop_test(t, target, 0, N(targets));
	tcase_add_loop_test(t, status_line, 0, N(status_lines));
	tcase_add_test(t, nothing_stays);
	tcase_add_test(t, fold_needs_next_line);
	tcase_add_test(t, longest_head);
	tcase_add_test(t, head_too_long);
	tcase_add_test(t, many_fields);
	tcase_add_test(t, nothing_there);
	tcase_add_loop_test(t, looks_like_start, 0, N(starts));
	tcase_add_loop_test(t, no_start, 0, N(no_starts));
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
