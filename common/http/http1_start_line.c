/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http1_start_line.h"

#include <string.h>

#include "http/http1_syntax.h"

#define VERSION_PREFIX	   "HTTP/1."
#define VERSION_PREFIX_LEN 7
#define VERSION_LEN	   8  /* "HTTP/1.1" */
#define STATUS_END	   12 /* "HTTP/1.1 200" */

/* " HTTP/1.1" at the end of a request line */
#define REQUEST_TAIL_LEN (1 + VERSION_LEN)

static bool is_version(const uint8_t *p)
{
	return memcmp(p, VERSION_PREFIX, VERSION_PREFIX_LEN) == 0 && is_digit(p[VERSION_PREFIX_LEN]);
}

/* A reason phrase may be missing, and with it the SP that RFC 9112 4 wants
 * even then: many servers leave it out. */
static bool parse_status_line(struct bytes line, struct http1_head *head)
{
	const uint8_t *p = line.p;

	if (line.n < STATUS_END || !is_version(p) || p[VERSION_LEN] != ' ')
		return false;
	if (p[9] < '1' || p[9] > '9' || !is_digit(p[10]) || !is_digit(p[11]))
		return false;
	if (line.n > STATUS_END && p[STATUS_END] != ' ')
		return false;
	head->kind = HTTP1_RESPONSE;
	head->version_minor = p[VERSION_PREFIX_LEN] - '0';
	head->status = (p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0');
	head->reason = bytes_from(line, STATUS_END + 1);
	head->method = head->target = bytes_of(NULL, 0);
	return true;
}

/* A target with spaces in it is wrong (RFC 9112 3.2), yet sent: shown as it
 * is, since no framing hangs on it and the server's 400 wants its cause. */
static bool is_target(const uint8_t *p, size_t n)
{
	bool control = false;

	if (p[0] == ' ' || p[n - 1] == ' ')
		return false;
	for (size_t i = 0; i < n; i++)
		control |= p[i] < 0x20 || p[i] == 0x7f;
	return !control;
}

static bool parse_request_line(struct bytes line, struct http1_head *head)
{
	const uint8_t *p = line.p, *end = line.p + line.n;
	size_t method = 0, target;

	while (method < line.n && http1_token_char[p[method]])
		method++;
	if (method == 0 || method > HTTP1_METHOD_MAX || line.n < method + 1 + 1 + REQUEST_TAIL_LEN)
		return false;
	target = line.n - method - 1 - REQUEST_TAIL_LEN;
	if (p[method] != ' ' || end[-REQUEST_TAIL_LEN] != ' ' || !is_version(end - VERSION_LEN))
		return false;
	if (!is_target(p + method + 1, target))
		return false;
	head->kind = HTTP1_REQUEST;
	head->version_minor = end[-1] - '0';
	head->method = bytes_of(p, method);
	head->target = bytes_of(p + method + 1, target);
	head->status = 0;
	head->reason = bytes_of(NULL, 0);
	return true;
}

/* A method cannot begin with "HTTP/", because '/' is no token character. */
bool http1_start_line_parse(struct bytes line, struct http1_head *head)
{
	if (line.n > 5 && memcmp(line.p, "HTTP/", 5) == 0)
		return parse_status_line(line, head);
	return parse_request_line(line, head);
}

bool http1_start_settled(enum http1_kind kind, struct bytes before)
{
	if (kind == HTTP1_RESPONSE)
		return before.n >= STATUS_END;
	return before.n && memchr(before.p, ' ', before.n);
}

bool http1_start_continues(enum http1_kind kind, struct bytes before, uint8_t c)
{
	if (http1_start_settled(kind, before))
		return true;
	if (kind == HTTP1_REQUEST)
		return c == ' ' ? before.n > 0 : http1_token_char[c] && before.n < HTTP1_METHOD_MAX;
	if (before.n < VERSION_PREFIX_LEN)
		return c == (uint8_t)VERSION_PREFIX[before.n];
	return before.n == VERSION_LEN ? c == ' ' : is_digit(c);
}

/* Registered methods in common use (RFC 9110 9.3, RFC 5789, RFC 4918), two of
 * DeltaV and search, and the caches' PURGE.  The kernel side knows the same. */
static const char *const known_methods[] = {
	"GET ",	  "HEAD ",   "POST ",	  "PUT ",	"DELETE ", "CONNECT ", "OPTIONS ",
	"TRACE ", "PATCH ",  "PROPFIND ", "PROPPATCH ", "MKCOL ",  "COPY ",    "MOVE ",
	"LOCK ",  "UNLOCK ", "REPORT ",	  "SEARCH ",	"PURGE ",
};

static bool agrees(struct bytes in, const char *word)
{
	size_t n;

	if (in.p[0] != (uint8_t)word[0])
		return false;
	n = strlen(word);
	return memcmp(in.p, word, in.n < n ? in.n : n) == 0;
}

bool http1_looks_like_start(struct bytes in)
{
	if (!in.n)
		return false;
	if (agrees(in, VERSION_PREFIX))
		return (in.n <= VERSION_PREFIX_LEN || is_digit(in.p[VERSION_PREFIX_LEN])) &&
		       (in.n <= VERSION_LEN || in.p[VERSION_LEN] == ' ');
	for (size_t i = 0; i < sizeof(known_methods) / sizeof(known_methods[0]); i++) {
		if (agrees(in, known_methods[i]))
			return true;
	}
	return false;
}
