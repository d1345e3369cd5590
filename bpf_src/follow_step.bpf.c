/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * follow_step.bpf.c - one window of a call; calls itself for the next one.
 */

/* A program may call itself 33 times (MAX_TAIL_CALL_CNT).  A call with more
 * messages or chunks than windows so far is shipped whole from here on: user
 * space follows it exactly, this side has to find its place again. */
#define FOLLOWED_STEPS 22

/* Segments visited per window: more than 500 of a call. */
#define SEGMENTS 16

INLINE void follow_lines(struct run *r, struct conn *c, struct direction *d)
{
	u32 carried = d->carry_len;

	if (carried > CARRY_MAX)
		carried = 0;
#pragma unroll
	for (int i = 0; i < 8; i++)
		((u64 *)r->window)[i] = d->carry[i];
	r->have = carried;
	r->must_ship |= carried != 0;
	d->carry_len = 0;
	if (!fill_window(r, SEGMENTS, WIRE_DATA_MAX)) {
		count(WIRE_LOST_UNREADABLE);
		r->event.flags |= WIRE_F_UNREADABLE;
		r->have = 0;
		pass_unseen(r, d);
		return;
	}
	FORGET();
	if (SHIPS_DATA && r->steps > FOLLOWED_STEPS) {
		r->line = r->have;
		r->must_ship = 1;
	} else {
		follow_window(r, c, d);
	}
	FORGET();
	if (d->phase == PHASE_LOST) {
		d->total += r->have - carried;
		pass_unseen(r, d);
		return;
	}
	go_back(r, carried);
	d->total += r->have - carried;
}

INLINE void begin_step(struct run *r, struct conn *c, struct direction *d)
{
	struct wire_event *e = &r->event;

	r->must_ship = r->have = 0;
	e->flags &= ~(WIRE_F_START | WIRE_F_UNREADABLE | WIRE_F_TOO_LONG | WIRE_F_DATALESS);
	next_message(r);
	if (in_body(d->phase))
		skip_body(r, c, d, r->cur.left - r->cur.skip);
	e->pos = d->total - d->carry_len;
	e->pre_skip = d->unshipped;
	if (d->phase == PHASE_START)
		c->asked &= (r->dir == WIRE_RX) == c->is_server;
	if (d->phase == PHASE_START && !d->mid_line && r->cur.left > r->cur.skip) {
		if (!d->carry_len) {
			d->first_ns = r->dir == WIRE_TX ? e->entry_ns : e->exit_ns;
			number_request(r, c, d);
		}
		if (r->steps <= FOLLOWED_STEPS) /* what is carried goes with it */
			e->flags |= WIRE_F_START;
	}
	e->msg = d->msg;
}

/* What passed unseen goes on with the message under way, or nobody knows. */
INLINE void account_for_unseen(struct conn *c, struct direction *d, struct call *k, u32 n)
{
	u32 unseen = unseen_before(c, d, k, n);

	if (!unseen)
		return;
	d->total += unseen;
	if (d->phase == PHASE_TO_CLOSE)
		d->last_exit_ns = 0; /* when its last byte passed is not known */
	if (d->phase == PHASE_TO_CLOSE || d->phase == PHASE_TUNNEL)
		return;
	if ((d->phase == PHASE_BODY || d->phase == PHASE_CHUNK_DATA) && unseen < d->remaining) {
		d->remaining -= unseen;
	} else if (d->phase == PHASE_BODY && unseen == d->remaining) {
		on_unseen_end(c, d);
		d->remaining = 0;
		d->msg++;
		d->phase = PHASE_START;
	} else {
		count(WIRE_LOST_UNREADABLE);
		d->carry_len = d->mid_line = 0;
		d->phase = PHASE_LOST;
	}
}

/* Goes on elsewhere when this is HTTP/2, or may be from here on. */
INLINE void follow_http2(void *ctx, struct run *r, struct conn *c, struct direction *d)
{
	steps.call(ctx, d->phase == PHASE_UPGRADED ? STEP_UPGRADED : STEP_HTTP2);
	end_run(r);
}

INLINE int is_http2(struct conn *c, struct direction *d)
{
	return c->http2 || d->phase == PHASE_UPGRADED;
}

/* A call's first step.  0: it is not to be followed from here. */
INLINE int enter(void *ctx, struct run *r, struct conn *c)
{
	struct direction *d = c ? direction_of(c, r->dir) : 0;

	if (!d || d->phase == PHASE_LOST) {
		steps.call(ctx, STEP_RARE);
		end_run(r);
		return 0;
	}
	if (c->ignored) {
		leave_run(ctx, r, c);
		return 0;
	}
	if (is_http2(c, d))
		return 1; /* enters there */
	r->entering = 0;
	account_for_unseen(c, d, &r->call, r->cur.left);
	begin_event(r, c, &r->call);
	return 1;
}

int on_step(void *ctx)
{
	u32 zero = 0;
	struct run *r = runs.lookup(&zero);
	struct direction *d;
	struct conn *c;
	u64 behind, before;

	if (!r)
		return 0;
	c = conns.lookup(&r->sock);
	if (r->entering && !enter(ctx, r, c))
		return 0;
	if (!c) {
		end_run(r);
		return 0;
	}
	FORGET();
	d = direction_of(c, r->dir);
	if (is_http2(c, d)) {
		follow_http2(ctx, r, c, d);
		return 0;
	}
	r->steps++;
	begin_step(r, c, d);
	FORGET();
	/* one message's end is settled in a step: what follows a body is for the next */
	if (!r->ended && r->cur.left > r->cur.skip) {
		if (r->shape == SHAPE_NONE) {
			r->event.flags |= WIRE_F_DATALESS;
			count_unseen(d);
			pass_unseen(r, d);
		} else {
			follow_lines(r, c, d);
		}
	}
	FORGET();
	before = d->unshipped;
	d->unshipped = 0;
	if (in_body(d->phase))
		skip_body(r, c, d, r->cur.left - r->cur.skip);
	behind = d->unshipped;
	settle_run(r, c, d);
	FORGET();
	if (!c->confirmed && d->phase == PHASE_LOST) {
		/* it only looked like HTTP */
		conns.delete(&r->sock);
		count(WIRE_STAT_CONNS_GONE);
		end_run(r);
		return 0;
	}
	if (c->ignored) {
		leave_run(ctx, r, c);
		return 0;
	}
	if (r->must_ship) {
		r->event.post_skip = behind;
		d->unshipped = 0;
		if (!r->have)
			r->event.flags &= ~WIRE_F_START;
		emit_data(ctx, r, c, r->have);
	} else {
		d->unshipped = before + r->have + behind;
	}
	if (r->cur.left > r->cur.skip || r->messages) {
		steps.call(ctx, STEP_FOLLOW);
		/* still here: the kernel allows no more of these */
		count(WIRE_LOST_TOO_LONG);
		pass_unseen(r, d);
	}
	if (SHIPS_DATA && r->steps > FOLLOWED_STEPS)
		d->phase = PHASE_LOST;
	leave_run(ctx, r, c);
	return 0;
}

/* A connection that ended while this call was under way, or before it. */
int on_ended(void *ctx)
{
	u32 zero = 0;
	struct run *r = runs.lookup(&zero);
	struct conn *c = r ? conns.lookup(&r->sock) : 0;
	u64 sock;

	if (!c)
		return 0;
	sock = r->sock;
	close_conn(ctx, c, sock, c->reason);
	return 0;
}
