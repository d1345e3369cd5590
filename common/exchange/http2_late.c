/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/http2_late.h"

#include <string.h>

#include "exchange/http2_exchanges.h"
#include "exchange/http2_field_list.h"
#include "exchange/http2_grpc.h"
#include "exchange/http2_tell.h"

#define NS_PER_MS UINT64_C(1000000)
/* From a read's return until the program looks at the headers it got: on a busy machine it may have to wait
 * to run. */
#define BLOCK_WAITS_NS (1000 * NS_PER_MS)
/* ... of a program of which it is not known whether it tells lists at all. */
#define UNSURE_WAITS_NS (250 * NS_PER_MS)
/* From encoding to writing. */
#define LIST_WAITS_NS (5000 * NS_PER_MS)
/* Blocks that have waited in vain, one after the other, before none does any more. */
#define MISSED_MAX	  8
#define UNSURE_MISSED_MAX 2
/* What a struct sock's address does not have: KEY_* of bpf_src/maps.bpf.c. */
#define KEY_BITS 7

static struct bytes bytes_in(const struct header_entry *e)
{
	return bytes_of(e->data, e->n);
}

static bool fits(const struct header_entry *list, const struct connection *c, bool end_stream,
		 const struct http2_fields *f)
{
	return list->end_stream == end_stream && list->lport == c->local.port &&
	       list->rport == c->remote.port && http2_field_list_fits(bytes_in(list), f);
}

static void note_list(struct connection *c, unsigned dir)
{
	c->http2->has_lists[dir] = true;
	c->http2->missed[dir] = 0;
}

/* ---- what a block that has waited does to its stream ---- */

static enum http2_block_kind kind_of(const struct header_entry *block, const struct http2_fields *f)
{
	int status = http2_fields_status(f);

	if (connection_kind(block->c, block->key.dir) == HTTP1_REQUEST)
		return http2_fields_pseudo(f) ? HTTP2_REQUEST : HTTP2_TRAILERS;
	if (!status)
		return HTTP2_TRAILERS;
	return status < 200 ? HTTP2_INFORMATIONAL : HTTP2_RESPONSE;
}

static void keep(struct pairing *pr, struct http2_stream *st, struct head_copy *copy)
{
	if (pr->on_exchange && !http2_streams_keep(&st->c->http2->streams, &pr->http2, copy, pr->fields))
		st->pair.missing |= MISSING_PARTIAL_HEADERS;
}

/* The place among the stream's blocks had told whether it was a head or trailers. */
static void forget_guess(struct http2_stream *st, enum http2_block_kind kind)
{
	struct message *m = &st->pair.message[HTTP1_RESPONSE];

	head_copy_reset(kind == HTTP2_TRAILERS ? &st->pair.trailers : &m->head);
	if (kind == HTTP2_RESPONSE)
		m->has_head = false;
}

static void know_response(struct pairing *pr, struct http2_stream *st, enum http2_block_kind kind)
{
	struct message *m = &st->pair.message[HTTP1_RESPONSE];

	if (kind == HTTP2_RESPONSE) {
		m->has_head = true;
		st->pair.status = http2_fields_status(pr->fields);
		http2_grpc_detect(st, HTTP1_RESPONSE, pr->fields);
		keep(pr, st, &m->head);
	} else if (kind == HTTP2_TRAILERS) {
		keep(pr, st, &st->pair.trailers);
	} else { /* the response itself is to come */
		m->begun = false;
	}
}

static void know_head(struct pairing *pr, struct http2_stream *st, const struct header_entry *block,
		      enum http2_block_kind kind)
{
	if (connection_kind(block->c, block->key.dir) == HTTP1_RESPONSE) {
		forget_guess(st, block->block.kind);
		know_response(pr, st, kind);
	} else if (kind == HTTP2_REQUEST) {
		http2_grpc_detect(st, HTTP1_REQUEST, pr->fields);
		keep(pr, st, &st->pair.message[HTTP1_REQUEST].head);
	}
}

static void go_on(struct pairing *pr, const struct header_entry *block, enum http2_block_kind kind)
{
	struct http2_stream *st = http2_streams_find(&block->c->http2->streams, block->key.stream);

	if (!st || !st->waits)
		return;
	st->waits--;
	if (pr->fields->from_uprobe) {
		st->pair.missing |= MISSING_UPROBE;
		know_head(pr, st, block, kind);
	} else {
		st->pair.missing |= MISSING_PARTIAL_HEADERS;
	}
	if (!st->waits && !(st->pair.missing & MISSING_PARTIAL_HEADERS))
		st->resp_unknown = false;
	http2_settle(pr, st);
}

