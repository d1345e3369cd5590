/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * latency.bpf.c - HTTP/1: exchanges are timed and counted here; nothing is sent.
 *
 * In the place of emit.bpf.c: the same functions, for a tool that needs no
 * events of them.
 */

#define SHIPS_DATA 0

INLINE struct pending *pending_of(struct conn *c, u32 msg)
{
	u64 at = msg & (PENDING_MAX - 1);

	OPAQUE(at);
	at = (at & (PENDING_MAX - 1)) * sizeof(struct pending);
	return (struct pending *)((void *)c->timing.pending + at);
}

#ifdef LATENCY_BREAKDOWN
#define NEEDS_RESPONSE_NS 1
/* The parts add up: each begins where the one before it ends. */
INLINE void count_timed(struct wire_latency_key *key, struct conn *c, struct timed *t)
{
	/* a response may overtake the rest of its request */
	u64 complete_ns = t->complete_ns && t->complete_ns < t->response_ns ? t->complete_ns : t->response_ns;
	u64 parts[5] = {t->before_ns + t->end_ns - t->first_ns, t->before_ns, complete_ns - t->first_ns,
			t->response_ns - complete_ns, t->end_ns - t->response_ns};
	u32 before = c->is_server ? WIRE_PART_QUEUE : WIRE_PART_CONNECT;

#pragma nounroll
	for (int i = 0; i < 5; i++) {
		if (i == 1 && !t->before_ns)
			continue;
		key->part = i ? before + i - 1 : WIRE_PART_TOTAL;
		count_duration(key, parts[i]);
	}
}
#else
#define NEEDS_RESPONSE_NS LATENCY_TTFB
INLINE void count_timed(struct wire_latency_key *key, struct conn *c, struct timed *t)
{
	count_duration(key, (LATENCY_TTFB ? t->response_ns : t->end_ns) - t->first_ns);
}
#endif

/* Counts the exchange that has just been completed, if there is one. */
INLINE void settle(struct conn *c, struct timed *t)
{
	struct wire_latency_key key;

	if (!t->ready)
		return;
	t->ready = 0;
	if (!FILTER_STATUS(t->status))
		return;
	if (!t->first_ns || !t->end_ns || t->end_ns < t->first_ns ||
	    (NEEDS_RESPONSE_NS && (t->response_ns < t->first_ns || t->end_ns < t->response_ns))) {
		count(WIRE_LOST_UNTIMED);
		return;
	}
	make_key(&key, c, t->status);
	count_timed(&key, c, t);
	key.part = WIRE_PART_TOTAL;
	count_failed(&key, t->status);
}

/*
 * A response is complete: t has its times and status.  A client's threads may write a request and read its
 * response at once, and the read can return first: then what is known of the
 * response waits for the request.
 */
INLINE void take_response(struct conn *c, u32 msg, struct timed *t)
{
	struct pending *p = pending_of(c, msg);

	if (p->set >= PENDING_HEAD && p->msg == msg) {
		t->first_ns = p->first_ns;
		t->complete_ns = p->complete_ns;
		t->before_ns = p->before_ns;
		t->ready = 1;
		p->set = PENDING_NONE;
		c->inflight--;
	} else if (p->set == PENDING_NONE) {
		p->set = PENDING_RESPONSE;
		p->msg = msg;
		p->first_ns = t->response_ns;
		p->complete_ns = t->end_ns;
		p->before_ns = t->status;
	}
}

INLINE void on_message_begin(struct run *r, struct conn *c, struct direction *d)
{
	struct pending *p = pending_of(c, d->msg);
	struct timed *t = &r->timed;

	if (d->is_response || c->ignored)
		return;
	if (p->set >= PENDING_HEAD) { /* more in flight than can be kept */
		count(WIRE_LOST_UNTIMED);
		return;
	}
	if (p->set == PENDING_RESPONSE && p->msg == d->msg) {
		t->first_ns = d->first_ns;
		t->complete_ns = 0;
		t->before_ns = c->timing.before_ns;
		t->response_ns = p->first_ns;
		t->end_ns = p->complete_ns;
		t->status = p->before_ns;
		t->ready = 1;
		p->set = PENDING_NONE;
	} else {
		c->inflight++;
		p->set = PENDING_HEAD;
		p->msg = d->msg;
		p->first_ns = d->first_ns;
		p->complete_ns = 0;
		p->before_ns = c->timing.before_ns;
	}
	c->timing.before_ns = 0;
}

