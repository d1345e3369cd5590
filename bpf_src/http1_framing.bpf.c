/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * http1_framing.bpf.c - where messages begin and end (RFC 9112 section 6).
 */

INLINE void end_message(struct run *r, struct conn *c, struct direction *d)
{
	on_message_end(r, c, d);
	d->msg++;
	d->ended_first_ns = d->first_ns;
	d->phase = PHASE_START;
	r->must_ship = 1;
}

INLINE void lose_place(struct run *r, struct direction *d)
{
	d->phase = PHASE_LOST;
	r->must_ship = 1;
}

/* The start line: the window's first, or with r->cut the front of one. */
INLINE void begin_message(struct run *r, struct conn *c, struct direction *d)
{
	u32 line = r->start_line, end = r->start_end - 1;
	int kind = start_kind(word_at(r, line), 8);
	u64 bit = 1ULL << (d->msg & 63), w;

	end -= is_zero((word_at(r, end - 1) & 0xff) ^ '\r');
	if (kind != START_RESPONSE && !r->cut &&
	    LOW_BYTES(word_at(r, end - 8), 7) != WORD('H', 'T', 'T', 'P', '/', '1', '.', 0))
		kind = START_NOT; /* inline commands of other protocols look like requests up to here */
	if (kind == START_NOT) {
		lose_place(r, d);
		/* the preface, in pieces: from here on only frames are looked for */
		if (word_at(r, line) == PREFACE) {
			c->http2 = c->joined = c->confirmed = 1;
			direction_of(c, !r->dir)->phase = PHASE_LOST;
		}
		return;
	}
	c->confirmed = 1;
	c->ignored = !FILTER_SERVER(c->is_server);
	d->is_response = kind == START_RESPONSE;
	d->has_length = 0;
	d->coding = CODING_NONE;
	d->remaining = 0;
	w = word_at(r, line + 9); /* "HTTP/1.1 200" */
	d->status = (w & 15) * 100 + ((w >> 8) & 15) * 10 + ((w >> 16) & 15);
	if (kind == START_HEAD)
		c->heads |= bit;
	else if (kind != START_RESPONSE)
		c->heads &= ~bit;
	if (kind == START_CONNECT)
		c->connects |= bit;
	else if (kind != START_RESPONSE)
		c->connects &= ~bit;
	d->phase = PHASE_HEAD;
	on_message_begin(r, c, d);
}

/* Content-Length: decimal digits after at most two spaces, up to the line's end. */
INLINE void take_length(struct run *r, struct direction *d)
{
	u32 at = r->length_line - 1 + 15;
	u64 value;

	at += (word_at(r, at) & 0xff) == ' ';
	at += (word_at(r, at) & 0xff) == ' ';
	value = decimal(r, at);
	if (value == NOT_A_NUMBER || (d->has_length && value != d->remaining)) {
		lose_place(r, d);
		return;
	}
	d->has_length = 1;
	d->remaining = value;
}

/* Transfer-Encoding: chunked is the last coding whenever it is there (RFC 9112 6.1). */
INLINE void take_coding(struct run *r, struct direction *d)
{
	u32 line = r->coding_line - 1, end = r->coding_end - 1;

	if ((word_at(r, line + 8) | FOLD_CASE) != WORD('-' | 0x20, 'e', 'n', 'c', 'o', 'd', 'i', 'n'))
		return;
	end -= (word_at(r, end - 1) & 0xff) == '\r';
	d->coding =
		LOW_BYTES(word_at(r, end - 7) | FOLD_CASE, 7) == WORD('c', 'h', 'u', 'n', 'k', 'e', 'd', 0)
			? CODING_CHUNKED
			: CODING_OTHER;
}

