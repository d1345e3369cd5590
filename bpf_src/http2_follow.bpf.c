/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * http2_follow.bpf.c - walks the frames of a call.
 *
 * All is shipped but the payload of DATA frames.  Of these, what user space
 * needs to count gRPC's messages is: a message begins with five bytes that tell
 * its length, and where messages begin within a frame it is shipped whole.
 *
 * What is to be shipped of a call is collected, and goes in one event where
 * that holds it: a server's answers to a hundred streams are a hundred short
 * pieces between bodies.
 */

/* A DATA frame so short costs less to ship than to leave out. */
#define DATA_SHIPPED 64
/* Of a longer one: the length of padding and a message's first five bytes. */
#define DATA_FRONT 16
/* Windows for each of the 33 programs a call may take, and frames in each. */
#define WINDOWS	      4
#define WINDOWS_MAX   512 /* ... where the verifier walks them once */
#define WINDOW_FRAMES 16
/* More than any implementation takes by default (4 MiB): then these five bytes are no message's. */
#define GRPC_MESSAGE_MAX (1ULL << 26)

/*
 * How much of this frame is to be shipped, and what is known of gRPC's messages
 * after it.  Only a guess of what is worth shipping: user space decides what
 * they are.  prefix: the first bytes of DATA.
 */
INLINE u64 front_of(struct direction *d, struct frame *f, u64 prefix)
{
	u64 is_data = is_zero(f->type), same = is_data & is_zero(f->stream ^ d->grpc_stream);
	u64 dense = same & d->grpc_dense, left = same * d->grpc_left, begins, known, over;
	u64 size = (prefix >> 8 & 0xff) << 24 | (prefix >> 16 & 0xff) << 16 | (prefix >> 24 & 0xff) << 8 |
		   (prefix >> 32 & 0xff);

	/* a flag, 0 or 1, and a length */
	begins = is_data & is_zero(left) & is_zero(prefix & 0xfe) & (1 - is_zero(size)) &
		 is_less(size, GRPC_MESSAGE_MAX);
	known = begins | (1 - is_zero(left));
	left = pick(begins, size + 5, left);
	over = known & is_less(left, f->length);
	dense |= over;
	d->grpc_left = pick(is_data, pick(known & (1 - over), left - f->length, 0), d->grpc_left);
	d->grpc_stream = pick(known | dense, f->stream, d->grpc_stream);
	d->grpc_dense = pick(known | same, dense, d->grpc_dense);
	return pick(is_data & (1 - dense) & is_less(DATA_SHIPPED, f->length), DATA_FRONT, f->length);
}

INLINE void ship_parcel(void *ctx, struct run *r, struct conn *c)
{
	struct wire_event *e = &r->parcel.event;
	u64 n = r->parcel_n;

	r->parcel_n = 0;
	OPAQUE(n);
	if (n > WINDOW_MASK)
		return;
	e->len = n;
	e->total_rx = c->dir[WIRE_RX].total;
	e->total_tx = c->dir[WIRE_TX].total;
	if (put_event(ctx, &r->parcel, sizeof(*e) + sizeof(struct wire_skips) + n)) {
		count(WIRE_LOST_RING_FULL);
		c->gapped = 1;
	}
}

/* The window from r->from to r->at is to be shipped. */
INLINE void collect(struct run *r)
{
	u64 from = r->from & WINDOW_MASK, n = (r->at - r->from) & WINDOW_MASK, to = r->parcel_n & WINDOW_MASK;

	OPAQUE(from);
	OPAQUE(n);
	OPAQUE(to);
	from &= WINDOW_MASK;
	n &= WINDOW_MASK;
	to &= WINDOW_MASK;
	bpf_probe_read_kernel(&r->parcel.data[to], n, &r->window[from]);
	r->parcel_n = to + n;
	r->from = r->at;
}

/* Behind what is in the parcel, n bytes of DATA are not shipped.  There is
 * room for one: see walk_frames(). */
INLINE void leave_out(struct run *r, u64 n)
{
	u64 last = r->parcel.skips.n & (WIRE_SKIPS - 1);

	OPAQUE(last);
	last &= WIRE_SKIPS - 1;
	r->parcel.skips.skip[last].at = r->parcel_n;
	r->parcel.skips.skip[last].n = n;
	r->parcel.skips.n = last + 1;
}

/* The frame at r->at, whose header is in the window. */
INLINE void pass_header(struct run *r, struct direction *d)
{
	u64 at = r->at, bad;
	struct frame f;

	read_frame(&f, word_at(r, at), word_at(r, at + 8));
	bad = is_no_frame(&f);
	d->front = pick(bad, 0, front_of(d, &f, word_at(r, at + FRAME_HEADER + (f.flags >> 3 & 1))));
	d->remaining = pick(bad, 0, f.length);
	d->in_data = is_zero(f.type);
	r->at = pick(bad, at, at + FRAME_HEADER);
	r->stop |= bad;
}

/* What the window holds of what is to be shipped of a frame. */
INLINE void pass_front(struct run *r, struct direction *d)
{
	u64 n = r->have - r->at, front = d->front;

	n = pick(is_less(n, front), n, front);
	r->at += n;
	d->front = front - n;
	d->remaining -= n;
}