/* It waits no more.  list: NULL: in vain, or for its turn. */
static void tell(struct pairing *pr, struct header_entry *block, const struct header_entry *list)
{
	struct http2_fields *f = pr->fields;
	struct http2_block told = block->block;

	f->n = block->block.n_fields;
	f->bad = block->block.bad;
	http2_field_list_load(f, bytes_in(block));
	if (list) {
		pr->http2_unknown -= f->unknown;
		pr->http2_bad_blocks -= f->bad;
		http2_field_list_fill(f, bytes_in(list));
		told.kind = kind_of(block, f);
		note_list(block->c, block->key.dir);
	} else if (!block->complete) {
		block->c->http2->missed[block->key.dir]++;
	}
	if (block->complete)
		f->from_uprobe = block->block.from_uprobe;
	told.where.comm = block->comm;
	http2_tell_fields(pr, &told);
	if (block->in_stream)
		go_on(pr, block, told.kind);
}

/* ... nor do those behind it that lack nothing. */
static void release_block(struct pairing *pr, struct header_entry *block, const struct header_entry *list)
{
	struct header_key key = block->key;

	tell(pr, block, list);
	header_lists_drop(&pr->lists, block);
	for (;;) {
		block = header_lists_first(&pr->lists, &key, true);
		if (!block || !block->complete)
			return;
		tell(pr, block, NULL);
		header_lists_drop(&pr->lists, block);
	}
}

/* ---- a list ---- */

/* Names are in lower case on the wire (RFC 9113, 8.2.1), but not in each program that has them encoded. */
static void lower_names(uint8_t *data, size_t n)
{
	struct wire_field field;

	for (size_t at = 0; at < n; at += sizeof(field) + field.name + field.value) {
		uint8_t *name = data + at + sizeof(field);

		memcpy(&field, data + at, sizeof(field));
		for (size_t i = 0; i < field.name; i++)
			if (name[i] >= 'A' && name[i] <= 'Z')
				name[i] |= 0x20;
	}
}

static struct header_entry *add_list(struct pairing *pr, const struct wire_event *event, const uint8_t *data)
{
	struct header_key key = {event->sock & ~(uint64_t)KEY_BITS, event->msg, event->dir};
	struct header_entry *e;

	if (header_lists_full(&pr->lists) && pr->lists.oldest[false])
		header_lists_drop(&pr->lists, pr->lists.oldest[false]);
	e = header_lists_full(&pr->lists) ? NULL : header_lists_add(&pr->lists, &key, false, event->len);
	if (!e)
		return NULL;
	e->ns = event->exit_ns;
	e->end_stream = event->flags & WIRE_F_END_STREAM;
	e->lport = event->lport;
	e->rport = event->rport;
	memcpy(e->data, data, event->len);
	lower_names(e->data, event->len);
	return e;
}

/* The block that waits for it. */
static struct header_entry *find_block(struct pairing *pr, const struct header_entry *list)
{
	struct header_entry *e = header_lists_first(&pr->lists, &list->key, true);

	for (; e; e = header_lists_next(e)) {
		pr->fields->n = e->block.n_fields;
		pr->fields->bad = e->block.bad;
		http2_field_list_load(pr->fields, bytes_in(e));
		if (fits(list, e->c, e->end_stream, pr->fields))
			return e;
	}
	return NULL;
}

void http2_late_list(struct pairing *pr, struct connection *c, const struct wire_event *event,
		     const uint8_t *data)
{
	struct header_entry *list, *block;

	if (!pr->wait_for_lists)
		return;
	/* also when its own block has given up to wait: the next one is worth waiting for */
	if (c && c->http2)
		note_list(c, event->dir);
	http2_late_expire(pr, event->exit_ns);
	list = add_list(pr, event, data);
	block = list ? find_block(pr, list) : NULL;
	if (!block)
		return;
	if (!block->complete)
		release_block(pr, block, list);
	header_lists_drop(&pr->lists, list);
}

/* ---- a block ---- */

static struct header_key key_of(const struct step *s, const struct http2_output *out)
{
	return (struct header_key){s->c->sock & ~(uint64_t)KEY_BITS, out->frame.stream, s->event->dir};
}