INLINE void end_head(struct run *r, struct conn *c, struct direction *d)
{
	u64 bit = 1ULL << (d->msg & 63);

	r->must_ship = 1;
	on_head_end(r, c, d);
	if (d->is_response) {
		if (d->status == 101 || ((c->connects & bit) && d->status / 100 == 2)) {
			on_message_end(r, c, d);
			c->dir[0].phase = c->dir[1].phase = d->status == 101 ? PHASE_UPGRADED : PHASE_TUNNEL;
			return;
		}
		if (d->status / 100 == 1) {
			d->phase = PHASE_START; /* interim: the same message goes on */
			return;
		}
		if (d->status == 204 || d->status == 304 || (c->heads & bit)) {
			end_message(r, c, d);
			return;
		}
		if (!d->coding && !d->has_length)
			d->coding = CODING_OTHER;
	}
	if (d->coding == CODING_CHUNKED)
		d->phase = PHASE_CHUNK;
	else if (d->coding == CODING_OTHER && d->is_response)
		d->phase = PHASE_TO_CLOSE;
	else if (d->coding == CODING_OTHER)
		lose_place(r, d);
	else if (d->remaining)
		d->phase = PHASE_BODY;
	else
		end_message(r, c, d);
}

/* Passes over body bytes that lie ahead in the call, unread. */
INLINE void skip_body(struct run *r, struct conn *c, struct direction *d, u64 there)
{
	u64 n = there;

	if (d->phase == PHASE_BODY || d->phase == PHASE_CHUNK_DATA) {
		if (d->remaining < n)
			n = d->remaining;
		d->remaining -= n;
	}
	r->cur.skip += n;
	d->unshipped += n;
	d->total += n;
	if (d->remaining)
		return;
	if (d->phase == PHASE_BODY)
		end_message(r, c, d);
	else if (d->phase == PHASE_CHUNK_DATA)
		d->phase = PHASE_CHUNK;
}

/* After a loss the numbers of the messages in this direction are not known
 * any more.  Without pipelining the new request is the one the next response
 * answers, and a response answers the last request.  With it that is a guess. */
INLINE void renumber(struct conn *c, struct direction *d, u32 dir, int response)
{
	struct direction *other = direction_of(c, !dir);
	u32 msg = other->msg;

	if (response && other->phase == PHASE_START && msg)
		msg--;
	if (!response && other->phase != PHASE_START)
		msg++;
	if (!response)
		d->msg++;
	if (d->msg < msg)
		d->msg = msg;
	d->guessed |= c->pipelined;
}

/*
 * The first byte of a request passes, at d->first_ns.  Usually no response has
 * begun yet that could be its own.  But a client's threads may write a request
 * and read its response at once, and the read can return first; or responses
 * came to what was asked before tracking began.  When a response began tells
 * these two cases apart.
 */
INLINE void number_request(struct run *r, struct conn *c, struct direction *d)
{
	struct direction *other = direction_of(c, !r->dir);
	u32 begun = other->msg + (other->phase != PHASE_START);
	u64 asked_ns = d->first_ns ? d->first_ns : r->event.exit_ns, answered_ns = 0;

	if ((r->dir == WIRE_RX) != c->is_server)
		return;
	c->pipelined |= c->asked | (other->phase != PHASE_START && other->phase != PHASE_LOST);
	c->asked = 1;
	if (other->phase == PHASE_LOST || (s32)(d->msg - begun) >= 0)
		return;
	if (d->msg == other->msg)
		answered_ns = other->first_ns;
	else if (d->msg + 1 == other->msg)
		answered_ns = other->ended_first_ns;
	if (answered_ns < asked_ns)
		d->msg = begun;
}

/* All that is left of the call passes unseen: user space finds a gap there. */
INLINE void pass_unseen(struct run *r, struct direction *d)
{
	d->total += r->cur.left - r->cur.skip;
	d->unshipped = 0;
	r->cur.left = r->cur.skip = 0;
	r->messages = 0;
	d->carry_len = d->mid_line = 0;
	d->phase = PHASE_LOST;
}

/* The place is found again: this call begins with the start of a message. */
INLINE void find_place(struct run *r, struct conn *c, struct direction *d)
{
	renumber(c, d, r->dir, r->start == START_RESPONSE);
	d->phase = PHASE_START;
	on_place_found(c);
}
