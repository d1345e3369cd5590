/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http1_head.h"

#include <string.h>

#include "http/http1_fields.h"
#include "http/http1_start_line.h"
#include "http/http1_syntax.h"

/* RFC 9112 2.2: empty lines before a request line are ignored.  The length of
 * those at the start of `in`. */
static size_t empty_lines(struct bytes in)
{
	size_t n = 0;

	for (;;) {
		if (n < in.n && in.p[n] == '\n')
			n++;
		else if (n + 1 < in.n && in.p[n] == '\r' && in.p[n + 1] == '\n')
			n += 2;
		else
			return n;
	}
}

static bool never_has_body(const struct http1_head *head)
{
	return head->kind == HTTP1_RESPONSE &&
	       (head->status / 100 == 1 || head->status == 204 || head->status == 304);
}

/* The cases of RFC 9112 6.3, in its order.  A Transfer-Encoding in an HTTP/1.0
 * message is believed as well: what counts is what the peers do. */
static bool choose_body(struct http1_head *head, const struct http1_framing *f)
{
	bool response = head->kind == HTTP1_RESPONSE;

	head->content_length = 0;
	head->body = response ? HTTP1_BODY_UNTIL_CLOSE : HTTP1_BODY_NONE;
	if (never_has_body(head)) {
		head->body = HTTP1_BODY_NONE;
	} else if (f->has_coding) {
		if (f->chunked)
			head->body = HTTP1_BODY_CHUNKED;
		return f->chunked || response;
	} else if (f->bad_length) {
		return false;
	} else if (f->has_length) {
		head->body = HTTP1_BODY_LENGTH;
		head->content_length = f->length;
	}
	return true;
}

static enum parse_result parse_within_limit(struct bytes in, struct http1_head *head, size_t *consumed)
{
	size_t at = empty_lines(in), n;
	struct bytes rest = bytes_from(in, at);
	const uint8_t *nl = rest.n ? memchr(rest.p, '\n', rest.n) : NULL;
	struct http1_framing framing;
	enum parse_result result;

	if (!nl)
		return PARSE_MORE;
	if (!http1_start_line_parse(line_text(rest.p, nl), head))
		return PARSE_BAD;
	at += nl + 1 - rest.p;
	result = http1_fields_parse(bytes_from(in, at), head, &framing, &n);
	if (result != PARSE_DONE)
		return result;
	if (!choose_body(head, &framing))
		return PARSE_BAD;
	*consumed = at + n;
	return PARSE_DONE;
}

enum parse_result http1_head_parse(struct bytes in, struct http1_head *head, size_t *consumed)
{
	enum parse_result result;

	if (in.n < HTTP1_HEAD_MAX)
		return parse_within_limit(in, head, consumed);
	result = parse_within_limit(bytes_of(in.p, HTTP1_HEAD_MAX), head, consumed);
	return result == PARSE_MORE ? PARSE_BAD : result;
}
