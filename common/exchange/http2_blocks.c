/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/http2_blocks.h"

#include "exchange/http2_exchanges.h"
#include "exchange/http2_grpc.h"
#include "exchange/http2_late.h"
#include "exchange/http2_step.h"

/* ---- what it is ---- */

/* What a request has at least: :method, :scheme and :path (RFC 9113 8.3.1). */
#define REQUEST_FIELDS_MIN 3

/* Trailers are short, and end the message. */
static bool may_be_request(const struct http2_fields *f, const struct http2_output *out)
{
	bool ends = out->frame.flags & HTTP2_FLAG_END_STREAM;

	return http2_fields_front_unknown(f) && (!ends || f->bad || f->n >= REQUEST_FIELDS_MIN);
}

/* Where the names do not tell (late HPACK), the place in the stream does: the
 * first block is the head, the next one the trailers. */
static enum http2_block_kind request_kind(const struct step *s, const struct http2_output *out,
					  const struct http2_stream *st)
{
	const struct http2_fields *f = s->pairing->fields;

	if (st && pair_has_request(&st->pair))
		return HTTP2_TRAILERS;
	if (http2_fields_pseudo(f))
		return HTTP2_REQUEST;
	return may_be_request(f, out) && out->frame.stream > s->c->http2->highest ? HTTP2_REQUEST
										  : HTTP2_TRAILERS;
}

/* The stream's head was missed, or may have been. */
static bool head_is_gone(const struct http2_stream *st)
{
	const struct message *resp = st ? &st->pair.message[HTTP1_RESPONSE] : NULL;

	return !resp || resp->begun || st->lost[HTTP1_RESPONSE];
}

/* Trailers end their stream (RFC 9113 8.1), so a block that does not is a head, and
 * what was taken for one before it was a 1xx of unknown status. */
static enum http2_block_kind response_kind(const struct step *s, const struct http2_output *out,
					   const struct http2_stream *st)
{
	const struct http2_fields *f = s->pairing->fields;
	int status = http2_fields_status(f);

	if (status)
		return status < 200 ? HTTP2_INFORMATIONAL : HTTP2_RESPONSE;
	if (http2_fields_pseudo(f) || !(out->frame.flags & HTTP2_FLAG_END_STREAM))
		return HTTP2_RESPONSE;
	if (!http2_fields_front_unknown(f))
		return HTTP2_TRAILERS;
	return head_is_gone(st) ? HTTP2_TRAILERS : HTTP2_RESPONSE;
}

/* ---- what it does ---- */

/* Keeps the fields in one of the stream's heads. */
static void keep(struct step *s, struct http2_stream *st, struct head_copy *copy)
{
	struct pairing *pr = s->pairing;

	if (s->waiting) {
		s->waiting->in_stream = true;
		st->waits++;
	} else if (!http2_fields_complete(pr->fields)) {
		st->pair.missing |= MISSING_PARTIAL_HEADERS;
	}
	if (pr->fields->from_uprobe)
		st->pair.missing |= MISSING_UPROBE;
	if (pr->on_exchange && !http2_streams_keep(&s->c->http2->streams, &pr->http2, copy, pr->fields)) {
		pr->no_memory += !copy->memory;
		st->pair.missing |= MISSING_PARTIAL_HEADERS;
	}
	http2_trim(pr, s->c);
}

static void add_block(struct step *s, struct http2_stream *st, enum http1_kind kind)
{
	http2_step_extend(s, st, kind, http2_step_half(s)->block_bytes);
}

static void begin_message(struct step *s, struct http2_stream *st, enum http1_kind kind)
{
	struct message *m = &st->pair.message[kind];

	m->begun = true;
	st->lost[kind] = false; /* what passes after this is seen */
	st->messages[kind] = (struct grpc_counter){0};
	m->times.first_ns = http2_step_half(s)->block_ns;
	add_block(s, st, kind);
}

static void end_if(struct step *s, struct http2_stream *st, const struct http2_output *out)
{
	if (out->frame.flags & HTTP2_FLAG_END_STREAM)
		http2_step_end(s, st);
}

static struct http2_stream *begin_request(struct step *s, struct http2_stream *st, uint32_t id)
{
	if (!st)
		st = http2_begin(s->pairing, s->c, HTTP1_REQUEST, id);
	if (!st)
		return NULL;
	begin_message(s, st, HTTP1_REQUEST);
	pair_note_process(&st->pair, s->event);
	http2_has_request(s->pairing, st, s->event->exit_ns);
	http2_grpc_detect(st, HTTP1_REQUEST, s->pairing->fields);
	keep(s, st, &st->pair.message[HTTP1_REQUEST].head);
	return st;
}

