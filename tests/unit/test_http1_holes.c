/* SPDX-License-Identifier: Apache-2.0 */
/* test_http1_holes.c - byte streams with skips, gaps and ends in every state; the place lost and found again.
 */
#include "harness.h"

#include "http1_script.h"

/* ---- skips ---- */

static const struct stream_case skip_cases[] = {
	{"whole body", REQUEST, POST5 "{skip 5}" GET, "B H:POST:/b:1 E44 B H:GET:/a:1 E28", false},
	{"body in parts", REQUEST, POST5 "1{skip 2}45{skip 0}" GET, "B H:POST:/b:1 E44 B H:GET:/a:1 E28",
	 false},
	{"huge body", RESPONSE,
	 "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n{skip 10000000000}", "B H:200:1",
	 true},
	{"until close", RESPONSE, OKCLOSE "{skip 100}x{skip 100}{eof}", "B H:200:1 E226", false},
	{"nothing, anywhere", REQUEST, "{skip 0}GET{skip 0} /a HTTP/1.1\r\n\r\n{skip 0}", "B H:GET:/a:0 E19",
	 false},
	{"all chunks", RESPONSE, OKC "{skip 1000}0\r\n\r\n" OKCLOSE, "B H:200:1 E1052 B H:200:1", true},
	{"all chunks in parts", RESPONSE, OKC "{skip 1000}{skip 3}0\r\nA: b\r\n\r\n", "B H:200:1 T:A=b E1061",
	 false},
	{"rest of a chunk", RESPONSE, OKC "64\r\nxxx{skip 97}\r\n0\r\n\r\n", "B H:200:1 E158", false},
	{"rest of a chunk with its CR", RESPONSE, OKC "64\r\nxxx{skip 98}\n0\r\n\r\n", "B H:200:1 E158",
	 false},
	{"rest of a chunk with its CR LF", RESPONSE, OKC "64\r\nxxx{skip 99}0\r\n\r\n", "B H:200:1 E158",
	 false},
	{"rest of a chunk and more chunks", RESPONSE, OKC "64\r\nxxx{skip 999}5\r\nhello\r\n0\r\n\r\n",
	 "B H:200:1 E1068", false},
	{"part of a chunk", RESPONSE, OKC "64\r\nxxx{skip 96}y\r\n0\r\n\r\n", "B H:200:1 E158", false},
	{"behind the data of a chunk", RESPONSE, OKC "3\r\nxxx{skip 2}0\r\n\r\n", "B H:200:1 E60", false},
	{"behind the CR of a chunk", RESPONSE, OKC "3\r\nxxx\r{skip 1}0\r\n\r\n", "B H:200:1 E60", false},
	{"behind the CR of a chunk, and more", RESPONSE, OKC "3\r\nxxx\r{skip 20}0\r\n\r\n", "B H:200:1 E79",
	 false},
	{"between messages", REQUEST, GET "{skip 7}" GET, "B H:GET:/a:1 E28 L7 B H:GET:/a:1 E28", false},
	{"longer than the body", REQUEST, POST5 "{skip 9}" GET, "B H:POST:/b:1 E44 L4 B H:GET:/a:1 E28",
	 false},
	{"in a head", REQUEST, "GET /a{skip 3}" GET, "B C6 L3 B H:GET:/a:1 E28", false},
	{"in a size line", RESPONSE, OKC "1{skip 3}", "B H:200:1 C48 L3", false},
	{"in trailers", RESPONSE, OKC "0\r\nA{skip 3}", "B H:200:1 C51 L3", false},
	{"while lost", REQUEST, "{gap}{skip 5}" GET, "L0 B H:GET:/a:1 E28", false},
};

START_TEST(skips)
{
	check_stream_case(&skip_cases[_i]);
}
END_TEST

/* ---- gaps and ends ---- */

