/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http1_stream_state.h"

#include <string.h>

#include "http/http1_fields.h"
#include "http/http1_start_line.h"
#include "http/http1_syntax.h"

/* CR LF behind a chunk's data */
#define LINE_END_LEN 2

/* A head is 4 KiB and lives until the next call, so one serves all streams. */
static _Thread_local struct http1_head shared_head;

static struct http1_output begin(struct http1_stream *s, enum h1_state next)
{
	s->state = next;
	return h1_output(s, HTTP1_BEGIN);
}

/* shared_head is filled.  `n` bytes of it were not counted yet. */
static struct http1_output deliver_head(struct http1_stream *s, size_t n)
{
	struct http1_output out;

	s->bytes += n;
	s->body = shared_head.body;
	s->left = shared_head.content_length;
	s->status = shared_head.status;
	s->answer_to = HTTP1_TO_OTHER;
	s->tunnel_next = false;
	s->state = AFTER_HEAD;
	out = h1_output(s, HTTP1_HEAD);
	out.head = &shared_head;
	return out;
}

static void take(struct http1_stream *s, struct bytes *data, size_t n)
{
	s->bytes += n;
	*data = bytes_from(*data, n);
}

static struct http1_output data_at_start(struct http1_stream *s, struct bytes *data)
{
	while (data->n && is_line_end(data->p[0]))
		take(s, data, 1);
	if (!data->n)
		return h1_output(s, HTTP1_MORE);
	if (http1_start_continues(s->kind, bytes_of(NULL, 0), data->p[0]))
		return begin(s, IN_HEAD);
	return h1_lose(s);
}

static bool ends_with_empty_line(struct bytes b)
{
	size_t n = b.n - 1; /* the last byte is '\n' */

	if (n && b.p[n - 1] == '\r')
		n--;
	return n == 0 || b.p[n - 1] == '\n';
}

/* Moves data into s->kept up to and with the first empty line.  PARSE_BAD:
 * too much without one, or out of memory. */
static enum parse_result collect(struct http1_stream *s, struct bytes *data)
{
	while (data->n) {
		const uint8_t *nl = memchr(data->p, '\n', data->n);
		size_t n = nl ? (size_t)(nl + 1 - data->p) : data->n;
		size_t room = buffer_room(&s->kept);

		if (!room)
			return PARSE_BAD;
		if (n > room) {
			n = room;
			nl = NULL;
		}
		if (!buffer_append(&s->kept, bytes_of(data->p, n)))
			return PARSE_BAD;
		take(s, data, n);
		if (nl && ends_with_empty_line(buffer_bytes(&s->kept)))
			return PARSE_DONE;
	}
	return PARSE_MORE;
}

/* The first bytes of a head, one by one: stops at the first that cannot be. */
static enum parse_result collect_start(struct http1_stream *s, struct bytes *data)
{
	enum parse_result result = PARSE_MORE;

	while (data->n && result == PARSE_MORE && !http1_start_settled(s->kind, buffer_bytes(&s->kept))) {
		struct bytes one = bytes_of(data->p, 1);

		if (!http1_start_continues(s->kind, buffer_bytes(&s->kept), data->p[0]))
			return PARSE_BAD;
		result = collect(s, &one);
		*data = bytes_from(*data, 1 - one.n);
	}
	return result;
}

/* A whole head, but a bad one.  The place was lost before it perhaps: a good
 * head may be its end. */
static struct http1_output bad_head(struct http1_stream *s)
{
	struct bytes kept = buffer_bytes(&s->kept);
	bool found = http1_resync_feed(&s->resync, &kept);
	struct http1_output out;

	buffer_clear(&s->kept);
	if (!found)
		return h1_cut(s);
	s->bytes -= s->resync.kept.n;
	out = h1_output(s, HTTP1_CUT);
	s->bytes = 0;
	s->lost_due = true;
	s->state = FOUND_BEGIN;
	return out;
}

static bool parse_head(const struct http1_stream *s, struct bytes in, size_t *consumed)
{
	return http1_head_parse(in, &shared_head, consumed) == PARSE_DONE && shared_head.kind == s->kind;
}

static struct http1_output data_in_head(struct http1_stream *s, struct bytes *data)
{
	enum parse_result result;
	size_t n;

	if (!s->kept.n && parse_head(s, *data, &n)) {
		*data = bytes_from(*data, n);
		return deliver_head(s, n);
	}
	result = collect_start(s, data);
	if (result == PARSE_MORE)
		result = collect(s, data);
	if (result == PARSE_MORE)
		return h1_output(s, HTTP1_MORE);
	if (result == PARSE_BAD)
		return h1_cut(s);
	if (!parse_head(s, buffer_bytes(&s->kept), &n))
		return bad_head(s);
	return deliver_head(s, 0);
}

