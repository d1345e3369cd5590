/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * syscall_exit.bpf.c - tracepoint:syscalls:sys_exit_*: the call's true length
 * is known and its memory resident; follow its bytes.
 */

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

/* Does this call begin with the start of a message? */
INLINE int begins_message(struct run *r)
{
	u32 n = 0;
	u64 word = first_word(r, &n);

	r->start = n ? start_kind(word, n) : START_NOT;
	return r->start != START_NOT;
}

/* A connection not known yet is taken up when a call begins with the start of
 * a message.  Who sent it tells the role. */
INLINE struct conn *adopt(struct run *r, struct call *k)
{
	struct conn *c = &r->fresh;
	u32 response = r->start == START_RESPONSE;
	int protocol;

	__builtin_memset(c, 0, sizeof(*c));
	protocol = describe_sock(k->sock, c);
	if (!protocol)
		return 0;
	c->is_server = response == (k->dir == WIRE_TX);
	if (!conn_wanted(c))
		return 0;
	/* r->cur.left is not the whole call when it is a vector of messages */
	if (protocol == L7_IPPROTO_TCP && k->shape != SHAPE_MMSGHDR)
		c->joined = carried_before(k->sock, k->dir, r->cur.left);
	/* an answer to something asked before we came: that request was number 0 */
	if (response)
		c->dir[k->dir == WIRE_RX ? WIRE_TX : WIRE_RX].msg = 1;
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
	r->first = 1;
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

/* read() returned 0: the peer sends no more. */
INLINE void end_of_input(struct run *r, struct conn *c)
{
	struct direction *d = &c->dir[WIRE_RX];
	struct wire_event *e = &r->event;

	if (d->eof_sent)
		return;
	d->eof_sent = 1;
	e->flags |= WIRE_F_EOF;
	e->pos = d->total;
	e->pre_skip = d->unshipped;
	e->post_skip = 0;
	e->msg = d->msg;
	d->unshipped = 0;
	emit_data(r, c, 0);
}

int on_exit(void *ctx)
{
	u64 id = bpf_get_current_pid_tgid();
	s64 n = *(s64 *)(ctx + TP_RET);
	struct call *entered, k;
	struct direction *d;
	struct conn *c;
	struct run *r;

	if (!FILTER_PID(id >> 32)) /* spares other processes the look-up */
		return 0;
	entered = calls.lookup(&id);
	if (!entered)
		return 0;
	k = *entered;
	calls.delete(&id);
	c = conns.lookup(&k.sock);
	if (!c && (n <= 0 || k.shape == SHAPE_NONE))
		return 0;
	r = begin_run(&k, n);
	if (!r)
		return 0;
	if (n < 0 || (n == 0 && (k.dir != WIRE_RX || k.count == 0))) {
		if (c)
			leave_run(ctx, r, c);
		end_run(r);
		return 0;
	}
	d = c ? direction_of(c, k.dir) : 0;
	if (n && (!d || d->phase == PHASE_LOST)) {
		if (!begins_message(r)) {
			if (d)
				pass_unseen(r, d);
			end_run(r);
			return 0;
		}
		if (!c)
			c = adopt(r, &k);
		else
			find_place(r, c, d);
	}
	if (c) {
		begin_event(r, c, &k);
		if (n == 0)
			end_of_input(r, c);
		else
			steps.call(ctx, STEP_FOLLOW);
		leave_run(ctx, r, c);
		return 0;
	}
	end_run(r);
	return 0;
}
