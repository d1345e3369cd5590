/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/follow.h"

#include "exchange/http2_connection.h"
#include "exchange/http2_follow.h"
#include "exchange/messages.h"

static void feed(struct step *s, struct http1_input in);

static struct step step_init(struct pairing *pr, struct connection *c, const struct wire_event *event,
			     enum http1_kind kind)
{
	return (struct step){
		.pairing = pr,
		.c = c,
		.event = event,
		.kind = kind,
		.reason = NO_STATUS_GAP,
		.end_ns = event->exit_ns,
	};
}

/* ---- into the stream ---- */

/* Two threads may write a request and read its response at once, and the
 * response's event may come first (Go's net/http does that).  Then all that is
 * known of it is held, until the request tells whether a body follows. */
static bool must_wait(const struct half *h, const struct http1_output *out)
{
	return out->kind == HTTP1_HEAD && !h->interim && h->open && !pair_has_request(h->open);
}

/* The request whose head just came has its response waiting. */
static void wake_response(struct step *s, struct pair *p)
{
	struct half *h = &s->c->half[HTTP1_RESPONSE];
	struct step response = *s;

	if (!p || h->open != p || !h->waiting)
		return;
	response.kind = HTTP1_RESPONSE;
	response.end_ns = p->message[HTTP1_RESPONSE].times.last_ns;
	http1_stream_answer_to(h->stream, p->answer_to);
	feed(&response, (struct http1_input){.kind = HTTP1_DATA});
	if (s->c->http2) /* what came behind its 101 is gone */
		s->c->http2->half[HTTP1_RESPONSE].passed = true;
}

/* A 101 has turned the connection into HTTP/2; the rest of the input is that. */
static void turn(struct step *s, const struct http1_input *rest)
{
	struct piece piece = {.kind = PIECE_DATA, .data = rest->data, .n = rest->data.n};
	struct connection *c = s->c;

	if (!c->http2 && !http2_start(s->pairing, c)) {
		s->pairing->no_memory++;
		pairing_drop(s->pairing, c, c->upgrade);
		c->tunnel = true;
	}
	if (c->http2 && rest->kind == HTTP1_DATA && rest->data.n)
		http2_take_piece(s, &piece, true);
}

static void feed(struct step *s, struct http1_input in)
{
	struct half *h = step_half(s);
	size_t n = in.data.n;
	struct http1_output out;

	h->waiting = false;
	for (;;) {
		out = http1_stream_next(h->stream, &in);
		s->consumed = n - in.data.n;
		if (out.kind == HTTP1_MORE)
			return;
		messages_take(s, &out);
		if (out.kind == HTTP1_HEAD && s->kind == HTTP1_REQUEST)
			wake_response(s, h->open);
		if (s->c->upgrade || s->c->http2) {
			turn(s, &in);
			return;
		}
		if (s->kind == HTTP1_RESPONSE && must_wait(h, &out) && in.kind == HTTP1_DATA && !in.data.n) {
			h->waiting = true;
			return;
		}
	}
}

static void feed_gap(struct step *s, uint64_t n)
{
	s->gap = true;
	s->end_ns = 0;
	feed(s, (struct http1_input){.kind = HTTP1_GAP, .n = n});
	s->gap = false;
	s->end_ns = s->event->exit_ns;
}

static void release_http1(struct pairing *pr, struct connection *c)
{
	for (int kind = HTTP1_REQUEST; kind <= HTTP1_RESPONSE; kind++) {
		struct half *h = &c->half[kind];

		pr->pool.held -= h->collecting;
		h->collecting = 0;
		http1_stream_free(h->stream);
		h->stream = NULL;
	}
}

void follow_release(struct pairing *pr, struct connection *c)
{
	release_http1(pr, c);
	http2_release(pr, c);
}

void follow_flush(struct pairing *pr, struct connection *c, enum no_status reason)
{
	pairing_flush(pr, c, reason);
	http2_end(pr, c, reason);
}

/* ---- one event ---- */

/* The kernel side says that the next byte begins a message.  It is believed
 * even against our own framing, because what it skips follows from its own.  A
 * message still under way lost its rest at an unknown time. */
static void at_start(struct step *s)
{
	struct half *h = step_half(s);

	if (!h->hole && !h->under_way && s->event->msg + h->offset == h->next)
		return;
	if (h->under_way) {
		s->gap = h->hole;
		s->end_ns = 0;
		feed(s, (struct http1_input){.kind = HTTP1_EOF});
		s->gap = false;
		s->end_ns = s->event->exit_ns;
	}
	messages_renumber(s);
	http1_stream_boundary(h->stream);
}

/* Keeps an upper bound of what the stream collects of an unfinished head. */
static void account(struct step *s, size_t n)
{
	struct half *h = step_half(s);
	struct pair_pool *pool = &s->pairing->pool;
	bool in_head = h->lost || (h->under_way && h->body == HTTP1_BODY_NONE);

	pool->held -= h->collecting;
	h->collecting = in_head ? h->collecting + n : 0;
	if (h->collecting > HTTP1_HEAD_MAX)
		h->collecting = HTTP1_HEAD_MAX;
	pool->held += h->collecting;
}

