/* SPDX-License-Identifier: Apache-2.0 */
/* test_http1_stream.c - byte streams without holes, cut into messages. */
#include "harness.h"

#include "http1_script.h"

/* ---- whole messages ---- */

static const struct stream_case plain_cases[] = {
	{"nothing", REQUEST, "", "", false},
	{"get", REQUEST, GET, "B H:GET:/a:1 E28", false},
	{"post", REQUEST, POST5 "12345", "B H:POST:/b:1 E44", false},
	{"length 0", REQUEST, "PUT /d HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "B H:PUT:/d:1 E38", false},
	{"body not all there", REQUEST, POST5 "123", "B H:POST:/b:1", true},
	{"head not all there", REQUEST, "GET /a HTTP/1.1\r\nHost", "B", true},
	{"pipelined", REQUEST, GET GET POST5 "12345" GET,
	 "B H:GET:/a:1 E28 B H:GET:/a:1 E28 B H:POST:/b:1 E44 B H:GET:/a:1 E28", false},
	{"body that looks like a request", REQUEST, "POST / HTTP/1.1\r\nContent-Length: 28\r\n\r\n" GET GET,
	 "B H:POST:/:1 E67 B H:GET:/a:1 E28", false},
	{"empty lines before a request", REQUEST, "\r\n\n\r\n" GET, "B H:GET:/a:1 E33", false},
	{"empty lines alone", REQUEST, GET "\r\n\r\n", "B H:GET:/a:1 E28", false},
	{"bare LF", REQUEST, "GET /l HTTP/1.0\nA: b\n\n" GET, "B H:GET:/l:1 E22 B H:GET:/a:1 E28", false},
	{"method that is not well known", REQUEST, "FOO /x HTTP/1.1\r\n\r\n", "B H:FOO:/x:0 E19", false},
	{"response", RESPONSE, OK5 "hello", "B H:200:1 E43", false},
	{"response without reason", RESPONSE, "HTTP/1.1 204\r\n\r\n" OK5 "hello",
	 "B H:204:0 E16 B H:200:1 E43", false},
	{"204 and 304 have no body", RESPONSE,
	 "HTTP/1.1 204 No\r\nContent-Length: 3\r\n\r\nHTTP/1.1 304 No\r\nContent-Length: 3\r\n\r\n" OK5
	 "hello",
	 "B H:204:1 E38 B H:304:1 E38 B H:200:1 E43", false},
	{"interim responses", RESPONSE,
	 "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" OK5 "hello",
	 "B H:100:0 E25 B H:103:1 E40 B H:200:1 E43", false},
	{"to HEAD", HTTP1_RESPONSE, HTTP1_TO_HEAD, OK5 OKC OKCLOSE,
	 "B H:200:1 E38 B H:200:1 E47 B H:200:1 E25", false},
	{"until close", RESPONSE, OKCLOSE "some body" GET "{eof}", "B H:200:1 E62", false},
	{"until close, empty", RESPONSE, OKCLOSE "{eof}", "B H:200:1 E25", false},
	{"until close, open", RESPONSE, OKCLOSE "some body", "B H:200:1", true},
	{"upgrade", RESPONSE,
	 "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n\x81\x05hello" OK5 "{gap}{gap 3}{skip 9}{eof}",
	 "B H:101:1 E38", false},
	{"connect", HTTP1_RESPONSE, HTTP1_TO_CONNECT,
	 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\x16\x03\x01GET / HTTP/1.1", "B H:200:1 E38", false},
	{"connect refused", HTTP1_RESPONSE, HTTP1_TO_CONNECT,
	 "HTTP/1.1 407 Auth\r\nContent-Length: 5\r\n\r\nhello" OK5, "B H:407:1 E45 B H:200:1 E38", false},
	{"peer became a tunnel", REQUEST, GET "{tunnel}\x81\x05hello" GET, "B H:GET:/a:1 E28", false},
	{"one that was open", REQUEST, "GET /a HT{tunnel}TP/1.1\r\n\r\n" GET, "B", false},
	{"tunnel left by a boundary", REQUEST, "{tunnel}abc" GET "{boundary}" GET, "B H:GET:/a:1 E28", false},
};

START_TEST(plain)
{
	check_stream_case(&plain_cases[_i]);
}
END_TEST

/* ---- chunks ---- */

static const struct stream_case chunk_cases[] = {
	{"one chunk", REQUEST, POSTC "5\r\nhello\r\n0\r\n\r\n" GET, "B H:POST:/c:1 E63 B H:GET:/a:1 E28",
	 false},
	{"no chunk", RESPONSE, OKC "0\r\n\r\n" OK5, "B H:200:1 E52 B H:200:1", true},
	{"several chunks", RESPONSE, OKC "5\r\nhello\r\n0000000001\r\n!\r\nA\r\n0123456789\r\n0\r\n\r\n",
	 "B H:200:1 E92", false},
	{"both cases of digits", RESPONSE, OKC "0a\r\n0123456789\r\n0A\r\n0123456789\r\n0\r\n\r\n",
	 "B H:200:1 E84", false},
	{"many zeros", RESPONSE, OKC "0000000000000000000000001\r\n!\r\n000\r\n\r\n", "B H:200:1 E84", false},
	{"bare LF", RESPONSE, OKC "5\nhello\n0\n\n" OKCLOSE, "B H:200:1 E58 B H:200:1", true},
	{"extensions", RESPONSE, OKC "5;a=b\r\nhello\r\n1 ;c=\"d;e\"\r\n!\r\n2 \t\r\n??\r\n0;z\r\n\r\n",
	 "B H:200:1 E92", false},
	{"trailers", RESPONSE, OKC "5\r\nhello\r\n0\r\nA: b\r\nc:\td e \r\n\r\n" OK5 "hello",
	 "B H:200:1 T:A=b T:c=d e E77 B H:200:1 E43", false},
	{"trailers with bare LF", RESPONSE, OKC "0\nA: b\n\n", "B H:200:1 T:A=b E55", false},
	{"folded trailer", RESPONSE, OKC "0\r\nA: b\r\n c\r\n\r\n", "B H:200:1 T:A=b\r\n c E62", false},
	{"framing fields in trailers mean nothing", RESPONSE,
	 OKC "0\r\nContent-Length: 9\r\n\r\n" OK5 "hello", "B H:200:1 T:Content-Length=9 E71 B H:200:1 E43",
	 false},
	{"chunk that looks like a message", RESPONSE, OKC "19\r\n" OKCLOSE "\r\n0\r\n\r\n", "B H:200:1 E83",
	 false},
	{"last chunk not there", RESPONSE, OKC "5\r\nhello\r\n", "B H:200:1", true},
	{"trailers not there", RESPONSE, OKC "0\r\nA: b\r\n", "B H:200:1", true},
	{"no digit", RESPONSE, OKC "x\r\n{gap}" OKCLOSE, "B H:200:1 C47 L0 B H:200:1", true},
	{"empty size line", RESPONSE, OKC "\r\n", "B H:200:1 C47 L0", false},
	{"extension without a size", RESPONSE, OKC ";a\r\n", "B H:200:1 C47 L0", false},
	{"letter behind the size", RESPONSE, OKC "5x\r\n", "B H:200:1 C48 L0", false},
	{"bare CR in the size line", RESPONSE, OKC "5\rhello", "B H:200:1 C49 L0", false},
	{"bare CR in an extension", RESPONSE, OKC "5;a\rb\r\n", "B H:200:1 C51 L0", false},
	{"the largest size", RESPONSE, OKC "fffffffffffffff\r\nx", "B H:200:1", true},
	{"size too large", RESPONSE, OKC "1000000000000000\r\nx", "B H:200:1 C62 L0", false},
	{"chunk too long", RESPONSE, OKC "5\r\nhelloo\r\n", "B H:200:1 C55 L0", false},
	{"chunk without CR LF", RESPONSE, OKC "5\r\nhello0\r\n\r\n", "B H:200:1 C55 L0", false},
	{"CR alone behind a chunk", RESPONSE, OKC "5\r\nhello\r0\r\n\r\n", "B H:200:1 C56 L0", false},
	{"bad trailer", RESPONSE, OKC "0\r\nA b\r\n\r\n" OKCLOSE, "B H:200:1 C57 L0 B H:200:1", true},
};

START_TEST(chunks)
{
	check_stream_case(&chunk_cases[_i]);
}
END_TEST

/* ---- limits ---- */

START_TEST(longest_head)
{
	check_long_stream(HTTP1_REQUEST, "GET / HTTP/1.1\r\nX: ", HTTP1_HEAD_MAX - 19 - 4, "\r\n\r\n" GET,
			  "B H:GET:/:1 E65536 B H:GET:/a:1 E28");
}
END_TEST

START_TEST(head_too_long)
{
	check_long_stream(HTTP1_REQUEST, "GET / HTTP/1.1\r\nX: ", HTTP1_HEAD_MAX - 19 - 3, "\r\n\r\n" GET,
			  "B C65536 L0 B H:GET:/a:1 E28");
	check_long_stream(HTTP1_REQUEST, "GET / HTTP/1.1\r\nX: ", 200000, "\r\n\r\n" GET,
			  "B C65536 L0 B H:GET:/a:1 E28");
}
END_TEST

START_TEST(method_too_long)
{
	check_long_stream(HTTP1_REQUEST, "", HTTP1_METHOD_MAX, " / HTTP/1.1\r\n\r\n",
			  "B H:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx:/:0 E79");
	check_long_stream(HTTP1_REQUEST, "", HTTP1_METHOD_MAX + 1, " / HTTP/1.1\r\n\r\n" GET,
			  "B C64 L0 B H:GET:/a:1 E28");
}
END_TEST

START_TEST(trailers_too_long)
{
	check_long_stream(HTTP1_RESPONSE, OKC "0\r\nX: ", HTTP1_HEAD_MAX, "\r\n\r\n" OK5,
			  "B H:200:1 C65586 L0 B H:200:1");
}
END_TEST

START_TEST(chunk_extension_too_long)
{
	check_long_stream(HTTP1_RESPONSE, OKC "5;", 16384 - 4, "\r\nhello\r\n0\r\n\r\n", "B H:200:1 E16443");
	check_long_stream(HTTP1_RESPONSE, OKC "5;", 16384, "\r\nhello\r\n\r\n" OK5,
			  "B H:200:1 C16431 L0 B H:200:1");
}
END_TEST

/* ---- the rest of the interface ---- */

static void pipeline_start(void *ctx)
{
	*(struct http1_run *)ctx = (struct http1_run){.stream = http1_stream_new(HTTP1_REQUEST)};
}

static void pipeline_feed(void *ctx, struct bytes piece)
{
	run_input(ctx, (struct http1_input){.kind = HTTP1_DATA, .data = piece});
}

static void pipeline_finish(void *ctx, const char *how)
{
	struct http1_run *r = ctx;

	ck_assert_msg(strcmp(r->log, "B H:GET:/a:1 E28 B H:POST:/c:1 T:A=b E69 B H:GET:/a:1 E28") == 0,
		      "%s: %s", how, r->log);
	http1_stream_free(r->stream);
}

START_TEST(pipeline)
{
	static const struct feeder feeder = {pipeline_start, pipeline_feed, pipeline_finish};
	struct http1_run r;

	feed_all_ways(bytes_of_str(GET POSTC "5\r\nhello\r\n0\r\nA: b\r\n\r\n" GET), &feeder, &r);
}
END_TEST

START_TEST(tunnel_counts)
{
	struct http1_run r = {.stream = http1_stream_new(HTTP1_RESPONSE)};

	run_bytes(&r, "HTTP/1.1 101 X\r\n\r\nabc", 21);
	ck_assert_uint_eq(r.more_bytes, 3);
	run_input(&r, (struct http1_input){.kind = HTTP1_SKIP, .n = 10});
	ck_assert_uint_eq(r.more_bytes, 13);
	http1_stream_tunnel(r.stream);
	run_input(&r, (struct http1_input){.kind = HTTP1_GAP, .n = 10});
	ck_assert_uint_eq(r.more_bytes, 23);
	ck_assert_str_eq(r.log, "B H:101:0 E18");
	http1_stream_free(r.stream);
}
END_TEST

/* A request does not hang on what it is said to answer. */
START_TEST(answer_to_at_the_wrong_time)
{
	struct http1_run r = {.stream = http1_stream_new(HTTP1_RESPONSE)};

	http1_stream_answer_to(r.stream, HTTP1_TO_HEAD);
	run_bytes(&r, OK5 "he", strlen(OK5) + 2);
	http1_stream_answer_to(r.stream, HTTP1_TO_HEAD);
	run_bytes(&r, "llo" OK5, strlen(OK5) + 3);
	ck_assert_str_eq(r.log, "B H:200:1 E43 B H:200:1");
	http1_stream_free(r.stream);
}
END_TEST

/* Two streams share the head they hand out, not their places. */
START_TEST(two_streams)
{
	struct http1_run a = {.stream = http1_stream_new(HTTP1_REQUEST)};
	struct http1_run b = {.stream = http1_stream_new(HTTP1_RESPONSE)};

	run_bytes(&a, POST5 "12", strlen(POST5) + 2);
	run_bytes(&b, OKC "5\r\nhel", strlen(OKC) + 6);
	run_bytes(&a, "345", 3);
	run_bytes(&b, "lo\r\n0\r\n\r\n", 9);
	ck_assert_str_eq(a.log, "B H:POST:/b:1 E44");
	ck_assert_str_eq(b.log, "B H:200:1 E62");
	http1_stream_free(a.stream);
	http1_stream_free(b.stream);
	http1_stream_free(NULL);
}
END_TEST

/* ---- no memory ---- */

/* Whatever fails: no crash, no leak, and the stream finds its place again. */
static void starve(void *ctx)
{
	static const char script[] =
		"\r\nGE{skip 0}T /a HTTP/1.1\r\nHo{skip 0}st: x\r\n\r\n" /* a head in three pieces */
		POSTC "0\r\nA:{skip 0} b\r\n\r\n"			 /* trailers in two */
		"{gap}abc\r\nGET {skip 0}/a HTTP/1.1\r\n\r\n";		 /* a search */
	struct http1_run r = {.stream = http1_stream_new(HTTP1_REQUEST)};

	(void)ctx;
	if (!r.stream)
		return;
	run_script(&r, script);
	r.log_n = 0;
	r.log[0] = '\0';
	http1_stream_boundary(r.stream);
	run_bytes(&r, GET, strlen(GET));
	ck_assert_str_eq(r.log, "B H:GET:/a:1 E28");
	http1_stream_free(r.stream);
}

START_TEST(survives_each_failure)
{
	long n = fail_each_alloc(starve, NULL);

	if (harness_alloc_hooked())
		ck_assert_int_ge(n, 4);
}
END_TEST

START_TEST(no_memory_shows_as_lost)
{
	struct http1_run r = {.stream = http1_stream_new(HTTP1_REQUEST)};

	if (harness_alloc_hooked()) {
		harness_fail_alloc(0);
		run_bytes(&r, "GET /", 5);
		harness_fail_alloc(-1);
		ck_assert_str_eq(r.log, "B C0 L0");
		run_bytes(&r, "\r\n" GET, strlen(GET) + 2);
		ck_assert_str_eq(r.log, "B C0 L0 B H:GET:/a:1 E28");
	}
	http1_stream_free(r.stream);
}
END_TEST

#define N(array) (int)(sizeof(array) / sizeof((array)[0]))

static Suite *suite(void)
{
	Suite *s = suite_create("http1_stream");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, plain, 0, N(plain_cases));
	tcase_add_loop_test(t, chunks, 0, N(chunk_cases));
	tcase_add_test(t, longest_head);
	tcase_add_test(t, head_too_long);
	tcase_add_test(t, method_too_long);
	tcase_add_test(t, trailers_too_long);
	tcase_add_test(t, chunk_extension_too_long);
	tcase_add_test(t, pipeline);
	tcase_add_test(t, tunnel_counts);
	tcase_add_test(t, answer_to_at_the_wrong_time);
	tcase_add_test(t, two_streams);
	tcase_add_test(t, survives_each_failure);
	tcase_add_test(t, no_memory_shows_as_lost);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
