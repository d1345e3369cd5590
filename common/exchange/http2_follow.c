/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/http2_follow.h"

#include <stdlib.h>
#include <string.h>

#include "exchange/http2_exchanges.h"
#include "exchange/http2_late.h"
#include "exchange/http2_messages.h"
#include "exchange/http2_step.h"

/* After bytes were lost, streams of which nothing more is seen for so long have
 * ended there.  Long enough for most answers; a later one is counted as orphan. */
#define LOST_WAIT_NS (30 * UINT64_C(1000000000))

/* ---- from HTTP/1 ---- */

static bool asks_for_http2(const struct pair *p)
{
	const struct header_list *list = &p->message[HTTP1_REQUEST].head.fields;

	for (size_t i = 0; i < list->n; i++) {
		if (bytes_equal_nocase(list->fields[i].name, "upgrade"))
			return bytes_equal_nocase(list->fields[i].value, "h2c");
	}
	return false;
}

/* The request that the connection changes for.  When its 101 was lost it is the
 * last one there is. */
static struct pair *find_upgrade(const struct connection *c)
{
	struct pair *last = c->pairs.last;

	if (c->upgrade || !last || !pair_has_request(last) || !asks_for_http2(last))
		return c->upgrade;
	if (!last->message[HTTP1_RESPONSE].begun)
		last->missing |= MISSING_GAP;
	return last;
}

static void copy_process(struct pair *to, const struct pair *from)
{
	to->pid = from->pid;
	to->tid = from->tid;
	to->uid = from->uid;
	to->cgroup = from->cgroup;
	memcpy(to->comm, from->comm, sizeof(to->comm));
}

static void make_stream_1(struct pairing *pr, struct connection *c, struct pair *p)
{
	struct http2_connection *h = c->http2;
	struct http2_stream *s = http2_begin(pr, c, HTTP1_REQUEST, 1);

	if (!s)
		return;
	h->highest = 1;
	http2_streams_adopt(&h->streams, &pr->http2, s, p);
	copy_process(&s->pair, p);
	s->pair.message[HTTP1_REQUEST].ended = true;
	s->pair.missing = p->missing;
	s->upgraded = true;
	s->grpc = HTTP2_GRPC_NO;
	http2_has_request(pr, s, s->pair.message[HTTP1_REQUEST].times.last_ns);
}

/* false: out of memory. */
static bool have_fields(struct pairing *pr)
{
	if (!pr->fields)
		pr->fields = malloc(sizeof(*pr->fields));
	return pr->fields;
}

bool http2_start(struct pairing *pr, struct connection *c)
{
	struct pair *p = find_upgrade(c);
	bool seen = c->upgrade;

	c->http2 = have_fields(pr) ? http2_connection_new() : NULL;
	if (!c->http2)
		return false;
	c->tunnel = false;
	c->http2->upgraded = seen;
	for (int kind = HTTP1_REQUEST; kind <= HTTP1_RESPONSE; kind++)
		c->http2->half[kind].passed = !seen && c->half[kind].bytes.expected;
	if (p) {
		size_t room = pair_room(p);

		make_stream_1(pr, c, p);
		pr->pool.held += pair_room(p) - room;
		pairing_drop(pr, c, p);
	}
	pairing_flush(pr, c, NO_STATUS_GAP);
	return true;
}

void http2_end(struct pairing *pr, struct connection *c, enum no_status reason)
{
	if (!c->http2)
		return;
	http2_late_flush(pr, c);
	http2_flush(pr, c, reason);
}

void http2_release(struct pairing *pr, struct connection *c)
{
	http2_connection_free(c->http2, &pr->http2);
	c->http2 = NULL;
}

/* ---- into the frames ---- */

static void feed(struct step *s, struct http2_input in)
{
	struct http2_half *half = http2_step_half(s);
	struct http2_output out;

	half->found = false;
	do {
		if (in.data.n && !half->in_frame && !half->unsure && !half->lost) {
			half->in_frame = true;
			half->frame_ns = step_first_byte_ns(s);
		}
		out = http2_frames_next(half->frames, &in);
		http2_messages_take(s, &out);
	} while (out.kind != HTTP2_MORE);
}

static void feed_gap(struct step *s, uint64_t n)
{
	s->gap = true;
	s->end_ns = 0;
	feed(s, (struct http2_input){.kind = HTTP2_IN_GAP, .n = n});
	s->gap = false;
	s->end_ns = s->event->exit_ns;
}