static void take_piece(struct step *s, const struct piece *piece, bool starts)
{
	switch (piece->kind) {
	case PIECE_GAP:
		messages_hole(s, piece->n);
		feed_gap(s, piece->n);
		break;
	case PIECE_SKIP:
		feed(s, (struct http1_input){.kind = HTTP1_SKIP, .n = piece->n});
		break;
	case PIECE_DATA:
		if (starts)
			at_start(s);
		feed(s, (struct http1_input){.kind = HTTP1_DATA, .data = piece->data});
		account(s, piece->n);
		break;
	}
}

static void take_pieces(struct step *s, const struct pieces *pieces)
{
	bool frame_starts = pieces->starts && s->event->flags & WIRE_F_HTTP2;

	for (size_t i = 0; i < pieces->n; i++) {
		if (s->c->http2)
			http2_take_piece(s, &pieces->at[i], frame_starts);
		else
			take_piece(s, &pieces->at[i], pieces->starts);
	}
}

static void end_direction(struct step *s)
{
	struct half *h = step_half(s);

	h->ended = true;
	if (h->stream)
		feed(s, (struct http1_input){.kind = HTTP1_EOF});
	if (s->kind == HTTP1_RESPONSE)
		pairing_no_more_responses(s->pairing, s->c, s->reason);
	if (s->c->http2)
		http2_end_direction(s, 0);
}

/* What the event needs to be taken in.  false: out of memory. */
static bool prepare(struct step *s)
{
	struct connection *c = s->c;
	struct half *h = step_half(s);

	if (s->event->flags & WIRE_F_HTTP2 && !c->http2 && !http2_start(s->pairing, c))
		return false;
	if (!c->http2 && !c->tunnel && !h->stream)
		h->stream = http1_stream_new(s->kind);
	return c->http2 || c->tunnel || h->stream;
}

void follow_data(struct pairing *pr, struct connection *c, const struct wire_event *event,
		 const uint8_t *data)
{
	struct step s = step_init(pr, c, event, connection_kind(c, event->dir));
	struct half *h = step_half(&s);
	struct pieces pieces;

	if (h->ended)
		return;
	if (!prepare(&s)) { /* positions stay behind: the next event finds a gap */
		pr->no_memory++;
		return;
	}
	if (c->tunnel)
		return;
	byte_stream_take(&h->bytes, event, data, &pieces);
	if (h->open && (event->flags & WIRE_F_OVERLAP))
		h->open->missing |= MISSING_OVERLAP;
	take_pieces(&s, &pieces);
	if (event->flags & WIRE_F_EOF) {
		s.reason = NO_STATUS_CLOSED;
		s.last_ns = event->entry_ns;
		end_direction(&s);
	}
	if (c->tunnel || c->http2)
		release_http1(pr, c);
}

/* ---- the end ---- */

static enum no_status close_status(unsigned reason)
{
	switch (reason) {
	case WIRE_CLOSE_RESET:
	case WIRE_CLOSE_RESET_AFTER_END:
		return NO_STATUS_RESET;
	case WIRE_CLOSE_TIMEOUT:
		return NO_STATUS_TIMEOUT;
	default:
		return NO_STATUS_CLOSED;
	}
}

/*
 * n bytes passed that no event told of.  The kernel side ships the ends of
 * messages, so inside a body these are body bytes, and if they complete a body
 * of known length, the event that said so was lost (feed_gap: time unknown).
 * Of chunks they are whole ones, and said to be so, since a gap would end the
 * message.  Anywhere else they are lost heads.
 */
static void take_untold(struct step *s, uint64_t n)
{
	enum http1_body body = step_half(s)->body;

	if (body == HTTP1_BODY_NONE)
		messages_hole(s, n);
	if (!step_half(s)->stream)
		return;
	if (body == HTTP1_BODY_CHUNKED)
		feed(s, (struct http1_input){.kind = HTTP1_SKIP, .n = n});
	else
		feed_gap(s, n);
}

static void close_direction(struct step *s, uint64_t total)
{
	uint64_t n = byte_stream_untold(&step_half(s)->bytes, total);

	if (s->c->http2) {
		step_half(s)->ended = true;
		http2_end_direction(s, n);
		return;
	}
	if (n)
		take_untold(s, n);
	end_direction(s);
}

void follow_close(struct pairing *pr, struct connection *c, const struct wire_event *event)
{
	enum no_status reason = close_status(event->close_reason);
	bool after_end = event->close_reason == WIRE_CLOSE_RESET_AFTER_END;
	struct step s;

	for (int kind = HTTP1_REQUEST; !c->tunnel && kind <= HTTP1_RESPONSE; kind++) {
		bool rx = connection_kind(c, WIRE_RX) == (enum http1_kind)kind;

		s = step_init(pr, c, event, kind);
		s.reason = rx && after_end ? NO_STATUS_CLOSED : reason;
		s.last_ns = event->entry_ns;
		close_direction(&s, rx ? event->total_rx : event->total_tx);
	}
	follow_flush(pr, c, reason);
}
