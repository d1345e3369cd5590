/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http1_stream.h"

#include <stdlib.h>

#include "http/http1_stream_state.h"

struct http1_stream *http1_stream_new(enum http1_kind kind)
{
	struct http1_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->kind = kind;
	buffer_init(&s->kept, HTTP1_HEAD_MAX);
	http1_resync_init(&s->resync, kind);
	return s;
}

void http1_stream_free(struct http1_stream *s)
{
	if (!s)
		return;
	buffer_release(&s->kept);
	http1_resync_release(&s->resync);
	free(s);
}

/* ---- outputs and changes of state ---- */

struct http1_output h1_output(const struct http1_stream *s, enum http1_output_kind kind)
{
	return (struct http1_output){.kind = kind, .bytes = s->bytes};
}

static void forget_kept(struct http1_stream *s)
{
	if (s->kept.p)
		buffer_clear(&s->kept);
	if (s->resync.kept.p)
		http1_resync_clear(&s->resync);
}

/* Ends the message with HTTP1_END or HTTP1_CUT. */
static struct http1_output end_message(struct http1_stream *s, enum http1_output_kind kind,
				       enum h1_state next)
{
	struct http1_output out = h1_output(s, kind);

	s->bytes = 0;
	s->state = next;
	forget_kept(s);
	return out;
}

struct http1_output h1_finish(struct http1_stream *s)
{
	return end_message(s, HTTP1_END, s->tunnel_next ? TUNNEL : AT_START);
}

struct http1_output h1_cut(struct http1_stream *s)
{
	s->lost_due = true;
	return end_message(s, HTTP1_CUT, LOST);
}

static struct http1_output report_loss(struct http1_stream *s)
{
	s->lost_due = false;
	return (struct http1_output){.kind = HTTP1_LOST, .bytes = s->swallowed};
}

struct http1_output h1_lose(struct http1_stream *s)
{
	s->swallowed += s->bytes;
	s->bytes = 0;
	s->state = LOST;
	return report_loss(s);
}

void h1_expect_size_line(struct http1_stream *s)
{
	http1_chunk_line_init(&s->size_line);
	s->state = IN_SIZE_LINE;
}

/* RFC 9112 6.3, with what only the request can tell. */
static void enter_body(struct http1_stream *s)
{
	bool response = s->kind == HTTP1_RESPONSE;

	s->tunnel_next =
		response && (s->status == 101 || (s->status / 100 == 2 && s->answer_to == HTTP1_TO_CONNECT));
	if (s->tunnel_next || (response && s->answer_to == HTTP1_TO_HEAD) || s->body == HTTP1_BODY_NONE)
		s->state = AT_END;
	else if (s->body == HTTP1_BODY_CHUNKED)
		h1_expect_size_line(s);
	else if (s->body == HTTP1_BODY_UNTIL_CLOSE)
		s->state = UNTIL_CLOSE;
	else
		s->state = s->left ? IN_LENGTH : AT_END;
}

/* ---- gaps, skips, the end ---- */

/* The rest of the body is in the gap, and with it the time of its end.  What
 * follows a gap that ends where the body does is known again. */
static struct http1_output gap_over_end(struct http1_stream *s, uint64_t n)
{
	uint64_t beyond = n - s->left;

	s->bytes += s->left;
	if (!beyond)
		return end_message(s, HTTP1_CUT, AT_START);
	s->swallowed += beyond;
	return h1_cut(s);
}

static struct http1_output gap_in_chunk(struct http1_stream *s, uint64_t n)
{
	s->bytes += n;
	s->left -= n;
	if (!s->left)
		h1_expect_size_line(s);
	return h1_output(s, HTTP1_MORE);
}