static const struct stream_case gap_cases[] = {
	{"between messages", REQUEST, GET "{gap 10}" GET, "B H:GET:/a:1 E28 L10 B H:GET:/a:1 E28", false},
	{"unknown, between messages", REQUEST, GET "{gap}" GET, "B H:GET:/a:1 E28 L0 B H:GET:/a:1 E28",
	 false},
	{"at once", RESPONSE, "{gap 3}" OK5 "hello", "L3 B H:200:1 E43", false},
	{"behind empty lines", REQUEST, "\r\n{gap 3}" GET, "L5 B H:GET:/a:1 E28", false},
	{"in a head", REQUEST, "GET /a HT{gap 6}Host: x\r\n\r\n" GET, "B C9 L6 B H:GET:/a:1 E28", false},
	{"two", REQUEST, "GET /a HT{gap 6}{gap 7}" GET "{gap 1}", "B C9 L6 B H:GET:/a:1 E28 L14", false},
	{"behind the last byte of a head", REQUEST, GET "{gap}", "B H:GET:/a:1 E28 L0", false},
	{"inside a body", REQUEST, POST5 "1{gap 2}45" GET, "B H:POST:/b:1 E44 B H:GET:/a:1 E28", false},
	{"whole body but one byte", REQUEST, POST5 "{gap 4}5", "B H:POST:/b:1 E44", false},
	{"inside a body, unknown", REQUEST, POST5 "1{gap}45\r\n" GET, "B H:POST:/b:1 C40 L0 B H:GET:/a:1 E28",
	 false},
	{"up to the end of a body", REQUEST, POST5 "1{gap 4}" GET, "B H:POST:/b:1 C44 B H:GET:/a:1 E28",
	 false},
	{"over the end of a body", REQUEST, POST5 "1{gap 5}" GET, "B H:POST:/b:1 C44 L1 B H:GET:/a:1 E28",
	 false},
	{"until close", RESPONSE, OKCLOSE "x{gap 5}y{gap}{eof}", "B H:200:1 E32", false},
	{"inside a chunk", RESPONSE, OKC "5\r\nh{gap 3}o\r\n0\r\n\r\n", "B H:200:1 E62", false},
	{"to the end of a chunk", RESPONSE, OKC "5\r\nh{gap 6}0\r\n\r\n", "B H:200:1 E62", false},
	{"over the end of a chunk", RESPONSE, OKC "5\r\nh{gap 7}0\r\n\r\n" OKCLOSE,
	 "B H:200:1 C51 L7 B H:200:1", true},
	{"inside a chunk, unknown", RESPONSE, OKC "5\r\nh{gap}", "B H:200:1 C51 L0", false},
	{"before a chunk", RESPONSE, OKC "{gap 8}0\r\n\r\n", "B H:200:1 C47 L8", false},
	{"in trailers", RESPONSE, OKC "0\r\nA: b{gap 2}\r\n", "B H:200:1 C54 L2", false},
	{"eof between messages", REQUEST, GET "{eof}{eof}", "B H:GET:/a:1 E28", false},
	{"eof at once", REQUEST, "{eof}", "", false},
	{"eof in a head", REQUEST, "GET /{eof}", "B C5", false},
	{"eof in a body", REQUEST, POST5 "123{eof}", "B H:POST:/b:1 C42", false},
	{"eof in a chunk", RESPONSE, OKC "5\r\nhel{eof}", "B H:200:1 C53", false},
	{"eof before the last chunk", RESPONSE, OKC "5\r\nhello\r\n{eof}", "B H:200:1 C57", false},
	{"eof in trailers", RESPONSE, OKC "0\r\n{eof}", "B H:200:1 C50", false},
	{"eof while lost", REQUEST, "{gap}GET / HTTP/1.1\r\n{eof}Host: x\r\n\r\n" GET, "L0 B H:GET:/a:1 E28",
	 false},
	{"boundary in a head", REQUEST, "GET /{boundary}" GET, "B B H:GET:/a:1 E28", false},
	{"boundary in a body", REQUEST, POST5 "1{boundary}" GET, "B H:POST:/b:1 B H:GET:/a:1 E28", false},
	{"boundary while lost", RESPONSE, "{gap 4}HTTP/1.{boundary}" OK5 "hello", "L4 B H:200:1 E43", false},
	{"boundary where one is", REQUEST, GET "{boundary}" GET, "B H:GET:/a:1 E28 B H:GET:/a:1 E28", false},
};

