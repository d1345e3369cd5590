/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_script.h - bytes of a fuzzer as raw events, sensible and absurd ones, which are validated.
 *
 * The input is a list of events.  Each begins with a byte
 *
 *     bits 0-1 connection, 2 direction, 3 START, 4 of a 1xx (the number stays),
 *     5 with five more bytes: flags, shift of the position, pre_skip, post_skip,
 *         change of the number
 *     6 close, with one more byte: reason and bytes untold; when its bit 7 is set, a
 *         header list instead, with a byte of its stream, a byte n and n bytes of fields
 *     5 and 6: a raw struct wire_event
 *
 * Those of data go on with a byte n and n bytes of data.
 */
#ifndef L7SCOPE_TESTS_EVENT_SCRIPT_H
#define L7SCOPE_TESTS_EVENT_SCRIPT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "transport/event_pieces.h"

#define CONNS 4

struct input {
	const uint8_t *p;
	size_t n;
};

struct conn {
	uint64_t pos[2];
	uint32_t msg[2];
};

/* All zero but for `in` and now_ns. */
struct event_script {
	struct input in;
	struct conn conns[CONNS];
	uint64_t now_ns;
	capture_event_fn *fn;
	void *ctx;
};

static inline uint8_t take_byte(struct input *in)
{
	if (!in->n)
		return 0;
	in->n--;
	return *in->p++;
}

static inline void take_into(struct input *in, void *to, size_t n)
{
	if (n > in->n)
		n = in->n;
	memcpy(to, in->p, n);
	in->p += n;
	in->n -= n;
}

static inline void shift(uint64_t *pos, uint8_t by)
{
	int8_t n = (int8_t)by;

	*pos += n == INT8_MIN ? UINT64_MAX / 2 : (uint64_t)(int64_t)n;
}

static inline void shape_event(struct event_script *f, struct wire_event *e, struct conn *c)
{
	uint8_t flags = take_byte(&f->in);

	e->flags |= flags & (WIRE_F_EOF | WIRE_F_JOINED | WIRE_F_OVERLAP | WIRE_F_SERVER);
	shift(&c->pos[e->dir], take_byte(&f->in));
	e->pre_skip = take_byte(&f->in);
	e->post_skip = take_byte(&f->in);
	c->msg[e->dir] += (int8_t)take_byte(&f->in);
}

static inline void data_event(struct event_script *f, struct wire_event *e, struct conn *c, uint8_t op)
{
	if (op & 0x20)
		shape_event(f, e, c);
	c->pos[e->dir] += e->pre_skip;
	e->pos = c->pos[e->dir];
	e->len = take_byte(&f->in);
	if (e->len > f->in.n)
		e->len = f->in.n;
	e->msg = op & 8 || !c->msg[e->dir] ? c->msg[e->dir] : c->msg[e->dir] - 1;
	if (op & 8) {
		e->flags |= WIRE_F_START;
		c->msg[e->dir] += !(op & 0x10);
	}
	c->pos[e->dir] += e->len + e->post_skip;
}

static inline void close_event(struct event_script *f, struct wire_event *e, struct conn *c)
{
	uint8_t reason = take_byte(&f->in);

	e->kind = WIRE_CLOSE;
	e->close_reason = reason & 3;
	e->total_rx = c->pos[WIRE_RX] + (reason >> 2);
	e->total_tx = c->pos[WIRE_TX] + (reason >> 3);
}

static inline void list_event(struct event_script *f, struct wire_event *e, uint8_t how)
{
	e->kind = WIRE_HEADERS;
	e->flags = how & 1 ? WIRE_F_END_STREAM : 0;
	e->msg = take_byte(&f->in);
	e->len = take_byte(&f->in);
}

static inline void make_event(struct event_script *f, struct wire_event *e)
{
	uint8_t op = take_byte(&f->in);
	struct conn *c = &f->conns[op & 3];

	*e = (struct wire_event){
		.kind = WIRE_DATA,
		.conn = (op & 3) + 1,
		.dir = op >> 2 & 1,
		.flags = (op & 1 ? WIRE_F_SERVER : 0) | ((op & 3) == 3 ? WIRE_F_HTTP2 : 0),
		.family = AF_INET,
		.entry_ns = f->now_ns,
		.exit_ns = f->now_ns + 10,
	};
	f->now_ns += 1000;
	if ((op & 0x60) == 0x60) {
		take_into(&f->in, e, sizeof(*e));
		if (op & 0x80)
			e->conn &= CONNS - 1;
		if (e->len > f->in.n && f->in.n)
			e->len %= f->in.n;
	} else if (op & 0x40) {
		if (f->in.n && *f->in.p & 0x80)
			list_event(f, e, take_byte(&f->in));
		else
			close_event(f, e, c);
	} else {
		data_event(f, e, c, op);
	}
}

/* In memory of just its size, so that reading beyond its end is found. */
static inline void send_event(struct event_script *f, const struct wire_event *e)
{
	size_t data = e->len < f->in.n ? e->len : f->in.n, n = sizeof(*e) + data;
	uint8_t *raw = malloc(n);

	if (!raw)
		return;
	memcpy(raw, e, sizeof(*e));
	take_into(&f->in, raw + sizeof(*e), data);
	event_pieces(raw, n, f->fn, f->ctx);
	free(raw);
}

/* The next event goes to fn. */
static inline void event_script_step(struct event_script *f)
{
	struct wire_event e;

	make_event(f, &e);
	send_event(f, &e);
}

#endif
