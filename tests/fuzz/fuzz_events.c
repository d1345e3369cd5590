/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw events, sensible and absurd ones, through validation and the tracker.
 *
 * The input is a list of events.  Each begins with a byte
 *
 *     bits 0-1 connection, 2 direction, 3 START, 4 of a 1xx (the number stays),
 *     5 with five more bytes: flags, shift of the position, pre_skip, post_skip,
 *         change of the number
 *     6 close, with one more byte: reason and bytes untold
 *     5 and 6: a raw struct wire_event
 *
 * Those of data go on with a byte n and n bytes of data.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "exchange/tracker.h"
#include "transport/event_pieces.h"

#define CONNS	  4
#define CONNS_MAX 3 /* so that eviction happens */

struct input {
	const uint8_t *p;
	size_t n;
};

struct conn {
	uint64_t pos[2];
	uint32_t msg[2];
};

struct fuzz {
	struct input in;
	struct conn conns[CONNS];
	struct tracker *tracker;
	uint64_t now_ns;
	uint64_t seen;
	unsigned sum; /* of all bytes of all exchanges, so that each is read */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t take_byte(struct input *in)
{
	if (!in->n)
		return 0;
	in->n--;
	return *in->p++;
}

static void take_into(struct input *in, void *to, size_t n)
{
	if (n > in->n)
		n = in->n;
	memcpy(to, in->p, n);
	in->p += n;
	in->n -= n;
}

/* ---- what comes out ---- */

static void check(int ok)
{
	if (!ok)
		abort();
}

static void read_bytes(struct fuzz *f, struct bytes b)
{
	check(b.p || !b.n);
	for (size_t i = 0; i < b.n; i++)
		f->sum += b.p[i];
}

static void read_fields(struct fuzz *f, const struct header_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		read_bytes(f, list->fields[i].name);
		read_bytes(f, list->fields[i].value);
	}
}

static void on_exchange(void *ctx, const struct exchange *x)
{
	struct fuzz *f = ctx;

	f->seen++;
	read_bytes(f, x->method);
	read_bytes(f, x->target);
	read_bytes(f, x->scheme);
	read_bytes(f, x->host);
	read_bytes(f, x->path);
	read_fields(f, &x->req_headers);
	read_fields(f, &x->resp_headers);
	read_fields(f, &x->trailers);
	check(strlen(x->comm) <= WIRE_COMM_LEN);
	check((x->status == 0) == (no_status_name(x->no_status) != NULL));
	check(x->status == 0 || (x->status >= 100 && x->status <= 999));
	check(exchange_ttfb_ns(x) >= -1 && exchange_latency_ns(x) >= -1);
}

/* ---- what goes in ---- */

static void shift(uint64_t *pos, uint8_t by)
{
	int8_t n = (int8_t)by;

	*pos += n == INT8_MIN ? UINT64_MAX / 2 : (uint64_t)(int64_t)n;
}

static void shape_event(struct fuzz *f, struct wire_event *e, struct conn *c)
{
	uint8_t flags = take_byte(&f->in);

	e->flags |= flags & (WIRE_F_EOF | WIRE_F_JOINED | WIRE_F_OVERLAP | WIRE_F_SERVER);
	shift(&c->pos[e->dir], take_byte(&f->in));
	e->pre_skip = take_byte(&f->in);
	e->post_skip = take_byte(&f->in);
	c->msg[e->dir] += (int8_t)take_byte(&f->in);
}

static void data_event(struct fuzz *f, struct wire_event *e, struct conn *c, uint8_t op)
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

static void close_event(struct fuzz *f, struct wire_event *e, struct conn *c)
{
	uint8_t reason = take_byte(&f->in);

	e->kind = WIRE_CLOSE;
	e->close_reason = reason & 3;
	e->total_rx = c->pos[WIRE_RX] + (reason >> 2);
	e->total_tx = c->pos[WIRE_TX] + (reason >> 3);
}

static void make_event(struct fuzz *f, struct wire_event *e)
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
		close_event(f, e, c);
	} else {
		data_event(f, e, c, op);
	}
}

static void on_piece(void *tracker, const struct wire_event *e, const uint8_t *data)
{
	tracker_event(tracker, e, data);
}

/* In memory of just its size, so that reading beyond its end is found. */
static void send_event(struct fuzz *f, const struct wire_event *e)
{
	size_t data = e->len < f->in.n ? e->len : f->in.n, n = sizeof(*e) + data;
	uint8_t *raw = malloc(n);

	if (!raw)
		return;
	memcpy(raw, e, sizeof(*e));
	take_into(&f->in, raw + sizeof(*e), data);
	event_pieces(raw, n, on_piece, f->tracker);
	free(raw);
}

static bool is_gone(void *ctx, uint64_t sock, uint64_t conn)
{
	(void)ctx;
	(void)sock;
	(void)conn;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {.in = {data, size}, .now_ns = 1000000};
	struct tracker_options options = {.on_exchange = on_exchange, .ctx = &f, .max_conns = CONNS_MAX};
	struct tracker_stats stats;
	struct wire_event e;

	f.tracker = tracker_new(&options);
	if (!f.tracker)
		return 0;
	while (f.in.n) {
		make_event(&f, &e);
		send_event(&f, &e);
		stats = tracker_stats(f.tracker);
		check(stats.conns <= CONNS_MAX && stats.in_flight <= stats.conns * TRACKER_PENDING_MAX);
	}
	tracker_collect(f.tracker, UINT64_MAX, 0, is_gone, NULL);
	stats = tracker_stats(f.tracker);
	check(stats.conns == 0 && stats.in_flight == 0 && stats.exchanges == f.seen);
	tracker_free(f.tracker);
	return 0;
}