static void on_request(struct step *s, struct http2_stream *st, const struct http2_output *out)
{
	struct http2_connection *h = s->c->http2;
	uint32_t id = out->frame.stream;

	if (id <= h->highest || id % 2 == 0) /* no client does that */
		return;
	h->highest = id;
	if (h->headless)
		http2_retire_headless(s->pairing, s->c, id);
	st = begin_request(s, st, id);
	if (st)
		end_if(s, st, out);
}

static void on_request_trailers(struct step *s, struct http2_stream *st, const struct http2_output *out)
{
	if (!st || st->pair.message[HTTP1_REQUEST].ended)
		return;
	add_block(s, st, HTTP1_REQUEST);
	end_if(s, st, out);
}

/* RFC 9113 8.4.1: the promise is a whole request, without content. */
static void on_push(struct step *s, const struct http2_output *out)
{
	struct http2_stream *st = http2_streams_find(&s->c->http2->streams, out->promised);

	if (st || !out->promised || out->promised % 2)
		return;
	st = begin_request(s, NULL, out->promised);
	if (st)
		st->pair.message[HTTP1_REQUEST].ended = true;
}

/* A 1xx makes bytes of the response, no more. */
static void on_response(struct step *s, struct http2_stream *st, const struct http2_output *out,
			enum http2_block_kind kind)
{
	struct message *m;

	if (!st && kind == HTTP2_RESPONSE)
		st = http2_begin(s->pairing, s->c, HTTP1_RESPONSE, out->frame.stream);
	if (!st || st->pair.message[HTTP1_RESPONSE].ended)
		return;
	if (kind == HTTP2_INFORMATIONAL) {
		add_block(s, st, HTTP1_RESPONSE);
		return;
	}
	m = &st->pair.message[HTTP1_RESPONSE];
	begin_message(s, st, HTTP1_RESPONSE);
	m->has_head = true;
	st->pair.status = http2_fields_status(s->pairing->fields);
	st->resp_unknown |= !http2_fields_complete(s->pairing->fields);
	http2_grpc_detect(st, HTTP1_RESPONSE, s->pairing->fields);
	keep(s, st, &m->head);
	end_if(s, st, out);
}

static void on_trailers(struct step *s, struct http2_stream *st, const struct http2_output *out)
{
	if (!st || st->pair.message[HTTP1_RESPONSE].ended)
		return;
	st->pair.message[HTTP1_RESPONSE].begun = true;
	add_block(s, st, HTTP1_RESPONSE);
	st->resp_unknown |= !http2_fields_complete(s->pairing->fields);
	keep(s, st, &st->pair.trailers);
	end_if(s, st, out);
}

static void dispatch(struct step *s, struct http2_stream *st, const struct http2_output *out,
		     enum http2_block_kind kind)
{
	switch (kind) {
	case HTTP2_REQUEST:
		on_request(s, st, out);
		break;
	case HTTP2_RESPONSE:
	case HTTP2_INFORMATIONAL:
		on_response(s, st, out, kind);
		break;
	case HTTP2_TRAILERS:
		if (s->kind == HTTP1_REQUEST)
			on_request_trailers(s, st, out);
		else
			on_trailers(s, st, out);
		break;
	case HTTP2_PUSH:
		on_push(s, out);
		break;
	}
}

static void decode(struct step *s, const struct http2_output *out)
{
	struct pairing *pr = s->pairing;
	struct http2_half *half = http2_step_half(s);

	if (out->after_loss)
		hpack_gap(half->hpack);
	if (http2_fields_decode(pr->fields, half->hpack, out->payload) == HPACK_NO_MEMORY)
		pr->no_memory++;
	http2_late_fill(s, out);
	pr->http2_blocks++;
	pr->http2_unknown += pr->fields->unknown;
	pr->http2_bad_blocks += pr->fields->bad;
}

void http2_blocks_take(struct step *s, const struct http2_output *out)
{
	enum http2_block_kind kind = HTTP2_PUSH;
	struct http2_stream *st;

	http2_late_expire(s->pairing, s->event->exit_ns);
	st = http2_streams_find(&s->c->http2->streams, out->frame.stream);
	decode(s, out);
	s->c->seen_head = true;
	if (out->frame.type != HTTP2_PUSH_PROMISE)
		kind = s->kind == HTTP1_REQUEST ? request_kind(s, out, st) : response_kind(s, out, st);
	http2_late_tell(s, out, kind);
	dispatch(s, st, out, kind);
	s->waiting = NULL;
}
