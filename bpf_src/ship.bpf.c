/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * ship.bpf.c - what is seen goes to user space, as events.
 */

INLINE void name_conn(struct wire_event *e, struct conn *c, u64 sock)
{
	e->conn = c->id;
	e->sock = sock;
	e->netns = c->netns;
	e->family = c->family;
	e->lport = c->lport;
	e->rport = c->rport;
	__builtin_memcpy(e->laddr, c->laddr, 16);
	__builtin_memcpy(e->raddr, c->raddr, 16);
	e->flags = (c->is_server ? WIRE_F_SERVER : 0) | (c->joined ? WIRE_F_JOINED : 0) |
		   (c->http2 ? WIRE_F_HTTP2 : 0) | (c->tls ? WIRE_F_TLS : 0);
}

/* What all events of one call share. */
INLINE void begin_shipping(struct run *r, struct conn *c, struct call *k)
{
	struct wire_event *e = &r->event;
	struct direction *d = direction_of(c, k->dir);
	u64 id = bpf_get_current_pid_tgid();

	name_conn(e, c, k->sock);
	e->kind = WIRE_DATA;
	e->dir = k->dir;
	e->close_reason = 0;
	e->entry_ns = k->entry_ns;
	e->exit_ns = bpf_ktime_get_ns();
	e->pid = id >> 32;
	e->tid = id;
	/* Who it is, is asked when another thread takes over, and for each request, whose process the
	 * record names: exec and prctl rename a thread. */
	if (c->tid != e->tid ||
	    ((d->phase == PHASE_START || d->phase == PHASE_FRAME) && (k->dir == WIRE_RX) == c->is_server)) {
		c->pid = e->pid;
		c->tid = e->tid;
		c->uid = bpf_get_current_uid_gid();
		c->cgroup = bpf_get_current_cgroup_id();
		bpf_get_current_comm(c->comm, sizeof(c->comm));
	}
	e->uid = c->uid;
	e->cgroup = c->cgroup;
	__builtin_memcpy(e->comm, c->comm, sizeof(e->comm));
	if (k->entry_ns && k->entry_ns < d->last_exit_ns)
		e->flags |= WIRE_F_OVERLAP;
	if (d->guessed)
		e->flags |= WIRE_F_GUESSED;
	if (r->cur.left) /* not read()'s 0 */
		d->last_exit_ns = e->exit_ns;
}

/* Ships the first `len` bytes of the window. */
INLINE void ship_data(void *ctx, struct run *r, struct conn *c, u64 len)
{
	struct wire_event *e = &r->event;

	OPAQUE(len);
	if (len > WIRE_DATA_MAX)
		return;
	e->len = len;
	e->total_rx = c->dir[WIRE_RX].total;
	e->total_tx = c->dir[WIRE_TX].total;
	if (put_event(ctx, e, sizeof(*e) + len))
		count(WIRE_LOST_RING_FULL);
}

/* The connection is over. */
INLINE void ship_close(void *ctx, struct conn *c, u64 sock, u32 reason)
{
	struct wire_event e = {};

	c->dir[WIRE_RX].total += unseen_at_end(c, sock);
	name_conn(&e, c, sock);
	e.kind = WIRE_CLOSE;
	e.close_reason = reason;
	e.exit_ns = bpf_ktime_get_ns();
	e.entry_ns = responses_of(c)->last_exit_ns;
	e.pid = c->pid;
	e.tid = c->tid;
	e.uid = c->uid;
	e.cgroup = c->cgroup;
	__builtin_memcpy(e.comm, c->comm, sizeof(e.comm));
	e.total_rx = c->dir[WIRE_RX].total;
	e.total_tx = c->dir[WIRE_TX].total;
	if (put_control(ctx, &e, sizeof(e)))
		count(WIRE_LOST_CONTROL_FULL);
}

/* It is forgotten. */
INLINE void drop_conn(u64 sock)
{
	conns.delete(&sock);
	count(WIRE_STAT_CONNS_GONE);
}

/* read() returned 0: the peer sends no more. */
INLINE void ship_end_of_input(void *ctx, struct run *r, struct conn *c)
{
	struct direction *d = &c->dir[WIRE_RX];
	struct wire_event *e = &r->event;

	if (d->eof_sent)
		return;
	d->eof_sent = 1;
	d->total += unseen_at_end(c, r->sock);
	e->flags |= WIRE_F_EOF;
	e->entry_ns = responses_of(c)->last_exit_ns;
	e->pos = d->total;
	e->pre_skip = d->unshipped;
	e->post_skip = 0;
	e->msg = d->msg;
	d->unshipped = 0;
	ship_data(ctx, r, c, 0);
}