static struct http1_output data_in_length(struct http1_stream *s, struct bytes *data)
{
	size_t n = data->n < s->left ? data->n : s->left;

	s->left -= n;
	take(s, data, n);
	return s->left ? h1_output(s, HTTP1_MORE) : h1_finish(s);
}

static struct http1_output data_in_size_line(struct http1_stream *s, struct bytes *data)
{
	struct bytes rest = *data;
	enum parse_result result = http1_chunk_line_feed(&s->size_line, &rest);

	take(s, data, data->n - rest.n);
	if (result == PARSE_BAD)
		return h1_cut(s);
	if (result == PARSE_DONE) {
		s->state = s->size_line.size ? IN_CHUNK : IN_TRAILERS;
		s->left = s->size_line.size + LINE_END_LEN;
	}
	return h1_output(s, HTTP1_MORE);
}

/* The line end behind the chunk's data; `left` is 2 before it, 1 after its CR. */
static struct http1_output data_after_chunk(struct http1_stream *s, struct bytes *data)
{
	if (data->p[0] == '\r' && s->left == 2)
		s->left = 1;
	else if (data->p[0] == '\n')
		h1_expect_size_line(s);
	else
		return h1_cut(s);
	take(s, data, 1);
	return h1_output(s, HTTP1_MORE);
}

static struct http1_output data_in_chunk(struct http1_stream *s, struct bytes *data)
{
	uint64_t payload;
	size_t n;

	if (s->left <= LINE_END_LEN)
		return data_after_chunk(s, data);
	payload = s->left - LINE_END_LEN;
	n = data->n < payload ? data->n : payload;
	s->left -= n;
	take(s, data, n);
	return h1_output(s, HTTP1_MORE);
}

/* shared_head has the fields. */
static struct http1_output deliver_trailers(struct http1_stream *s)
{
	struct http1_output out;

	if (!shared_head.n_fields)
		return h1_finish(s);
	s->state = AT_END;
	out = h1_output(s, HTTP1_TRAILERS);
	out.head = &shared_head;
	return out;
}

static bool parse_trailers(struct bytes in, size_t *consumed)
{
	struct http1_framing unused;

	in.n = in.n < HTTP1_HEAD_MAX ? in.n : HTTP1_HEAD_MAX;
	return http1_fields_parse(in, &shared_head, &unused, consumed) == PARSE_DONE;
}

static struct http1_output data_in_trailers(struct http1_stream *s, struct bytes *data)
{
	enum parse_result result;
	size_t n;

	if (!s->kept.n && parse_trailers(*data, &n)) {
		take(s, data, n);
		return deliver_trailers(s);
	}
	result = collect(s, data);
	if (result == PARSE_MORE)
		return h1_output(s, HTTP1_MORE);
	if (result == PARSE_BAD || !parse_trailers(buffer_bytes(&s->kept), &n))
		return h1_cut(s);
	return deliver_trailers(s);
}

static struct http1_output data_while_lost(struct http1_stream *s, struct bytes *data)
{
	size_t before = data->n;
	bool found = http1_resync_feed(&s->resync, data);

	s->swallowed += before - data->n;
	if (!found)
		return h1_output(s, HTTP1_MORE);
	s->swallowed -= s->resync.kept.n;
	return begin(s, FOUND_HEAD);
}

static struct http1_output data_step(struct http1_stream *s, struct bytes *data)
{
	switch (s->state) {
	case AT_START:
		return data_at_start(s, data);
	case IN_HEAD:
		return data_in_head(s, data);
	case IN_LENGTH:
		return data_in_length(s, data);
	case IN_SIZE_LINE:
		return data_in_size_line(s, data);
	case IN_CHUNK:
		return data_in_chunk(s, data);
	case IN_TRAILERS:
		return data_in_trailers(s, data);
	case LOST:
		return data_while_lost(s, data);
	default: /* UNTIL_CLOSE, TUNNEL; http1_stream_next() settled the others */
		take(s, data, data->n);
		return h1_output(s, HTTP1_MORE);
	}
}

struct http1_output h1_data(struct http1_stream *s, struct bytes *data)
{
	struct http1_output out = h1_output(s, HTTP1_MORE);

	while (data->n && out.kind == HTTP1_MORE)
		out = data_step(s, data);
	return out;
}

struct http1_output h1_found(struct http1_stream *s)
{
	size_t n;

	if (s->state == FOUND_BEGIN)
		return begin(s, FOUND_HEAD);
	if (!parse_head(s, buffer_bytes(&s->resync.kept), &n))
		return h1_cut(s);
	return deliver_head(s, n);
}
