/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * latency.bpf.c - exchanges are timed and counted here; nothing is sent.
 *
 * In the place of emit.bpf.c: the same functions, for a tool that needs no
 * events.
 */

#define SHIPS_DATA 0

BPF_F_TABLE("hash", struct wire_latency_key, struct wire_latency, rows, LATENCY_ROWS, BPF_F_NO_PREALLOC);
/* What a new row is made of; nobody writes to it. */
BPF_ARRAY(empty_row, struct wire_latency, 1);
/* Which half of the rows is being filled. */
BPF_ARRAY(side, u32, 1);

/* ---- counting ---- */

/* Position of the highest bit set; v must not be 0. */
INLINE u32 highest_bit(u64 v)
{
	u32 n = 0, low;

	if (v >> 32)
		n = 32, v >>= 32;
	low = v;
	if (low >> 16)
		n += 16, low >>= 16;
	if (low >> 8)
		n += 8, low >>= 8;
	if (low >> 4)
		n += 4, low >>= 4;
	if (low >> 2)
		n += 2, low >>= 2;
	return n + (low >> 1);
}

/* common/base/histogram.h says which. */
INLINE u32 bucket_of(u64 us)
{
	u32 top;

	if (us >> WIRE_LATENCY_SUB_BITS == 0)
		return us;
	if (us >> WIRE_LATENCY_TOP_BITS)
		return WIRE_LATENCY_BUCKETS - 1;
	top = highest_bit(us) - WIRE_LATENCY_SUB_BITS;
	return ((top + 1) << WIRE_LATENCY_SUB_BITS) + (u32)(us >> top) - (1 << WIRE_LATENCY_SUB_BITS);
}

INLINE u32 ms_slot_of(u64 ms)
{
	u32 slot = ms > 1 ? highest_bit(ms) : 0;

	return slot < WIRE_LATENCY_MS_SLOTS ? slot : WIRE_LATENCY_MS_SLOTS - 1;
}

/* The row of that key, made when it is new; other keys' when there is no room. */
INLINE struct wire_latency *row_of(struct wire_latency_key *key)
{
	struct wire_latency *row = rows.lookup(key), *empty;
	struct wire_latency_key other = {};
	u32 zero = 0;

	if (row)
		return row;
	empty = empty_row.lookup(&zero);
	if (!empty)
		return 0;
	rows.insert(key, empty);
	row = rows.lookup(key);
	if (row)
		return row;
	other.other = 1;
	other.cpu = key->cpu;
	other.side = key->side;
	other.part = key->part;
	row = rows.lookup(&other);
	if (!row)
		count(WIRE_LOST_ROWS);
	return row;
}

/* Each CPU has its own rows; an interrupt's program may come in between, hence
 * atomic additions.  A reader that finds min or max outside of the filled
 * buckets knows that one was overtaken. */
INLINE void count_duration(struct wire_latency_key *key, u64 ns)
{
	struct wire_latency *row = row_of(key);
	u64 us = ns / 1000, bucket = bucket_of(us), slot = ms_slot_of(us / 1000);

	if (!row)
		return;
	if (ns < row->min_ns || !row->max_ns)
		row->min_ns = ns;
	if (ns > row->max_ns)
		row->max_ns = ns;
	OPAQUE(bucket);
	OPAQUE(slot);
	if (bucket >= WIRE_LATENCY_BUCKETS || slot >= WIRE_LATENCY_MS_SLOTS)
		return;
	__sync_fetch_and_add(&row->sum_ns, ns);
	__sync_fetch_and_add(&row->ms[slot], 1);
#ifdef LATENCY_SLO_NS
	if (ns <= LATENCY_SLO_NS)
		__sync_fetch_and_add(&row->within, 1);
#endif
	__sync_fetch_and_add(&row->buckets[bucket], 1);
}

INLINE void make_key(struct wire_latency_key *key, struct conn *c, u16 status)
{
	u32 zero = 0, *now = side.lookup(&zero);

	__builtin_memset(key, 0, sizeof(*key));
	key->cpu = bpf_get_smp_processor_id();
	key->side = now ? *now : 0;
	if (LATENCY_BY & WIRE_BY_PID)
		key->pid = c->pid;
	if (LATENCY_BY & WIRE_BY_COMM)
		__builtin_memcpy(key->comm, c->comm, sizeof(key->comm));
	if (LATENCY_BY & WIRE_BY_ROLE)
		key->role = c->is_server ? 2 : 1;
	if (LATENCY_BY & WIRE_BY_STATUS)
		key->status = status;
	if (LATENCY_BY & WIRE_BY_CGROUP)
		key->cgroup = c->cgroup;
	if (LATENCY_BY & WIRE_BY_PEER) {
		key->family = c->family;
		__builtin_memcpy(key->peer, c->raddr, sizeof(key->peer));
	}
}

/* Exchanges of this connection that ended without a complete response. */
INLINE void count_errors(struct conn *c, u64 n)
{
	struct wire_latency_key key;
	struct wire_latency *row;

	if (!n || !FILTER_STATUS(0))
		return;
	make_key(&key, c, 0);
	row = row_of(&key);
	if (row)
		__sync_fetch_and_add(&row->errors, n);
}

/* ---- timing ---- */