INLINE void on_head_end(struct run *r, struct conn *c, struct direction *d)
{
	struct pending *p = pending_of(c, d->msg);

	if (!d->is_response && p->set == PENDING_HEAD && p->msg == d->msg)
		p->set = PENDING_REQUEST;
}

/* Only takes note, for settle_run(): this is called from several places. */
INLINE void on_message_end(struct run *r, struct conn *c, struct direction *d)
{
	r->ended = 1;
	r->ended_msg = d->msg;
	r->ended_first_ns = d->first_ns;
}

/* What the step has brought to an end, one message at most. */
INLINE void settle_run(struct run *r, struct conn *c, struct direction *d)
{
	struct pending *p = pending_of(c, r->ended_msg);

	if (r->ended && d->is_response) {
		r->timed.response_ns = r->ended_first_ns;
		r->timed.end_ns = r->event.exit_ns;
		r->timed.status = d->status;
		take_response(c, r->ended_msg, &r->timed);
	} else if (r->ended && p->set >= PENDING_HEAD && p->msg == r->ended_msg) {
		p->complete_ns = r->event.exit_ns;
	}
	r->ended = 0;
	settle(c, &r->timed);
}

/* The message has ended, but when is not known. */
INLINE void on_unseen_end(struct conn *c, struct direction *d)
{
	struct pending *p = pending_of(c, d->msg);

#ifndef LATENCY_BREAKDOWN
	if (!d->is_response)
		return;
#endif
	if (p->set < PENDING_HEAD || p->msg != d->msg)
		return;
	p->set = PENDING_NONE;
	c->inflight--;
	count(WIRE_LOST_UNTIMED);
}

/* Requests still pending whose number is before that, which are forgotten:
 * returns how many of them have a whole head.  Without branches, see
 * http1_follow.bpf.c. */
INLINE u64 drop_pending(struct conn *c, u32 before)
{
	u64 n = 0, drop;

#pragma nounroll
	for (int i = 0; i < PENDING_MAX; i++) {
		struct pending *p = pending_of(c, i);

		/* PENDING_HEAD is 2, PENDING_REQUEST 3 */
		drop = ((p->set >> 1) & ((u32)(p->msg - before) >> 31)) & 1;
		OPAQUE(drop);
		n += drop & p->set;
		p->set &= ~(drop * 3);
		c->inflight -= drop;
		FORGET();
	}
	return n;
}

INLINE void count_untimed(u64 n)
{
	u32 which = WIRE_LOST_UNTIMED;
	u64 *value = counters.lookup(&which);

	if (value)
		*value += n;
}

/* Which response answers which request would be a guess. */
INLINE int may_find_place(struct conn *c)
{
	return !c->pipelined;
}

/* Some responses may have passed unseen. */
INLINE void on_place_found(struct conn *c)
{
	count_untimed(drop_pending(c, responses_of(c)->msg));
}

/* Only where something is waited for is it a loss that the bytes cannot be read. */
INLINE void count_unseen(struct direction *d)
{
	if (in_lines(d->phase))
		count(WIRE_LOST_UNREADABLE);
}

/* ---- what follow_call.bpf.c and others ask for ---- */

#ifdef LATENCY_BREAKDOWN
/* Sockets with unread data, and since when.  The oldest are forgotten. */
BPF_TABLE("lru_hash", u64, u64, readable, 16384);
/* Connections being opened, and since when; then how long it took, and OPENED. */
BPF_TABLE("lru_hash", u64, u64, opening, 16384);
#define OPENED (1ULL << 63)

