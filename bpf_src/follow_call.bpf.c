/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * follow_call.bpf.c - a call has returned: its true length is known and its
 * memory resident; follow its bytes.
 */

/* What was read with these flags is no progress, or has no buffer (MSG_TRUNC). */
#define L7_MSG_PEEK	0x02
#define L7_MSG_OOB	0x01
#define L7_MSG_TRUNC	0x20
#define L7_MSG_ERRQUEUE 0x2000

/* The first bytes of the call, at most eight, without moving the cursor on. */
INLINE u64 first_word(struct run *r, u32 *n)
{
	u64 word = 0, there;

	if (!r->cur.segment_left && !load_segment(r))
		return 0;
	if (!r->cur.segment_left && !load_segment(r)) /* one empty iovec in front */
		return 0;
	there = r->cur.segment_left < 8 ? r->cur.segment_left : 8;
	*n = there;
	OPAQUE(there);
	if (there > 8)
		return 0;
	if (bpf_probe_read_user(&word, there, (void *)r->cur.base))
		*n = 0;
	return word;
}

/* Does this call begin with the start of a message, or a frame?  c: NULL when
 * that is not known to be a connection of HTTP at all. */
INLINE int begins_message(struct run *r, struct conn *c)
{
	u32 n = 0;
	u64 word = first_word(r, &n);

	r->start = START_NOT;
	if (n == 8 && (!c || c->http2) && begins_frames(r, word))
		return 1;
	if (n && (!c || !c->http2))
		r->start = start_kind(word, n);
	return r->start != START_NOT;
}

/* Whose connection it is; see struct conn.  Returns the protocol, 0 when this is none. */
INLINE int describe_conn(struct call *k, struct conn *c)
{
	int protocol;

	if (k->sock & KEY_TLS) {
		c->tls = 1;
		c->unpositioned = 1;
		/* that of a program which moves the ciphertext itself has no addresses */
		return k->sock & KEY_NO_SOCK ? L7_IPPROTO_TCP : describe_sock(k->sock & ~7ULL, &c->wire);
	}
	protocol = describe_sock(k->sock, &c->wire);
	c->unpositioned = protocol == L7_IPPROTO_MPTCP || has_ulp(k->sock);
	return protocol;
}

/* A connection not known yet is taken up when a call begins with what can be
 * the start of a message.  Who sent it tells the role. */
INLINE struct conn *adopt(struct run *r, struct call *k)
{
	struct conn *c = &r->fresh;
	int protocol;

	__builtin_memset(c, 0, CONN_CLEARED);
	protocol = describe_conn(k, c);
	if (!protocol)
		return 0;
	c->is_server = (r->start == START_RESPONSE) == (k->dir == WIRE_TX);
	if (!conn_wanted(&c->wire))
		return 0;
	/* r->cur.left is not the whole call when it is a vector of messages */
	if (c->tls)
		c->joined = k->carried;
	else if (protocol == L7_IPPROTO_TCP && k->shape != SHAPE_MMSGHDR)
		c->joined = carried_before(k->sock, k->dir, r->cur.left);
	if (r->start > START_RESPONSE && !take_up_http2(r, c, k, protocol))
		return 0;
	note_position(c, &c->dir[WIRE_RX], WIRE_RX, k->sock);
	note_position(c, &c->dir[WIRE_TX], WIRE_TX, k->sock);
	c->id = bpf_ktime_get_ns() << 8 | (bpf_get_smp_processor_id() & 0xff);
	if (conns.update(&k->sock, c)) {
		count(WIRE_LOST_CONNS_FULL);
		return 0;
	}
	count(WIRE_STAT_CONNS_MADE);
	return conns.lookup(&k->sock);
}

INLINE struct run *begin_run(struct call *k, u64 n)
{
	u32 zero = 0;
	struct run *r = runs.lookup(&zero);

	if (!r)
		return 0;
	if (r->busy) {
		count(WIRE_LOST_SCRATCH_BUSY);
		return 0;
	}
	r->busy = 1;
	r->shape = k->shape;
	r->sock = k->sock;
	r->dir = k->dir;
	r->cur.left = n;
	r->cur.skip = 0;
	r->messages = 0;
	r->steps = 0;
	point_at_iovecs(r, 0, 0);
	if (k->shape == SHAPE_BUFFER) {
		r->cur.base = k->buffer;
		r->cur.segment_left = n;
	} else if (k->shape == SHAPE_IOVEC) {
		point_at_iovecs(r, k->buffer, k->count);
	} else if (k->shape != SHAPE_NONE) {
		point_at_msghdr(r, k->buffer);
		if (k->shape == SHAPE_MMSGHDR)
			r->messages = n - 1;
		r->message = k->buffer + sizeof(struct abi_msghdr);
	}
	return r;
}

/* n: what the call returned.  The connection is looked up where the bytes are
 * followed, once. */
INLINE void follow_call(void *ctx, struct call *k, s64 n)
{
	struct run *r = begin_run(k, n);

	if (!r)
		return;
	r->call = *k;
	r->returned = n;
	r->entering = n > 0;
	if (n > 0)
		steps.call(ctx, STEP_FOLLOW);
	else
		steps.call(ctx, STEP_RARE);
	end_run(r);
}

/* A connection that is not known, one that has lost its place, the end of what
 * the peer sends, or a call that failed. */
int on_rare(void *ctx)
{
	u32 zero = 0;
	struct run *r = runs.lookup(&zero);
	struct direction *d = 0;
	struct conn *c;
	struct call k;

	if (!r)
		return 0;
	k = r->call;
	c = conns.lookup(&k.sock);
	if (c ? c->ignored && !c->ended : r->returned <= 0 || k.shape == SHAPE_NONE)
		goto end;
	if (c && r->returned <= 0) {
		if (r->returned == 0 && k.dir == WIRE_RX && k.count) {
			if (c->http2) {
				begin_shipping(r, c, &k);
				ship_end_of_input(ctx, r, c);
			} else {
				begin_event(r, c, &k);
				end_of_input(ctx, r, c);
			}
		}
		leave_run(ctx, r, c);
		return 0;
	}
	if (c) {
		d = direction_of(c, k.dir);
		note_position(c, d, k.dir, k.sock);
		c->asked &= (k.dir == WIRE_RX) == c->is_server;
	}
	if (!begins_message(r, c) || (d && !may_find_place(c))) {
		if (d)
			pass_unseen(r, d);
		goto end;
	}
	if (!d)
		c = adopt(r, &k);
	else if (c->http2)
		find_frames(r, c, d);
	else
		find_place(r, c, d);
	if (c && c->http2) {
		steps.call(ctx, STEP_HTTP2);
	} else if (c) {
		r->entering = 0;
		begin_event(r, c, &k);
		steps.call(ctx, STEP_FOLLOW);
	}
end:
	end_run(r);
	return 0;
}
