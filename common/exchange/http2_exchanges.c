/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/http2_exchanges.h"

#include "exchange/http2_report.h"

/* Open streams told of at once: what is more comes with the next event. */
#define OPEN_BATCH 256

static struct http2_streams *streams_of(struct connection *c)
{
	return &c->http2->streams;
}

/* ---- streams that leave ---- */

static void drop(struct pairing *pr, struct http2_stream *s)
{
	struct http2_connection *h = s->c->http2;

	for (int kind = HTTP1_REQUEST; kind <= HTTP1_RESPONSE; kind++) {
		if (h->half[kind].current == s)
			h->half[kind].current = NULL;
	}
	if (pair_has_request(&s->pair))
		pr->in_flight--;
	else
		h->headless--;
	http2_streams_drop(&h->streams, &pr->http2, s);
}

static void report(struct pairing *pr, struct http2_stream *s)
{
	pr->exchanges++;
	if (s->waits)
		s->pair.missing |= MISSING_PARTIAL_HEADERS;
	if (pr->on_exchange)
		http2_report(pr, s, 0);
	s->c->reported = true;
	drop(pr, s);
}

/* Is what is known of the response that it may be lost? */
static bool response_may_be_lost(const struct http2_stream *s)
{
	return s->lost[HTTP1_RESPONSE] && !s->pair.message[HTTP1_RESPONSE].ended;
}

void http2_give_up(struct pairing *pr, struct http2_stream *s, enum no_status reason)
{
	const struct message *req = &s->pair.message[HTTP1_REQUEST], *resp = &s->pair.message[HTTP1_RESPONSE];
	struct pair *p = &s->pair;

	if (!pair_has_request(p)) {
		pr->orphans += resp->begun;
		drop(pr, s);
		return;
	}
	if (response_may_be_lost(s))
		reason = NO_STATUS_GAP;
	if (!resp->has_head)
		p->no_status = reason;
	if ((resp->begun && !resp->ended) || !req->ended)
		p->missing |= pairing_cut_flag(reason == NO_STATUS_GAP || reason == NO_STATUS_UNSEEN);
	if ((!resp->has_head && reason == NO_STATUS_GAP) || (s->lost[HTTP1_REQUEST] && !s->reset))
		p->missing |= MISSING_GAP;
	report(pr, s);
}

void http2_settle(struct pairing *pr, struct http2_stream *s)
{
	const struct message *req = &s->pair.message[HTTP1_REQUEST], *resp = &s->pair.message[HTTP1_RESPONSE];

	if (!req->has_head || !resp->ended || !(req->ended || s->lost[HTTP1_REQUEST]) || s->waits)
		return;
	if (!resp->has_head) { /* lost, all but its end */
		s->pair.no_status = NO_STATUS_GAP;
		s->pair.missing |= MISSING_GAP;
	}
	report(pr, s);
}

/* ---- streams that come ---- */

static void give_up_idlest(struct pairing *pr, struct http2_streams *t)
{
	pr->http2_given_up++;
	http2_give_up(pr, t->idlest, NO_STATUS_UNSEEN);
}

static void make_room(struct pairing *pr, struct connection *c)
{
	struct http2_streams *t = streams_of(c);

	if (t->n >= HTTP2_STREAMS_MAX)
		give_up_idlest(pr, t);
}

void http2_trim(struct pairing *pr, struct connection *c)
{
	struct http2_streams *t = streams_of(c);

	while (t->n > 1 && t->held > HTTP2_STREAMS_HELD_MAX)
		give_up_idlest(pr, t);
}

/* The end of that message, and messages of gRPC in it, may be lost. */
static void mark_lost(struct http2_stream *s, enum http1_kind kind, bool lost)
{
	s->lost[kind] = s->messages[kind].lost = lost;
}

/* Has the beginning of a new stream's message of this kind perhaps passed unseen?
 * Where we came late, what passed before the first frame we could tell is not known. */
static bool may_be_past(const struct connection *c, enum http1_kind kind)
{
	const struct http2_half *half = &c->http2->half[kind];

	if (half->frames)
		return half->lost;
	return half->passed || (c->joined && !c->http2->upgraded);
}

static bool is_orphan(const struct http2_connection *h, uint32_t id)
{
	return id % 2 == 0 || id <= h->highest;
}

