/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * http1_follow.bpf.c - walks the lines of one window.
 *
 * Two loops with few branches, or none, find what matters; what has to be
 * thought about happens once per window, outside of them: before Linux 6.9 the
 * verifier walks every path of every iteration, so a branch inside costs a
 * hundred times what it costs outside.  One window holds at most one message's head; the next window
 * starts where this one was left.
 */

/* Looks at 32 bytes each: a window of 2,048 needs 64, and one more for each line. */
#define LOOKS 96
/* Chunks jumped over in one step.  A window can hold 352 of one byte, which then take two steps; more here
 * make the verifier, and so every start of a tool, slower. */
#define CHUNKS 176

/* Moves r->at behind the next LF, at most 32 bytes on.  1 when there was one. */
INLINE u64 find_line_end(struct run *r)
{
	u64 at = r->at, n = lowest_bit(newlines_in_32(r, at) | 1ULL << 32), whole = 1 - (n >> 5);

	at += n + whole;
	whole &= ~((u64)r->have - at) >> 63; /* not what lies stale behind the window */
	r->at = at;
	OPAQUE(whole);
	return whole;
}

/* One look: keeps the place of what framing wants to know of this head. */
INLINE void look(struct run *r)
{
	u64 line = r->line, word, fold;

	if (!find_line_end(r))
		return;
	r->line = r->at;
	if (r->mid) {
		r->mid = 0;
		r->lines++;
		return;
	}
	word = word_at(r, line);
	if ((word & 0xff) == '\n' || (word & 0xffff) == ('\r' | '\n' << 8)) {
		/* one may precede a request line (RFC 9112 2.2) */
		r->head_done = r->lines || !r->starting;
		return;
	}
	if (!r->lines) {
		r->start_line = line;
		r->start_end = r->at;
	}
	r->lines++;
	fold = word | FOLD_CASE;
	if (fold == NAME_CONTENT && is_length(r, line))
		r->length_line = line + 1;
	if (fold != NAME_TRANSFER)
		return;
	r->coding_line = line + 1;
	r->coding_end = r->at;
}

INLINE void walk_lines(struct run *r)
{
	REPEAT (LOOKS) {
		if (r->at >= r->have || r->head_done)
			break;
		look(r);
		FORGET();
	}
}

/* One chunk: its size line, and its data when that ends within the window. */
INLINE void pass_chunk(struct run *r)
{
	u64 line = r->line, whole = find_line_end(r), end = r->at, ok, size, next, inside;

	size = hexadecimal(word_at(r, line), &ok);
	next = end + size + 2;
	inside = whole & ok & (1 - is_zero(size)) & (~((u64)r->have - next) >> 63);
	r->chunk_size = size;
	r->chunk_ok = ok;
	r->line = pick(inside, next, pick(whole, end, line));
	r->at = pick(inside, next, end);
	r->chunk_stop = whole & ~inside;
}

INLINE void walk_chunks(struct run *r)
{
	REPEAT (CHUNKS) {
		if (r->at >= r->have || r->chunk_stop)
			break;
		pass_chunk(r);
		FORGET();
	}
}

/* The chunk walk_chunks() stopped at: the last one, a bad one, or one that
 * goes on beyond the window. */
INLINE void conclude_chunks(struct run *r, struct direction *d)
{
	if (!r->chunk_stop)
		return;
	r->at = r->line;
	d->remaining = r->chunk_size + 2;
	if (!r->chunk_ok)
		lose_place(r, d);
	else
		d->phase = r->chunk_size ? PHASE_CHUNK_DATA : PHASE_TRAILER;
}

/* A line that does not end in this window and is too long to be kept for the
 * next: its front tells what there is to know. */
INLINE void cut_line(struct run *r, struct direction *d)
{
	u64 name = word_at(r, r->line) | FOLD_CASE;

	if (d->mid_line)
		return;
	if (d->phase == PHASE_START && !r->lines)
		r->lines = r->cut = 1, r->start_line = r->line, r->start_end = r->have;
	else if (d->phase == PHASE_CHUNK || name == NAME_TRANSFER ||
		 (name == NAME_CONTENT && is_length(r, r->line)))
		lose_place(r, d); /* too long to be followed */
	d->mid_line = 1;
}

/* What a window leaves undone: its last line when the call ends in it. */
INLINE void keep_rest(struct run *r, struct direction *d)
{
	u32 line = r->line, n = r->have - line;
	u64 wide = line, *from;

	if (!n || r->head_done || !in_lines(d->phase) || r->at < r->have)
		return; /* looked at again in the next window */
	if (n > CARRY_MAX && r->cur.left && line)
		return; /* whole in the next window */
	if (n > CARRY_MAX) {
		cut_line(r, d);
		r->line = r->have;
		return;
	}
	OPAQUE(wide);
	if (wide > WIRE_DATA_MAX)
		return;
	from = (u64 *)&r->window[wide];
#pragma unroll
	for (int i = 0; i < 8; i++)
		asm volatile("%0 = *(u64 *)(%1 + 0)" : "=r"(d->carry[i]) : "r"(&from[i]));
	d->carry_len = n;
	r->line = r->have;
	r->must_ship = 1;
}

/* Takes in what the loops found. */
INLINE void conclude_window(struct run *r, struct conn *c, struct direction *d)
{
	if (d->phase == PHASE_START && r->lines)
		begin_message(r, c, d);
	FORGET();
	if (d->phase == PHASE_HEAD && r->length_line)
		take_length(r, d);
	FORGET();
	if (d->phase == PHASE_HEAD && r->coding_line)
		take_coding(r, d);
	FORGET();
	if (!r->head_done)
		return;
	if (d->phase == PHASE_HEAD)
		end_head(r, c, d);
	else if (d->phase == PHASE_TRAILER)
		end_message(r, c, d);
}

INLINE void follow_window(struct run *r, struct conn *c, struct direction *d)
{
	r->at = r->line = r->lines = r->head_done = r->length_line = r->coding_line = r->cut = r->chunk_stop =
		0;
	r->mid = d->mid_line;
	r->starting = d->phase == PHASE_START;
	FORGET();
	if (d->phase == PHASE_CHUNK) {
		walk_chunks(r);
		conclude_chunks(r, d);
	}
	FORGET();
	if (d->phase == PHASE_START || d->phase == PHASE_HEAD || d->phase == PHASE_TRAILER) {
		r->must_ship = 1;
		walk_lines(r);
		d->mid_line = r->mid;
	}
	FORGET();
	keep_rest(r, d);
	FORGET();
	conclude_window(r, c, d);
}
