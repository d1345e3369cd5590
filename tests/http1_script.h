/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http1_script.h - byte streams with holes as text, and what http1_stream
 * makes of them as text, for its tests.
 *
 * A script is text as on the wire, with holes written as {skip 5}, {gap 5},
 * {gap} (length unknown), {eof}, {boundary}, {tunnel}.  What comes out is
 * written as one word per output:
 *
 *     B            HTTP1_BEGIN
 *     H:GET:/a:2   HTTP1_HEAD, with the number of fields (or H:200:1)
 *     T:name=value HTTP1_TRAILERS
 *     E42 C42 L42  HTTP1_END, HTTP1_CUT, HTTP1_LOST with their bytes
 */
#ifndef L7SCOPE_TESTS_HTTP1_SCRIPT_H
#define L7SCOPE_TESTS_HTTP1_SCRIPT_H

#include "http/http1_stream.h"

#define HTTP1_LOG_MAX 4096

struct http1_run {
	struct http1_stream *stream;
	enum http1_answer_to answer_to; /* said of each response */
	char log[HTTP1_LOG_MAX];
	size_t log_n;
	uint64_t more_bytes; /* of the last HTTP1_MORE */
};

void run_input(struct http1_run *r, struct http1_input in);
/* As HTTP1_DATA, ending at a guard page. */
void run_bytes(struct http1_run *r, const char *p, size_t n);
void run_script(struct http1_run *r, const char *script);

struct stream_case {
	const char *name;
	enum http1_kind kind;
	enum http1_answer_to answer_to;
	const char *script, *log;
	bool busy; /* not idle at the end */
};

#define REQUEST	 HTTP1_REQUEST, HTTP1_TO_OTHER
#define RESPONSE HTTP1_RESPONSE, HTTP1_TO_OTHER

/* The script's text whole, byte by byte, in twos, and cut in two at every place. */
void check_stream_case(const struct stream_case *c);
/* `front`, then n times 'x', then `back`, in pieces of several sizes. */
void check_long_stream(enum http1_kind kind, const char *front, size_t n, const char *back, const char *log);

#define GET	"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"			 /* 28 bytes */
#define POST5	"POST /b HTTP/1.1\r\nContent-Length: 5\r\n\r\n"		 /* 39 */
#define POSTC	"POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" /* 48 */
#define OK5	"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"		 /* 38 */
#define OKC	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"	 /* 47 */
#define OKCLOSE "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"			 /* 25 */

#endif