struct http2_stream *http2_begin(struct pairing *pr, struct connection *c, enum http1_kind kind, uint32_t id)
{
	struct http2_connection *h = c->http2;
	struct http2_stream *s;

	if (kind == HTTP1_RESPONSE && is_orphan(h, id)) {
		pr->orphans++;
		return NULL;
	}
	make_room(pr, c);
	s = http2_streams_add(&h->streams, &pr->http2, id);
	if (!s) {
		pr->no_memory++;
		return NULL;
	}
	s->c = c;
	h->headless++;
	for (int k = HTTP1_REQUEST; k <= HTTP1_RESPONSE; k++)
		mark_lost(s, k, k != (int)kind && may_be_past(c, k));
	return s;
}

void http2_has_request(struct pairing *pr, struct http2_stream *s, uint64_t now_ns)
{
	s->c->http2->headless--;
	s->pair.message[HTTP1_REQUEST].has_head = true;
	pr->in_flight++;
	if (pr->open_interval_ns)
		http2_pool_told(&pr->http2, s, now_ns);
}

void http2_retire_headless(struct pairing *pr, struct connection *c, uint32_t id)
{
	for (struct http2_stream *s = streams_of(c)->idlest, *next; c->http2->headless && s; s = next) {
		next = s->newer;
		if (!pair_has_request(&s->pair) && s->id < id)
			http2_give_up(pr, s, NO_STATUS_GAP);
	}
}

/* ---- loss ---- */

static void lose_request(struct pairing *pr, struct http2_stream *s)
{
	if (s->pair.message[HTTP1_REQUEST].ended) { /* all but a RST_STREAM was seen */
		s->lost[HTTP1_REQUEST] = true;
		return;
	}
	mark_lost(s, HTTP1_REQUEST, true);
	if (!pair_has_request(&s->pair))
		return;
	s->pair.missing |= MISSING_GAP;
	http2_settle(pr, s);
}

static void lose_response(struct http2_stream *s)
{
	const struct message *resp = &s->pair.message[HTTP1_RESPONSE];

	if (resp->ended)
		return;
	mark_lost(s, HTTP1_RESPONSE, true);
	if (resp->begun)
		s->pair.missing |= MISSING_GAP;
}

void http2_lose(struct pairing *pr, struct connection *c, enum http1_kind kind)
{
	for (struct http2_stream *s = streams_of(c)->idlest, *next; s; s = next) {
		next = s->newer;
		if (kind == HTTP1_REQUEST)
			lose_request(pr, s);
		else
			lose_response(s);
	}
}

void http2_give_up_lost(struct pairing *pr, struct connection *c, uint64_t lost_ns)
{
	for (struct http2_stream *s = streams_of(c)->idlest, *next; s; s = next) {
		next = s->newer;
		if (response_may_be_lost(s) && s->active_ns <= lost_ns)
			http2_give_up(pr, s, NO_STATUS_GAP);
	}
}

/* ---- the end ---- */

static void end_request(struct pairing *pr, struct http2_stream *s)
{
	struct message *req = &s->pair.message[HTTP1_REQUEST];

	if (!req->has_head || req->ended)
		return;
	req->ended = true;
	s->pair.missing |= pairing_cut_flag(s->lost[HTTP1_REQUEST]);
	http2_settle(pr, s);
}

void http2_no_more(struct pairing *pr, struct connection *c, enum http1_kind kind, enum no_status reason)
{
	for (struct http2_stream *s = streams_of(c)->idlest, *next; s; s = next) {
		next = s->newer;
		if (kind == HTTP1_REQUEST)
			end_request(pr, s);
		else if (!s->pair.message[HTTP1_RESPONSE].ended)
			http2_give_up(pr, s, reason);
	}
}

void http2_flush(struct pairing *pr, struct connection *c, enum no_status reason)
{
	while (streams_of(c)->idlest)
		http2_give_up(pr, streams_of(c)->idlest, reason);
}

void http2_tell_open(struct pairing *pr, uint64_t now_ns)
{
	for (int i = 0; i < OPEN_BATCH; i++) {
		struct http2_stream *s = pr->http2.due_first;

		if (!s || now_ns < s->told_ns || now_ns - s->told_ns < pr->open_interval_ns)
			return;
		http2_pool_told(&pr->http2, s, now_ns);
		pr->http2_open++;
		if (pr->on_exchange)
			http2_report(pr, s, MISSING_OPEN);
	}
}
