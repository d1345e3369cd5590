/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/messages.h"

/* ---- its number ---- */

/* After a loss: the kernel's, in which what was lost is counted, too. */
static uint32_t number_after_loss(struct step *s)
{
	s->c->unpaired |= (s->event->flags & WIRE_F_GUESSED) != 0;
	return s->event->msg + step_half(s)->offset;
}

/* ---- a message begins ---- */

/* The first byte is `at` bytes into the piece (negative: before it). */
static void begin(struct step *s, int64_t at)
{
	struct half *h = step_half(s);
	struct pair *p;

	/* event->msg is the number of the message whose bytes are first in the piece; what comes before a
	 * head where a message should begin is none (content of a 204) */
	if (h->unnumbered)
		h->next = number_after_loss(s) + (at > 0 && !(s->event->flags & WIRE_F_START));
	h->unnumbered = false;
	h->under_way = true;
	h->open = p = pairing_begin(s->pairing, s->c, s->kind, h->next);
	if (!p)
		return;
	p->message[s->kind].begun = true;
	p->message[s->kind].times.first_ns = at < 0 ? 0 : step_first_byte_ns(s);
	if (s->kind == HTTP1_REQUEST)
		pair_note_process(p, s->event);
	if (s->event->flags & WIRE_F_OVERLAP)
		p->missing |= MISSING_OVERLAP;
}

static void on_begin(struct step *s)
{
	struct half *h = step_half(s);

	h->late = h->lost;
	h->lost = false;
	if (!h->late)
		begin(s, s->consumed);
}

/* ---- its head ---- */

static void keep_head(struct pairing *pr, struct pair *p, const struct http1_head *head)
{
	if (!pair_keep_head(&pr->pool, p, head)) {
		pr->no_memory++;
		p->missing |= MISSING_PARTIAL_HEADERS;
	}
	if (head->more_fields)
		p->missing |= MISSING_PARTIAL_HEADERS;
}

static enum http1_answer_to answer_to(const struct http1_head *head)
{
	if (bytes_equal(head->method, bytes_of_str("HEAD")))
		return HTTP1_TO_HEAD;
	return bytes_equal(head->method, bytes_of_str("CONNECT")) ? HTTP1_TO_CONNECT : HTTP1_TO_OTHER;
}

static void request_head(struct step *s, struct pair *p, const struct http1_head *head)
{
	s->pairing->in_flight++;
	p->message[HTTP1_REQUEST].has_head = true;
	p->version_minor = head->version_minor;
	p->answer_to = answer_to(head);
	keep_head(s->pairing, p, head);
}

static void response_head(struct step *s, struct pair *p, const struct http1_head *head)
{
	struct message *m = &p->message[HTTP1_RESPONSE];

	m->has_head = true;
	m->times.last_ns = s->event->exit_ns;
	p->status = head->status;
	if (!p->message[HTTP1_REQUEST].head.method.n)
		p->version_minor = head->version_minor; /* until the request tells */
	keep_head(s->pairing, p, head);
	if (pair_has_request(p))
		http1_stream_answer_to(step_half(s)->stream, p->answer_to);
}

static void on_head(struct step *s, const struct http1_output *out)
{
	struct half *h = step_half(s);
	const struct http1_head *head = out->head;

	if (h->late)
		begin(s, (int64_t)s->consumed - (int64_t)out->bytes);
	h->late = false;
	h->body = head->body;
	s->c->seen_head = true;
	h->interim = s->kind == HTTP1_RESPONSE && head->status < 200 && head->status != 101;
	if (h->interim)
		return;
	if (!h->open)
		s->pairing->orphans += s->kind == HTTP1_RESPONSE;
	else if (s->kind == HTTP1_REQUEST)
		request_head(s, h->open, head);
	else
		response_head(s, h->open, head);
}

static void on_trailers(struct step *s, const struct http1_head *trailers)
{
	struct pair *p = step_half(s)->open;

	if (!p || s->kind == HTTP1_REQUEST)
		return;
	if (!pair_keep_trailers(&s->pairing->pool, p, trailers)) {
		s->pairing->no_memory++;
		p->missing |= MISSING_PARTIAL_HEADERS;
	}
}