/* n == 0: unknown */
static struct http1_output on_gap(struct http1_stream *s, uint64_t n)
{
	switch (s->state) {
	case AT_START:
		s->swallowed += n;
		return h1_lose(s);
	case LOST:
		s->swallowed += n;
		http1_resync_clear(&s->resync);
		return h1_output(s, HTTP1_MORE);
	case UNTIL_CLOSE:
	case TUNNEL:
		s->bytes += n;
		return h1_output(s, HTTP1_MORE);
	case IN_LENGTH:
		if (n >= s->left)
			return gap_over_end(s, n);
		if (!n)
			return h1_cut(s);
		s->bytes += n;
		s->left -= n;
		return h1_output(s, HTTP1_MORE);
	case IN_CHUNK:
		if (n && n <= s->left)
			return gap_in_chunk(s, n);
		break;
	default:
		break;
	}
	s->swallowed += n;
	return h1_cut(s);
}

/* A skip that goes beyond the chunk whose size was shown ends at a chunk
 * boundary (enum http1_input_kind). */
static struct http1_output skip_chunks(struct http1_stream *s, uint64_t n)
{
	s->bytes += n;
	if (s->state == IN_CHUNK && n < s->left)
		s->left -= n;
	else
		h1_expect_size_line(s);
	return h1_output(s, HTTP1_MORE);
}

static struct http1_output on_skip(struct http1_stream *s, struct http1_input *in)
{
	uint64_t n = in->n;

	if (!n)
		return h1_output(s, HTTP1_MORE);
	if (s->state == IN_LENGTH && n > s->left)
		n = s->left;
	in->n -= n;
	if (s->state == IN_CHUNK || (s->state == IN_SIZE_LINE && s->size_line.n == 0))
		return skip_chunks(s, n);
	if (s->state != IN_LENGTH)
		return on_gap(s, n);
	s->bytes += n;
	s->left -= n;
	return s->left ? h1_output(s, HTTP1_MORE) : h1_finish(s);
}

static struct http1_output on_eof(struct http1_stream *s)
{
	switch (s->state) {
	case AT_START:
	case TUNNEL:
		return h1_output(s, HTTP1_MORE);
	case LOST:
		http1_resync_clear(&s->resync);
		return h1_output(s, HTTP1_MORE);
	case UNTIL_CLOSE:
		return h1_finish(s);
	default:
		return end_message(s, HTTP1_CUT, AT_START);
	}
}

/* ---- the interface ---- */

/* What is due whatever the input; HTTP1_MORE: nothing. */
static struct http1_output settle(struct http1_stream *s)
{
	if (s->lost_due)
		return report_loss(s);
	if (s->state == FOUND_BEGIN || s->state == FOUND_HEAD)
		return h1_found(s);
	if (s->state == AFTER_HEAD) {
		forget_kept(s);
		enter_body(s);
	}
	return h1_output(s, HTTP1_MORE);
}

struct http1_output http1_stream_next(struct http1_stream *s, struct http1_input *in)
{
	struct http1_output out = settle(s);
	uint64_t gap;

	if (out.kind != HTTP1_MORE)
		return out;
	if (s->state == AT_END)
		return h1_finish(s);
	switch (in->kind) {
	case HTTP1_DATA:
		return h1_data(s, &in->data);
	case HTTP1_SKIP:
		return on_skip(s, in);
	case HTTP1_GAP:
		gap = in->n;
		*in = (struct http1_input){.kind = HTTP1_DATA};
		return on_gap(s, gap);
	case HTTP1_EOF:
		return on_eof(s);
	}
	return out;
}

void http1_stream_answer_to(struct http1_stream *s, enum http1_answer_to what)
{
	if (s->state == AFTER_HEAD)
		s->answer_to = what;
}

/* Forgets all that is under way. */
static void restart(struct http1_stream *s, enum h1_state state)
{
	forget_kept(s);
	http1_resync_clear(&s->resync);
	s->lost_due = false;
	s->bytes = 0;
	s->state = state;
}

void http1_stream_tunnel(struct http1_stream *s)
{
	if (s->state != TUNNEL)
		restart(s, TUNNEL);
}

void http1_stream_boundary(struct http1_stream *s)
{
	restart(s, AT_START);
}

bool http1_stream_idle(const struct http1_stream *s)
{
	return s->state == AT_START || s->state == LOST || s->state == FOUND_BEGIN || s->state == TUNNEL;
}