START_TEST(gaps)
{
	check_stream_case(&gap_cases[_i]);
}
END_TEST

/* ---- the place lost and found ---- */

static const struct stream_case lost_cases[] = {
	{"no method", REQUEST, "\x16\x03\x01 hello\r\n\r\n" GET, "L0 B H:GET:/a:1 E28", false},
	{"bad method", REQUEST, "GE\x01 / HTTP/1.1\r\n\r\n" GET, "B C2 L0 B H:GET:/a:1 E28", false},
	{"no version", RESPONSE, "HTTX 200\r\n\r\n" OK5 "hello", "B C3 L0 B H:200:1 E43", false},
	{"version 2", RESPONSE, "HTTP/2 200\r\n\r\n" OK5 "hello", "B C5 L0 B H:200:1 E43", false},
	{"response where requests are", REQUEST, OK5 "hello" GET, "B C4 L0 B H:GET:/a:1 E28", false},
	{"request where responses are", RESPONSE, GET OK5 "hello", "L0 B H:200:1 E43", false},
	{"bad field", REQUEST, "GET / HTTP/1.1\r\nBad field\r\n\r\n" GET, "B C29 L0 B H:GET:/a:1 E28", false},
	{"HTTP/2 preface", REQUEST, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "B C18 L0", false},
	{"good head at the end of a bad one", REQUEST, "foo: bar\r\n" GET GET,
	 "B C3 L0 B H:GET:/a:1 E28 B H:GET:/a:1 E28", false},
	{"the same, behind a token and a space", REQUEST, "foo bar\r\n" GET GET,
	 "B C9 L0 B H:GET:/a:1 E28 B H:GET:/a:1 E28", false},
	{"behind the rest of a head", REQUEST, "{gap}x: y\r\nContent-Length: 3\r\n\r\n" GET,
	 "L0 B H:GET:/a:1 E28", false},
	{"behind body lines", RESPONSE, "{gap}<p>\r\n\r\ntext</p>\n" OK5 "hello", "L0 B H:200:1 E43", false},
	{"look-alike in a body", REQUEST, "{gap}see GET / HTTP/1.1\r\nin the text\r\n\r\n" GET,
	 "L0 B H:GET:/a:1 E28", false},
	{"nearest start line", REQUEST, "{gap}GET /old HTTP/1.1\r\nA: b\r\n" GET, "L0 B H:GET:/a:1 E28",
	 false},
	{"start line quoted in a field", REQUEST,
	 "{gap}GET /true HTTP/1.1\r\nX: GET /quoted HTTP/1.1\r\nA: b\r\n\r\n", "L0 B H:GET:/true:2 E53",
	 false},
	{"start line lost, one quoted in a field", REQUEST,
	 "{gap}X: GET /quoted HTTP/1.1\r\nA: b\r\n\r\n" GET, "L0 B H:GET:/a:1 E28", false},
	{"not a head's bytes", REQUEST, "{gap}GET / HTTP/1.1\r\nno field\r\n\r\n" GET, "L0 B H:GET:/a:1 E28",
	 false},
	{"framing that is bad", REQUEST, "{gap}POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n" GET,
	 "L0 B H:GET:/a:1 E28", false},
	{"method that is not well known", REQUEST, "{gap}FOO / HTTP/1.1\r\n\r\n" GET, "L0 B H:GET:/a:1 E28",
	 false},
	{"another direction's start", REQUEST, "{gap}" OK5 GET, "L0 B H:GET:/a:1 E28", false},
	{"bare LF", RESPONSE, "{gap}abc\nHTTP/1.0 200 OK\nContent-Length: 5\n\nhello", "L0 B H:200:1 E40",
	 false},
	{"folded field", REQUEST, "{gap}GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "L0 B H:GET:/:1 E28", false},
	{"body of what was found", REQUEST, "{gap}" POST5 "12345" GET,
	 "L0 B H:POST:/b:1 E44 B H:GET:/a:1 E28", false},
	{"hole in what is being found", REQUEST, "{gap}GET /x HTTP/1.1\r\n{gap 2}A: b\r\n\r\n" GET,
	 "L0 B H:GET:/a:1 E28", false},
	{"swallowed bytes", REQUEST, "{gap 5}123\r\n\r\n" GET "{gap 2}", "L5 B H:GET:/a:1 E28 L14", false},
};

START_TEST(lost)
{
	check_stream_case(&lost_cases[_i]);
}
END_TEST

/* The braces of the script are not for this one. */
START_TEST(json_body_before_a_head)
{
	static const char text[] = "}}\"GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

	for (size_t cut = 0; cut < sizeof(text) - 1; cut++) {
		struct http1_run r = {.stream = http1_stream_new(HTTP1_REQUEST)};

		run_input(&r, (struct http1_input){.kind = HTTP1_GAP});
		run_bytes(&r, text, cut);
		run_bytes(&r, text + cut, sizeof(text) - 1 - cut);
		ck_assert_str_eq(r.log, "L0 B H:GET:/a:1 E28");
		http1_stream_free(r.stream);
	}
}
END_TEST

/* Long lines of a body, longer than the search keeps. */
START_TEST(search_in_long_lines)
{
	check_long_stream(HTTP1_REQUEST, "GET \x01", 16384 - 1, "\"" GET, "B C16389 L0 B H:GET:/a:1 E28");
	for (size_t n = 16380; n < 16390; n++)
		check_long_stream(HTTP1_REQUEST, "\x01GET", n, "\"" GET, "L0 B H:GET:/a:1 E28");
	check_long_stream(HTTP1_REQUEST, "\x01GET", 100000, "\"" GET, "L0 B H:GET:/a:1 E28");
	check_long_stream(HTTP1_REQUEST, "\x01GET", 100000, "\r\n\r\n" GET, "L0 B H:GET:/a:1 E28");
	check_long_stream(HTTP1_REQUEST, "\x01", 100000, ": " GET, "L0 B H:GET:/a:1 E28");
}
END_TEST

/* A head that is too long is not believed while lost either. */
START_TEST(search_limits)
{
	check_long_stream(HTTP1_REQUEST, "\x01\r\n" GET "GET / HTTP/1.1\r\nX: ", 10000, "\r\n\r\n",
			  "L0 B H:GET:/a:1 E28 B H:GET:/:1 E10023");
	check_long_stream(HTTP1_REQUEST, "\x01\r\nGET / HTTP/1.1\r\nX: ", 70000, "\r\n\r\n" GET,
			  "L0 B H:GET:/a:1 E28");
}
END_TEST

/* Memory that was not there costs the front of a line, not what it ends in. */
START_TEST(search_without_memory)
{
	struct http1_run r = {.stream = http1_stream_new(HTTP1_REQUEST)};

	run_script(&r, "{gap}");
	harness_fail_alloc(0);
	run_script(&r, "\"text");
	harness_fail_alloc(-1);
	run_script(&r, "more: " GET);
	run_script(&r, "{gap}");
	harness_fail_alloc(0);
	run_script(&r, "\"text\r\n");
	harness_fail_alloc(-1);
	run_script(&r, "Quoted: GET / HTTP/1.1\r\n\r\n" GET);
	if (harness_alloc_hooked())
		ck_assert_str_eq(r.log, "L0 B H:GET:/a:1 E28 L11 B H:GET:/a:1 E28");
	http1_stream_free(r.stream);
}
END_TEST

#define N(array) (int)(sizeof(array) / sizeof((array)[0]))

static Suite *suite(void)
{
	Suite *s = suite_create("http1_holes");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, skips, 0, N(skip_cases));
	tcase_add_loop_test(t, gaps, 0, N(gap_cases));
	tcase_add_loop_test(t, lost, 0, N(lost_cases));
	tcase_add_test(t, json_body_before_a_head);
	tcase_add_test(t, search_in_long_lines);
	tcase_add_test(t, search_limits);
	tcase_add_test(t, search_without_memory);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
