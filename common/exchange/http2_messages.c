/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/http2_messages.h"

#include "exchange/http2_blocks.h"
#include "exchange/http2_exchanges.h"
#include "exchange/http2_step.h"
#include "exchange/http2_tell.h"
#include "http/http2_frame_header.h"

static uint32_t read_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* ---- a frame begins ---- */

/* DATA comes behind its HEADERS: where those were not seen, they will not be. */
static void begin_data(struct step *s, uint32_t id)
{
	struct http2_connection *h = s->c->http2;
	struct http2_half *half = http2_step_half(s);
	struct http2_stream *st = http2_streams_find(&h->streams, id);

	if (s->kind == HTTP1_REQUEST && !half->unsure && id > h->highest && id % 2)
		h->highest = id;
	if (st && !st->pair.message[s->kind].begun) {
		st->pair.message[s->kind].begun = true;
		st->messages[s->kind].lost = true;
	}
	half->current = st;
}

static void on_begin(struct step *s, const struct http2_output *out)
{
	struct http2_half *half = http2_step_half(s);
	const struct http2_frame *frame = &out->frame;

	if (half->lost) { /* the search has found this; its bytes may have come earlier */
		half->lost = false;
		half->found = half->unsure = true;
		half->frame_ns = 0;
	}
	half->in_frame = true;
	half->in_block = http2_frame_in_block(frame);
	half->in_data = frame->type == HTTP2_DATA_FRAME;
	half->current = NULL;
	if (half->in_data)
		begin_data(s, frame->stream);
	if (frame->type == HTTP2_CONTINUATION) {
		half->block_bytes += frame->length;
	} else if (half->in_block) {
		half->block_bytes = frame->length;
		half->block_ns = half->frame_ns;
	}
}

/* ---- DATA ---- */

static void on_payload(struct step *s, const struct http2_output *out)
{
	struct http2_stream *st = http2_step_half(s)->current;
	bool hidden = !out->payload.p;

	if (!st || st->pair.message[s->kind].ended)
		return;
	if (s->gap)
		st->pair.missing |= MISSING_GAP;
	if (hidden && out->frame.flags & HTTP2_FLAG_PADDED) /* may be padding */
		st->messages[s->kind].lost = true;
	if (st->grpc != HTTP2_GRPC_NO)
		grpc_counter_take(&st->messages[s->kind], out->payload.p, out->n);
}

static void on_data_end(struct step *s, const struct http2_output *out)
{
	struct http2_stream *st = http2_step_half(s)->current;

	http2_step_half(s)->current = NULL;
	if (!st || st->pair.message[s->kind].ended)
		return;
	if (!s->end_ns) /* the event that said so is lost */
		st->pair.missing |= MISSING_GAP;
	http2_step_extend(s, st, s->kind, out->frame.length);
	if (out->frame.flags & HTTP2_FLAG_END_STREAM)
		http2_step_end(s, st);
}

/* ---- RST_STREAM and GOAWAY ---- */

/* A server that has answered may so refuse the rest of the request, and nothing
 * is missing then (RFC 9113 8.1). */
static void rest_refused(struct step *s, struct http2_stream *st)
{
	if (s->kind == HTTP1_RESPONSE && st->rst_code == 0) {
		st->pair.message[HTTP1_REQUEST].ended = true;
		http2_settle(s->pairing, st);
	} else {
		http2_give_up(s->pairing, st, NO_STATUS_RESET);
	}
}

static void on_rst_stream(struct step *s, const struct http2_output *out)
{
	struct http2_stream *st = http2_streams_find(&s->c->http2->streams, out->frame.stream);
	struct message *resp;

	if (!st || out->payload.n < 4)
		return;
	resp = &st->pair.message[HTTP1_RESPONSE];
	st->reset = true;
	st->rst_code = read_u32(out->payload.p);
	if (resp->ended && pair_has_request(&st->pair)) {
		rest_refused(s, st);
		return;
	}
	if (s->kind == HTTP1_RESPONSE && resp->begun)
		resp->times.last_ns = s->end_ns;
	http2_give_up(s->pairing, st, NO_STATUS_RESET);
}

/* What the sender did not process, it says, has higher numbers (RFC 9113 6.8). */
static bool is_refused(const struct http2_stream *st, enum http1_kind sender, uint32_t last)
{
	bool from_client = st->id % 2;

	return from_client == (sender == HTTP1_RESPONSE) && st->id > last && pair_has_request(&st->pair) &&
	       !st->pair.message[HTTP1_RESPONSE].begun;
}

static void on_goaway(struct step *s, const struct http2_output *out)
{
	uint32_t last;

	if (out->payload.n < 8)
		return;
	last = read_u32(out->payload.p) & 0x7fffffff;
	for (struct http2_stream *st = s->c->http2->streams.idlest, *next; st; st = next) {
		next = st->newer;
		if (is_refused(st, s->kind, last))
			http2_give_up(s->pairing, st, NO_STATUS_CLOSED);
	}
}

/* ---- a frame ends ---- */

static void on_end(struct step *s, const struct http2_output *out)
{
	struct http2_half *half = http2_step_half(s);

	half->in_frame = false;
	half->frame_ns = 0;
	half->unsure = half->found;
	half->in_block = half->in_block && !(out->frame.flags & HTTP2_FLAG_END_HEADERS);
	http2_tell_frame(s, out);
	switch (out->frame.type) {
	case HTTP2_DATA_FRAME:
		on_data_end(s, out);
		break;
	case HTTP2_RST_STREAM:
		on_rst_stream(s, out);
		break;
	case HTTP2_GOAWAY:
		on_goaway(s, out);
		break;
	default:
		break;
	}
	half->in_data = false;
}

/* ---- loss ---- */

void http2_messages_lost(struct step *s)
{
	struct http2_half *half = http2_step_half(s);

	half->lost = true;
	half->in_frame = half->in_data = half->in_block = half->found = half->unsure = false;
	half->current = NULL;
	http2_half_wait(half, s->event->exit_ns);
	s->pairing->http2_lost++;
	http2_lose(s->pairing, s->c, s->kind);
}

static void on_bad(struct step *s)
{
	s->c->http2->bad = true;
	if (s->c->seen_head || s->c->not_http)
		return;
	s->c->not_http = true;
	s->pairing->not_http++;
}

void http2_messages_take(struct step *s, const struct http2_output *out)
{
	switch (out->kind) {
	case HTTP2_MORE:
		break;
	case HTTP2_PREFACE:
		http2_step_half(s)->in_frame = false;
		break;
	case HTTP2_BEGIN:
		on_begin(s, out);
		break;
	case HTTP2_BLOCK:
		http2_blocks_take(s, out);
		break;
	case HTTP2_PAYLOAD:
		on_payload(s, out);
		break;
	case HTTP2_END:
		on_end(s, out);
		break;
	case HTTP2_LOST:
		http2_messages_lost(s);
		break;
	case HTTP2_BAD:
		on_bad(s);
		break;
	}
}