static bool is_preface(struct bytes data)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"; /* RFC 9113 3.4 */
	size_t n = data.n < sizeof(preface) - 1 ? data.n : sizeof(preface) - 1;

	return memcmp(data.p, preface, n) == 0;
}

/* A client says that it begins.  A server does not; its first byte is known by its
 * position. */
static enum http2_from begins_as(const struct step *s, struct bytes data, bool starts)
{
	const struct http2_half *half = http2_step_half(s);
	bool first = !half->passed && (s->c->http2->upgraded || !s->c->joined);

	if (!starts && !(s->c->http2->upgraded && !half->passed))
		return HTTP2_FROM_MIDDLE;
	if (s->kind == HTTP1_REQUEST)
		first = is_preface(data);
	return first ? HTTP2_FROM_START : HTTP2_FROM_FRAME;
}

/* The kernel side says that a frame begins here.  It is believed even against our
 * own framing, because what it skips follows from its own. */
static void at_start(struct step *s)
{
	struct http2_half *half = http2_step_half(s);

	if (!half->lost && !half->unsure && !half->in_frame)
		return;
	if (half->in_frame && !half->unsure && !half->lost)
		http2_messages_lost(s);
	http2_frames_boundary(half->frames);
	half->lost = half->unsure = half->in_frame = false;
}

/* false: out of memory; the bytes are lost. */
static bool open_half(struct step *s, enum http2_from from)
{
	struct http2_half *half = http2_step_half(s);
	bool ok = http2_half_open(half, s->kind, from);

	if (!ok) {
		s->pairing->no_memory++;
		half->passed = true;
		http2_lose(s->pairing, s->c, s->kind);
	}
	if (!ok || from != HTTP2_FROM_START)
		http2_half_wait(half, s->event->exit_ns);
	return ok;
}

static void take_data(struct step *s, struct bytes data, bool starts)
{
	struct http2_half *half = http2_step_half(s);

	if (half->frames) {
		if (starts)
			at_start(s);
	} else if (!open_half(s, begins_as(s, data, starts))) {
		return;
	}
	feed(s, (struct http2_input){.kind = HTTP2_IN_DATA, .data = data});
	http2_half_account(half, &s->pairing->http2, data.n);
}

/* What ended in an earlier loss has been waited for long enough. */
static void end_wait(struct step *s)
{
	struct http2_half *half = &s->c->http2->half[HTTP1_RESPONSE];
	uint64_t now = s->event->exit_ns;

	if (!half->lost_ns || now < half->lost_ns || now - half->lost_ns < LOST_WAIT_NS)
		return;
	http2_give_up_lost(s->pairing, s->c, half->lost_ns);
	half->lost_ns = half->lost_again_ns > half->lost_ns ? half->lost_again_ns : 0;
}

static void take_hole(struct step *s, const struct piece *piece)
{
	bool gap = piece->kind == PIECE_GAP;

	if (gap) {
		s->pairing->gaps++;
		s->pairing->gap_bytes += piece->n;
		s->c->gapped = true;
	}
	if (!http2_step_half(s)->frames) {
		http2_step_half(s)->passed = true;
		if (gap)
			http2_lose(s->pairing, s->c, s->kind);
	} else if (gap) {
		feed_gap(s, piece->n);
	} else {
		feed(s, (struct http2_input){.kind = HTTP2_IN_SKIP, .n = piece->n});
	}
}

void http2_take_piece(struct step *s, const struct piece *piece, bool starts)
{
	if (s->c->http2->bad)
		return;
	end_wait(s);
	if (piece->kind == PIECE_DATA)
		take_data(s, piece->data, starts);
	else
		take_hole(s, piece);
}

/* ---- the end ---- */

/*
 * n bytes passed that no event told of.  The kernel side ships all but the
 * payload of DATA, so what fits into that is payload (whose end, if it is there,
 * was at an unknown time); what does not are lost frames.
 */
static void take_untold(struct step *s, uint64_t n)
{
	struct http2_half *half = http2_step_half(s);

	s->end_ns = 0;
	if (half->frames)
		feed(s, (struct http2_input){.kind = HTTP2_IN_SKIP, .n = n});
	else
		http2_lose(s->pairing, s->c, s->kind);
	if (half->frames && !half->lost)
		return;
	s->pairing->gaps++;
	s->pairing->gap_bytes += n;
}

void http2_end_direction(struct step *s, uint64_t n)
{
	if (n && !s->c->http2->bad)
		take_untold(s, n);
	http2_no_more(s->pairing, s->c, s->kind, s->reason);
}