/* Data that stays behind has come at a time that nobody noted. */
INLINE void measure_queue(struct conn *c, u64 sock, u64 now)
{
	u64 *since = readable.lookup(&sock);
	u32 received = 0, copied = 0;

	c->timing.before_ns = since && !c->timing.queue_unsure && *since < now ? now - *since : 0;
	readable.delete(&sock);
	READ_MEMBER(received, sock, tcp_sock_rcv_nxt);
	READ_MEMBER(copied, sock, tcp_sock_copied_seq);
	c->timing.queue_unsure = (s32)(received - copied) > 0;
}

INLINE void measure_opening(struct conn *c, u64 sock)
{
	u64 *took = opening.lookup(&sock);

	if (!took)
		return;
	if (!c->joined && *took & OPENED)
		c->timing.before_ns = *took & ~OPENED;
	opening.delete(&sock);
}

/* Its address will be another socket's. */
INLINE void forget_sock(u64 sock)
{
	readable.delete(&sock);
	opening.delete(&sock);
}
#else
INLINE void forget_sock(u64 sock)
{
}
#endif

INLINE void begin_event(struct run *r, struct conn *c, struct call *k)
{
	struct wire_event *e = &r->event;
	struct direction *d = direction_of(c, k->dir);

	e->entry_ns = k->entry_ns;
	e->exit_ns = bpf_ktime_get_ns();
	if (r->cur.left)
		d->last_exit_ns = e->exit_ns;
#ifdef LATENCY_BREAKDOWN
	if (c->is_server && k->dir == WIRE_RX)
		measure_queue(c, k->sock, e->exit_ns);
	else if (!c->is_server && k->dir == WIRE_TX && d->total == 0)
		measure_opening(c, k->sock);
#endif
#if LATENCY_BY & (WIRE_BY_PID | WIRE_BY_COMM | WIRE_BY_CGROUP)
	if (d->phase == PHASE_START && (k->dir == WIRE_RX) == c->is_server) {
		c->pid = bpf_get_current_pid_tgid() >> 32;
		c->cgroup = bpf_get_current_cgroup_id();
		bpf_get_current_comm(c->comm, sizeof(c->comm));
	}
#endif
}

INLINE void emit_data(void *ctx, struct run *r, struct conn *c, u64 len)
{
}

/* A response that only the end of the connection ends (RFC 9112 6.3) is complete. */
INLINE void finish_until_close(struct conn *c)
{
	struct direction *d = responses_of(c);
	struct timed t = {};

	if (d->phase != PHASE_TO_CLOSE)
		return;
	d->phase = PHASE_TUNNEL;
	t.response_ns = d->first_ns;
	t.end_ns = d->last_exit_ns;
	t.status = d->status;
	take_response(c, d->msg, &t);
	settle(c, &t);
}

/* No response will come any more. */
INLINE void fail_pending(struct conn *c, u64 sock)
{
	u64 unanswered = drop_pending(c, c->dir[0].msg + c->dir[1].msg + 2);

	if (c->dir[0].phase == PHASE_LOST || c->dir[1].phase == PHASE_LOST || has_unseen(c, sock))
		count_untimed(unanswered);
	else
		count_errors(c, unanswered);
}

/* read() returned 0: the peer sends no more. */
INLINE void end_of_input(void *ctx, struct run *r, struct conn *c)
{
	if (c->is_server)
		return;
	finish_until_close(c);
	fail_pending(c, r->sock);
}

INLINE void close_conn(void *ctx, struct conn *c, u64 sock, u32 reason)
{
	if (!c->http2) {
		if (c->is_server ? reason == WIRE_CLOSE_LOCAL : reason == WIRE_CLOSE_RESET_AFTER_END)
			finish_until_close(c);
		fail_pending(c, sock);
	}
	/* its rows name it by its id alone */
	if (c->http2 || (LATENCY_BY & WIRE_BY_CONN) != 0)
		ship_close(ctx, c, sock, reason);
	drop_conn(sock);
}