/* ---- its end ---- */

/* A request that ended before its head was complete, or whose head is longer
 * than is kept, is not known to be one: p is not to be reported, and gone unless
 * its response was seen (which is then an orphan, and counted). */
static void headless_request(struct step *s, struct pair *p)
{
	struct message *m = &p->message[HTTP1_REQUEST];

	if (p->message[HTTP1_RESPONSE].begun)
		*m = (struct message){.head = m->head};
	else
		pairing_drop(s->pairing, s->c, p);
}

static void end_message(struct step *s, struct pair *p, const struct http1_output *out, enum http1_body body)
{
	bool cut = out->kind == HTTP1_CUT;
	struct message *m = &p->message[s->kind];

	m->bytes += out->bytes;
	m->ended = true;
	m->times.last_ns = s->end_ns;
	if (!cut && body == HTTP1_BODY_UNTIL_CLOSE) {
		/* its end is that of the connection, its last byte was before; RFC 9112 8: incomplete
		 * when the connection ended with an error */
		if (s->last_ns)
			m->times.last_ns = s->last_ns;
		cut = s->reason == NO_STATUS_RESET || s->reason == NO_STATUS_TIMEOUT;
	}
	if (cut)
		p->missing |= pairing_cut_flag(s->gap);
	if (s->kind == HTTP1_RESPONSE && !p->status) {
		p->no_status = s->reason;
		if (m->bytes >= HTTP1_HEAD_MAX)
			p->missing |= MISSING_PARTIAL_HEADERS;
	}
	if (s->kind == HTTP1_REQUEST && !m->has_head) {
		headless_request(s, p);
		return;
	}
	pairing_settle(s->pairing, s->c, p);
}

static void on_end(struct step *s, const struct http1_output *out, bool cut)
{
	struct half *h = step_half(s);
	struct pair *p = h->open;
	bool interim = h->interim && !cut, was_under_way = h->under_way;
	enum http1_body body = h->body;

	h->open = NULL;
	h->under_way = h->interim = h->late = false;
	h->body = HTTP1_BODY_NONE;
	if (!was_under_way) /* what looked like a head was none */
		return;
	if (!interim)
		h->next++;
	if (p && interim) {
		p->message[s->kind].bytes += out->bytes;
		p->message[s->kind].begun = false;
		p->message[s->kind].times.first_ns = 0;
	} else if (p) {
		end_message(s, p, out, body);
	}
}

static void on_lost(struct step *s)
{
	struct half *h = step_half(s);
	struct connection *c = s->c;

	h->lost = h->hole = h->unnumbered = true;
	if (s->gap || c->gapped || c->seen_head || c->not_http)
		return;
	c->not_http = true;
	s->pairing->not_http++;
}

void messages_take(struct step *s, const struct http1_output *out)
{
	switch (out->kind) {
	case HTTP1_MORE:
		break;
	case HTTP1_BEGIN:
		on_begin(s);
		break;
	case HTTP1_HEAD:
		on_head(s, out);
		break;
	case HTTP1_TRAILERS:
		on_trailers(s, out->head);
		break;
	case HTTP1_END:
		on_end(s, out, false);
		break;
	case HTTP1_CUT:
		on_end(s, out, true);
		break;
	case HTTP1_LOST:
		on_lost(s);
		break;
	}
}

/* ---- loss ---- */

void messages_hole(struct step *s, uint64_t n)
{
	struct half *h = step_half(s);

	s->pairing->gaps++;
	s->pairing->gap_bytes += n;
	s->c->gapped = h->hole = true;
	if (h->open)
		h->open->missing |= MISSING_GAP;
	if (s->kind == HTTP1_REQUEST)
		return;
	for (struct pair *p = s->c->pairs.first; p; p = p->next) {
		if (!p->message[HTTP1_RESPONSE].begun)
			p->response_lost = true;
	}
}

void messages_renumber(struct step *s)
{
	struct half *h = step_half(s);

	if (h->hole)
		h->next = number_after_loss(s);
	else
		h->offset = h->next - s->event->msg;
	h->hole = h->lost = h->late = h->unnumbered = false;
}