static bool ends_stream(const struct http2_output *out)
{
	return out->frame.flags & HTTP2_FLAG_END_STREAM;
}

void http2_late_fill(struct step *s, const struct http2_output *out)
{
	struct header_lists *lists = &s->pairing->lists;
	struct http2_fields *f = s->pairing->fields;
	struct header_key key = key_of(s, out);
	struct header_entry *e = header_lists_first(lists, &key, false), *before;

	while (e && !fits(e, s->c, ends_stream(out), f))
		e = header_lists_next(e);
	if (!e)
		return;
	note_list(s->c, key.dir);
	if (!http2_fields_complete(f))
		http2_field_list_fill(f, bytes_in(e));
	/* those before it are of blocks that were lost */
	while ((before = header_lists_first(lists, &key, false)) != e)
		header_lists_drop(lists, before);
	header_lists_drop(lists, e);
}

static bool must_wait(const struct step *s, enum http2_block_kind kind)
{
	const struct http2_connection *h = s->c->http2;
	unsigned missed = h->missed[s->event->dir];

	return s->pairing->wait_for_lists && kind != HTTP2_PUSH &&
	       !http2_fields_complete(s->pairing->fields) &&
	       missed < (h->has_lists[s->event->dir] ? MISSED_MAX : UNSURE_MISSED_MAX);
}

/* NULL: it cannot. */
static struct header_entry *wait(struct step *s, const struct http2_output *out, enum http2_block_kind kind)
{
	struct pairing *pr = s->pairing;
	struct header_key key = key_of(s, out);
	struct header_entry *e = NULL;

	if (!header_lists_full(&pr->lists))
		e = header_lists_add(&pr->lists, &key, true, http2_field_list_size(pr->fields));
	if (!e)
		return NULL;
	e->ns = s->event->exit_ns;
	e->end_stream = ends_stream(out);
	e->complete = http2_fields_complete(pr->fields);
	e->c = s->c;
	e->block = http2_tell_make(s, out, kind, e->comm);
	e->block.n_fields = pr->fields->n;
	e->block.bad = pr->fields->bad;
	e->block.from_uprobe = pr->fields->from_uprobe;
	http2_field_list_save(e->data, pr->fields);
	return e;
}

/* One that another one of its stream waits before. */
static bool has_to_queue(const struct step *s, const struct http2_output *out)
{
	struct header_key key = key_of(s, out);

	return s->pairing->on_block && header_lists_first(&s->pairing->lists, &key, true);
}

void http2_late_tell(struct step *s, const struct http2_output *out, enum http2_block_kind kind)
{
	struct header_entry *e = NULL;
	char comm[WIRE_COMM_LEN + 1];
	struct http2_block block;
	bool waits = must_wait(s, kind);

	if (waits || has_to_queue(s, out))
		e = wait(s, out, kind);
	s->waiting = waits ? e : NULL;
	if (e || !s->pairing->on_block)
		return;
	block = http2_tell_make(s, out, kind, comm);
	http2_tell_fields(s->pairing, &block);
}

/* ---- what waits in vain ---- */

static bool has_waited(const struct header_entry *e, uint64_t now_ns)
{
	uint64_t limit = LIST_WAITS_NS;

	if (e->is_block)
		limit = e->c->http2->has_lists[e->key.dir] ? BLOCK_WAITS_NS : UNSURE_WAITS_NS;
	return now_ns > e->ns && now_ns - e->ns >= limit;
}

void http2_late_expire(struct pairing *pr, uint64_t now_ns)
{
	struct header_lists *lists = &pr->lists;

	while (lists->oldest[false] && has_waited(lists->oldest[false], now_ns))
		header_lists_drop(lists, lists->oldest[false]);
	while (lists->oldest[true] && (has_waited(lists->oldest[true], now_ns) || header_lists_full(lists)))
		release_block(pr, lists->oldest[true], NULL);
}

void http2_late_flush(struct pairing *pr, const struct connection *c)
{
	struct header_entry *e = pr->lists.oldest[true];

	while (e) {
		if (c && e->c != c) {
			e = e->newer;
			continue;
		}
		release_block(pr, e, NULL);
		e = pr->lists.oldest[true]; /* several may be gone */
	}
}

void http2_late_release(struct pairing *pr)
{
	while (pr->lists.oldest[false])
		header_lists_drop(&pr->lists, pr->lists.oldest[false]);
	header_lists_release(&pr->lists);
}
