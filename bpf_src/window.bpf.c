/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * window.bpf.c - the bytes of a call, a window at a time.
 *
 * The cursor walks over the caller's buffer or iovecs; what nobody needs is
 * passed over without being read.
 */

/* The kernel's functions get a copy of the caller's array. */
#ifdef FUNCTIONS
#define READ_IOVEC bpf_probe_read_kernel
#else
#define READ_IOVEC bpf_probe_read_user
#endif

INLINE void point_at_iovecs(struct run *r, u64 segments, u64 n)
{
	r->cur.segments = segments;
	r->cur.n_segments = n;
	r->cur.next_segment = 0;
	r->cur.segment_left = 0;
}

INLINE void point_at_msghdr(struct run *r, u64 message)
{
	struct abi_msghdr *m = &r->read.msghdr;

	bpf_probe_read_user(m, sizeof(*m), (void *)message);
	point_at_iovecs(r, m->iov, m->iovlen);
	if (r->shape == SHAPE_MMSGHDR)
		r->cur.left = m->mmsg_len;
}

/* Of several messages, the next one when this is done. */
INLINE void next_message(struct run *r)
{
	if (r->cur.left > r->cur.skip || !r->messages)
		return;
	r->cur.skip = 0;
	point_at_msghdr(r, r->message);
	r->message += sizeof(struct abi_msghdr);
	r->messages--;
}

INLINE int load_segment(struct run *r)
{
	struct abi_iovec *v = &r->read.iovec;

	if (r->cur.next_segment >= r->cur.n_segments)
		return 0;
	if (READ_IOVEC(v, sizeof(*v), (void *)(r->cur.segments + r->cur.next_segment * sizeof(*v))))
		return 0;
	r->cur.next_segment++;
	r->cur.base = v->base;
	r->cur.segment_left = v->len < r->cur.left ? v->len : r->cur.left;
	return 1;
}

INLINE void advance(struct run *r, u64 n)
{
	r->cur.base += n;
	r->cur.segment_left -= n;
	r->cur.left -= n;
}

/* Most servers write a head from one buffer and the body from another: what
 * lies behind the head need not be read to be passed over. */
INLINE int ends_head(struct run *r, u64 have)
{
	u32 last;
	u8 *from;

	OPAQUE(have);
	have = (have - 4) & WINDOW_MASK;
	from = &r->window[have];
	asm volatile("%0 = *(u32 *)(%1 + 0)" : "=r"(last) : "r"(from));
	return last == ('\r' | '\n' << 8 | '\r' << 16 | '\n' << 24);
}

/*
 * Visits at most so many segments, up to `max` bytes, both constants.  Fills the window behind the `have`
 * bytes already carried into it; r->front is where those come from.  Returns 0 when the caller's memory could
 * not be read; what is left is then not reachable.
 */
INLINE int fill_window(struct run *r, int segments, u64 max)
{
	u64 room, n, have;

	r->front = r->cur;
	REPEAT (segments) {
		if (!r->cur.left)
			break;
		if (!r->cur.segment_left && !load_segment(r))
			return 0;
		if (r->cur.skip) {
			n = r->cur.skip < r->cur.segment_left ? r->cur.skip : r->cur.segment_left;
			r->cur.skip -= n;
			advance(r, n);
			r->front = r->cur;
			continue;
		}
		have = r->have;
		OPAQUE(have);
		if (have >= max)
			break;
		room = max - have;
		n = r->cur.segment_left < room ? r->cur.segment_left : room;
		OPAQUE(n);
		if (n > max)
			break;
		if (bpf_probe_read_user(&r->window[have], n, (void *)r->cur.base))
			return 0;
		r->have = have + n;
		advance(r, n);
		if (ends_head(r, have + n))
			break;
	}
	return 1;
}

/* The window is done with up to r->line; the cursor goes back to there. */
INLINE void go_back(struct run *r, u32 carried)
{
	if (r->line >= r->have)
		return;
	r->cur = r->front;
	r->cur.skip += r->line - carried;
	r->have = r->line;
}