/* ... and of the rest. */
INLINE void pass_rest(struct run *r, struct direction *d)
{
	u64 n = r->have - r->at, rest = d->remaining;

	n = pick(is_less(n, rest), n, rest);
	if (d->front || !n)
		return;
	collect(r);
	leave_out(r, n);
	r->at += n;
	r->from = r->at;
	d->remaining = rest - n;
}

/* Without branches where that can be, see http1_follow.bpf.c.  The phase is
 * what d->front and d->remaining say. */
INLINE void walk_frames(struct run *r, struct direction *d)
{
	u64 more;

	r->at = r->from = r->stop = 0;
	FORGET();
	REPEAT (WINDOW_FRAMES) {
		pass_front(r, d);
		FORGET();
		pass_rest(r, d);
		FORGET();
		more = is_zero(d->remaining) & is_less(r->at + FRAME_HEADER - 1, r->have) &
		       is_less(r->parcel.skips.n, WIRE_SKIPS) & (1 - r->stop);
		if (!more)
			break;
		pass_header(r, d);
		FORGET();
	}
	if (d->front)
		pass_front(r, d);
	FORGET();
	collect(r);
	r->line = r->at;
	d->phase = d->front ? PHASE_PAYLOAD : d->remaining ? PHASE_DATA : PHASE_FRAME;
	if (r->stop)
		d->phase = PHASE_LOST;
}

/* A frame header that the call does not hold whole goes with the next one. */
INLINE void keep_header(struct run *r, struct direction *d)
{
	u32 n = r->have - r->line;

	if (!n || n >= FRAME_HEADER || r->cur.left || d->phase != PHASE_FRAME)
		return;
	d->carry[0] = word_at(r, r->line);
	d->carry_len = n;
	d->total += n;
	r->have = r->line;
}

/* DATA that nobody needs, as far as the call holds it, is not even read. */
INLINE void jump_data(struct run *r, struct direction *d)
{
	u64 there = r->cur.left - r->cur.skip, n = d->remaining < there ? d->remaining : there;

	if (d->phase != PHASE_DATA || !n)
		return;
	d->front = 0;
	d->remaining -= n;
	d->total += n;
	r->cur.skip += n;
	if (!d->remaining) {
		d->phase = PHASE_FRAME;
		r->must_ship = 1;
	}
	if (r->parcel_n)
		leave_out(r, n);
	else
		d->unshipped += n;
}

/* The next byte collected is the first of a new event. */
INLINE void begin_parcel(struct run *r, struct direction *d)
{
	struct wire_event *e = &r->parcel.event;

	e->flags = (e->flags & ~WIRE_F_START) | (d->phase == PHASE_FRAME ? WIRE_F_START : 0);
	e->pos = d->total - d->carry_len;
	e->pre_skip = d->unshipped;
	r->parcel.skips.n = 0;
}

/* The end of a call.  A frame that ended with it is to be known, for the time. */
INLINE void finish_parcel(void *ctx, struct run *r, struct conn *c, struct direction *d)
{
	if (!r->parcel_n && (!r->must_ship || !d->unshipped))
		return;
	if (!r->parcel_n) {
		begin_parcel(r, d);
		r->parcel.event.flags &= ~WIRE_F_START;
		d->unshipped = 0;
	}
	ship_parcel(ctx, r, c);
}

/* The call's memory could not be read, or holds no frames where some should be. */
INLINE void lose_frames(void *ctx, struct run *r, struct conn *c, struct direction *d)
{
	finish_parcel(ctx, r, c, d);
	pass_unseen(r, d);
	c->gapped = 1;
}

/* Fills a window and walks it. */
INLINE void follow_frames(void *ctx, struct run *r, struct conn *c, struct direction *d)
{
	r->carried = d->carry_len & 15;
	r->empty = !r->parcel_n;
	*(u64 *)r->window = d->carry[0];
	r->have = r->carried;
	if (!fill_window(r, FRAME_SEGMENTS, WINDOW_MAX)) {
		count(WIRE_LOST_UNREADABLE);
		lose_frames(ctx, r, c, d);
		return;
	}
	d->carry_len = 0;
	d->total -= r->carried;
	FORGET();
	walk_frames(r, d);
	FORGET();
	if (r->empty && r->parcel_n)
		d->unshipped = 0;
	if (d->phase == PHASE_LOST) {
		d->total += r->have;
		lose_frames(ctx, r, c, d);
		return;
	}
	keep_header(r, d);
	go_back(r, r->carried);
	d->total += r->have;
}