INLINE struct pending *pending_of(struct conn *c, u32 msg)
{
	u64 at = (msg & (PENDING_MAX - 1)) * sizeof(struct pending);

	OPAQUE(at);
	if (at > (PENDING_MAX - 1) * sizeof(struct pending))
		at = 0;
	return (struct pending *)((void *)c->timing.pending + at);
}

#ifdef LATENCY_BREAKDOWN
#define NEEDS_RESPONSE_NS 1
/* The parts add up: each begins where the one before it ends. */
INLINE void count_exchange(struct wire_latency_key *key, struct conn *c, struct pending *p, u64 response_ns,
			   u64 end_ns)
{
	/* a response may overtake the rest of its request */
	u64 complete_ns = p->complete_ns && p->complete_ns < response_ns ? p->complete_ns : response_ns;
	u64 parts[5] = {p->before_ns + end_ns - p->first_ns, p->before_ns, complete_ns - p->first_ns,
			response_ns - complete_ns, end_ns - response_ns};
	u32 before = c->is_server ? WIRE_PART_QUEUE : WIRE_PART_CONNECT;

#pragma nounroll
	for (int i = 0; i < 5; i++) {
		if (i == 1 && !p->before_ns)
			continue;
		key->part = i ? before + i - 1 : WIRE_PART_TOTAL;
		count_duration(key, parts[i]);
	}
}
#else
#define NEEDS_RESPONSE_NS LATENCY_TTFB
INLINE void count_exchange(struct wire_latency_key *key, struct conn *c, struct pending *p, u64 response_ns,
			   u64 end_ns)
{
	count_duration(key, (LATENCY_TTFB ? response_ns : end_ns) - p->first_ns);
}
#endif

/* The response to request `msg` is complete. */
INLINE void finish_exchange(struct conn *c, struct direction *d, u64 end_ns)
{
	struct pending *p = pending_of(c, d->msg);
	struct wire_latency_key key;
	u64 response_ns = d->first_ns;

	if (!p->set || p->msg != d->msg)
		return; /* asked before we came, or told when it could not be kept */
	p->set = 0;
	if (!FILTER_STATUS(d->status))
		return;
	if (!p->first_ns || !end_ns || (!response_ns && NEEDS_RESPONSE_NS)) {
		count(WIRE_LOST_UNTIMED);
		return;
	}
	/* clocks of two CPUs may differ by some nanoseconds */
	if (response_ns < p->first_ns)
		response_ns = p->first_ns;
	if (end_ns < response_ns)
		end_ns = response_ns;
	make_key(&key, c, d->status);
	count_exchange(&key, c, p, response_ns, end_ns);
}

INLINE void on_message_begin(struct run *r, struct conn *c, struct direction *d)
{
	struct pending *p = pending_of(c, d->msg);

	if (d->is_response || c->ignored)
		return;
	if (p->set) { /* more in flight than can be kept */
		count(WIRE_LOST_UNTIMED);
		return;
	}
	p->set = 1;
	p->msg = d->msg;
	p->first_ns = d->first_ns;
	p->complete_ns = 0;
	p->before_ns = c->timing.before_ns;
	c->timing.before_ns = 0;
}

INLINE void on_message_end(struct run *r, struct conn *c, struct direction *d)
{
	struct pending *p = pending_of(c, d->msg);

	if (d->is_response)
		finish_exchange(c, d, r->event.exit_ns);
	else if (p->set && p->msg == d->msg)
		p->complete_ns = r->event.exit_ns;
}

/* The message has ended, but when is not known. */
INLINE void on_unseen_end(struct conn *c, struct direction *d)
{
	struct pending *p = pending_of(c, d->msg);

#ifndef LATENCY_BREAKDOWN
	if (!d->is_response)
		return;
#endif
	if (!p->set || p->msg != d->msg)
		return;
	p->set = 0;
	count(WIRE_LOST_UNTIMED);
}

/* Requests still pending: how many, without those that nobody can know of. */
INLINE u64 drop_pending(struct conn *c, u32 before)
{
	u64 n = 0;

#pragma unroll
	for (int i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &c->timing.pending[i];
		u32 drop = p->set && (s32)(p->msg - before) < 0;

		n += drop;
		p->set = drop ? 0 : p->set;
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

INLINE void emit_data(struct run *r, struct conn *c, u64 len)
{
}

/* A response that only the end of the connection ends (RFC 9112 6.3) is complete. */
INLINE void finish_until_close(struct conn *c)
{
	struct direction *d = responses_of(c);

	if (d->phase == PHASE_TO_CLOSE) {
		finish_exchange(c, d, d->last_exit_ns);
		d->phase = PHASE_TUNNEL;
	}
}

/* read() returned 0: the peer sends no more. */
INLINE void end_of_input(struct run *r, struct conn *c)
{
	if (!c->is_server)
		finish_until_close(c);
}

INLINE void close_conn(struct conn *c, u64 sock, u32 reason)
{
	u64 unanswered;

	if (c->is_server && reason == WIRE_CLOSE_LOCAL)
		finish_until_close(c);
	unanswered = drop_pending(c, c->dir[0].msg + c->dir[1].msg + 2);
	if (c->dir[0].phase == PHASE_LOST || c->dir[1].phase == PHASE_LOST || has_unseen(c, sock))
		count_untimed(unanswered);
	else
		count_errors(c, unanswered);
	conns.delete(&sock);
	count(WIRE_STAT_CONNS_GONE);
}