/* One window of the call.  0: there is no more to do. */
INLINE int frames_step(void *ctx, struct run *r, struct conn *c, struct direction *d)
{
	next_message(r);
	/* a window's bytes, and its skips, need room */
	if (r->parcel_n > WINDOW_MAX / 4 || (r->parcel_n && r->parcel.skips.n >= WIRE_SKIPS - 1))
		ship_parcel(ctx, r, c);
	FORGET();
	/* sendfile: what was to be shipped of it is not there to be read */
	if (r->shape == SHAPE_NONE && d->phase == PHASE_PAYLOAD && d->in_data)
		d->phase = PHASE_DATA;
	jump_data(r, d);
	if (r->cur.left <= r->cur.skip)
		return r->messages != 0;
	if (r->shape == SHAPE_NONE) {
		if (!SHIPS_DATA) /* else user space finds the gap */
			count(WIRE_LOST_UNREADABLE);
		lose_frames(ctx, r, c, d);
		return 0;
	}
	if (!r->parcel_n)
		begin_parcel(r, d);
	follow_frames(ctx, r, c, d);
	return d->phase != PHASE_LOST;
}

/* What passed unseen is DATA that nobody needs, or the place is lost. */
INLINE void account_for_unseen_frames(struct run *r, struct conn *c, struct direction *d)
{
	u32 unseen = unseen_before(c, d, &r->call, r->cur.left);

	if (!unseen)
		return;
	d->total += unseen;
	if ((d->phase == PHASE_DATA || (d->phase == PHASE_PAYLOAD && d->in_data)) && unseen <= d->remaining) {
		d->phase = PHASE_DATA;
		d->front = 0;
		d->remaining -= unseen;
		d->unshipped += unseen;
		if (!d->remaining)
			d->phase = PHASE_FRAME;
		return;
	}
	count(WIRE_LOST_UNREADABLE);
	d->unshipped = d->carry_len = 0;
	d->phase = PHASE_LOST;
}

/*
 * The first bytes after a 101.  The server's are SETTINGS, the client's the
 * preface (RFC 7540 3.2), when it is HTTP/2 that they agreed upon; a tunnel's
 * otherwise.
 */
INLINE void decide_upgrade(struct run *r, struct conn *c, struct direction *d)
{
	struct cursor was = r->cur;
	struct direction *other = direction_of(c, !r->dir);
	u32 requests = (r->dir == WIRE_RX) == c->is_server;

	r->have = 0;
	if (r->shape != SHAPE_NONE && fill_window(r, FRAME_SEGMENTS, WINDOW_MAX) && r->have > FRAME_HEADER) {
		r->at = 0;
		r->start = START_NOT;
		c->http2 = requests ? word_at(r, 0) == PREFACE : look_ahead(r) && r->start == START_SETTINGS;
	}
	r->cur = was;
	if (!c->http2) {
		d->phase = PHASE_TUNNEL;
		return;
	}
	begin_frames(d, requests);
	if (other->phase == PHASE_UPGRADED)
		begin_frames(other, !requests);
}

INLINE void enter_frames(struct run *r, struct conn *c, struct direction *d)
{
	if (r->entering)
		account_for_unseen_frames(r, c, d);
	else
		d->last_exit_ns = 0; /* the 101 came with this very call */
	r->entering = 0;
#ifdef HEADERS
	note_read(&r->call, r->returned);
#endif
	begin_shipping(r, c, &r->call);
	r->parcel.event = r->event;
	r->parcel.event.flags |= WIRE_F_SKIPS;
	r->parcel.event.post_skip = 0;
	r->parcel.event.msg = 0;
	r->parcel_n = r->parcel.skips.n = r->must_ship = 0;
}

/* After a 101: which protocol goes on? */
int on_upgraded(void *ctx)
{
	u32 zero = 0;
	struct run *r = runs.lookup(&zero);
	struct conn *c = r ? conns.lookup(&r->sock) : 0;
	struct direction *d;

	if (!r)
		return 0;
	if (c) {
		d = direction_of(c, r->dir);
		decide_upgrade(r, c, d);
		FORGET();
		if (c->http2) {
			enter_frames(r, c, d);
			steps.call(ctx, STEP_HTTP2);
		} else {
			steps.call(ctx, STEP_FOLLOW);
		}
	}
	end_run(r);
	return 0;
}

/* A call, or what is left of one, on a connection that speaks HTTP/2. */
int on_http2(void *ctx)
{
	u32 zero = 0;
	struct run *r = runs.lookup(&zero);
	struct conn *c = r ? conns.lookup(&r->sock) : 0;
	struct direction *d;

	if (!r)
		return 0;
	if (!c) {
		end_run(r);
		return 0;
	}
	d = direction_of(c, r->dir);
	if (r->entering)
		enter_frames(r, c, d);
	FORGET();
	r->windows = 0;
	FORGET();
	REPEAT (WINDOWS) {
		if (r->windows++ > WINDOWS_MAX)
			break;
		if (d->phase == PHASE_LOST || !frames_step(ctx, r, c, d))
			goto done;
		FORGET();
	}
	steps.call(ctx, STEP_HTTP2);
	/* still here: the kernel allows no more of these */
	count(WIRE_LOST_TOO_LONG);
	lose_frames(ctx, r, c, d);
done:
	finish_parcel(ctx, r, c, d);
	if (d->phase == PHASE_LOST && !c->confirmed) {
		/* it only looked like HTTP/2 */
		drop_conn(r->sock);
		end_run(r);
		return 0;
	}
	c->confirmed = 1;
	leave_run(ctx, r, c);
	return 0;
}
